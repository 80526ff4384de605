package dev.forebay.e2e;

import java.lang.reflect.InvocationTargetException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.utils.builder.Buildable;

/** Every refusal of errors.json as this SDK reports it: type and text. */
final class Refusals {
  private static final String STREAM = "java-refusals";
  private static final String MODEL = "software.amazon.awssdk.services.kinesis.model.";
  private final KinesisClient kinesis;
  private final Suite suite;

  Refusals(KinesisClient kinesis, Suite suite) {
    this.kinesis = kinesis;
    this.suite = suite;
  }

  void run() throws Exception {
    var facts = new Facts(prepared());
    var text = Files.readString(Path.of(System.getProperty("forebay.errors")));
    for (var node : JsonNode.parser().parse(text).asArray()) {
      check(node.asObject(), facts);
    }
    kinesis.deleteStream(r -> r.streamName(STREAM));
  }

  /** The stream that the cases speak of: shard 0 with one record, shard 1 split into 2 and 3. */
  private Map<String, String> prepared() throws Exception {
    var stream = new Streams(kinesis, STREAM);
    kinesis.createStream(r -> r.streamName(STREAM).shardCount(2));
    stream.active();
    var sequence = stream.put("0", "x").sequenceNumber();
    var middle = BigInteger.TWO.pow(127).add(BigInteger.TWO.pow(126)).toString();
    kinesis.splitShard(r -> r.streamName(STREAM).shardToSplit(Journey.id(1)).newStartingHashKey(middle));
    var arn = stream.active().streamARN().split(":");
    return Map.of("stream", STREAM, "sequence", sequence, "region", arn[3], "account", arn[4]);
  }

  private void check(Map<String, JsonNode> wanted, Facts facts) throws Exception {
    var name = wanted.get("name").asString();
    var operation = wanted.get("operation").asString();
    var refused = refusal(operation, facts.filled(wanted.get("input")));
    if (refused == null) {
      suite.holds(name + ": refused", false);
      return;
    }
    var type = wanted.get("type").asString();
    var found = refused.awsErrorDetails();
    suite.same(name + ": type", type.equals("*") ? found.errorCode() : type, found.errorCode());
    if (wanted.containsKey("message")) {
      suite.same(name, facts.filled(wanted.get("message").asString()), found.errorMessage());
    } else {
      var pattern = facts.filled(wanted.get("pattern").asString());
      suite.same(name, pattern, found.errorMessage().matches(pattern) ? pattern : found.errorMessage());
    }
  }

  /** Calls an operation by its name; null when it worked. */
  private AwsServiceException refusal(String operation, Object input) throws Exception {
    var type = Class.forName(MODEL + operation + "Request");
    var builder = (SdkPojo) type.getMethod("builder").invoke(null);
    Facts.fill(builder, (Map<?, ?>) input);
    var method = Character.toLowerCase(operation.charAt(0)) + operation.substring(1);
    try {
      KinesisClient.class.getMethod(method, type).invoke(kinesis, ((Buildable) builder).build());
      return null;
    } catch (InvocationTargetException failed) {
      if (failed.getCause() instanceof AwsServiceException refused) {
        return refused;
      }
      throw failed;
    }
  }
}
