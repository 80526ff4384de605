package dev.forebay.e2e;

import static software.amazon.awssdk.services.kinesis.model.ShardIteratorType.AFTER_SEQUENCE_NUMBER;
import static software.amazon.awssdk.services.kinesis.model.ShardIteratorType.AT_SEQUENCE_NUMBER;
import static software.amazon.awssdk.services.kinesis.model.ShardIteratorType.AT_TIMESTAMP;
import static software.amazon.awssdk.services.kinesis.model.ShardIteratorType.LATEST;
import static software.amazon.awssdk.services.kinesis.model.ShardIteratorType.TRIM_HORIZON;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardFilterType;

/** One stream from creation to deletion. */
final class Journey {
  private static final String STREAM = "java";
  private static final BigInteger KEYS = BigInteger.TWO.pow(128);
  private final KinesisClient kinesis;
  private final Suite suite;
  private final Streams stream;

  Journey(KinesisClient kinesis, Suite suite) {
    this.kinesis = kinesis;
    this.suite = suite;
    this.stream = new Streams(kinesis, STREAM);
  }

  void run() {
    suite.part("create", this::create);
    suite.part("put and get", this::putAndGet);
    suite.part("put many records", this::manyRecords);
    suite.part("split", this::split);
    suite.part("merge", this::merge);
    suite.part("tags", this::tags);
    suite.part("retention", this::retention);
    suite.part("pages", this::pages);
    suite.part("delete", this::delete);
  }

  private void create() throws Exception {
    kinesis.createStream(r -> r.streamName(STREAM).shardCount(2));
    kinesis.waiter().waitUntilStreamExists(r -> r.streamName(STREAM));
    var summary = stream.active();
    suite.same("two shards are open", 2, summary.openShardCount());
    var age = Duration.between(summary.streamCreationTimestamp(), Instant.now()).abs();
    suite.holds("a timestamp is in seconds", age.compareTo(Duration.ofMinutes(5)) < 0);
    suite.holds("the stream is listed", kinesis.listStreamsPaginator().streamNames().stream().anyMatch(STREAM::equals));
  }

  private void putAndGet() throws Exception {
    String shard = id(0);
    var first = stream.put("0", "one").sequenceNumber();
    var latest = stream.iterator(shard, LATEST, r -> {});
    Thread.sleep(50);
    var middle = Instant.now();
    Thread.sleep(50);
    var second = stream.put("0", "zwei").sequenceNumber();
    suite.holds("sequence numbers rise", first.compareTo(second) < 0);
    var both = List.of("one", "zwei");
    suite.same("from the horizon", both, stream.read(stream.iterator(shard, TRIM_HORIZON, r -> {}), 2));
    suite.same("from the latest", List.of("zwei"), stream.read(latest, 1));
    var at = stream.iterator(shard, AT_SEQUENCE_NUMBER, r -> r.startingSequenceNumber(first));
    suite.same("at a number", both, stream.read(at, 2));
    var after = stream.iterator(shard, AFTER_SEQUENCE_NUMBER, r -> r.startingSequenceNumber(first));
    suite.same("after a number", List.of("zwei"), stream.read(after, 1));
    var time = stream.iterator(shard, AT_TIMESTAMP, r -> r.timestamp(middle));
    suite.same("at a time", List.of("zwei"), stream.read(time, 1));
    var record = kinesis.getRecords(r -> r.shardIterator(latest)).records().get(0);
    var age = Duration.between(record.approximateArrivalTimestamp(), Instant.now()).abs();
    suite.holds("an arrival time is in milliseconds", age.compareTo(Duration.ofMinutes(5)) < 0);
  }

  private void manyRecords() {
    var bytes = SdkBytes.fromByteArray(new byte[] {0, (byte) 0xff, (byte) 0x9f, 'a'});
    var entries = IntStream.range(0, 500).mapToObj(i -> entry("key-" + i, bytes)).toList();
    var answer = kinesis.putRecords(r -> r.streamName(STREAM).records(entries));
    suite.same("no record failed", 0, answer.failedRecordCount());
    suite.same("each record has an answer", 500, answer.records().size());
    var result = answer.records().get(499);
    var at = stream.iterator(
        result.shardId(), AT_SEQUENCE_NUMBER, r -> r.startingSequenceNumber(result.sequenceNumber()));
    var found = kinesis.getRecords(r -> r.shardIterator(at).limit(1)).records().get(0);
    suite.same("bytes come back as they were", bytes, found.data());
    suite.same("and their key", "key-499", found.partitionKey());
  }

  private void split() throws Exception {
    var middle = KEYS.divide(BigInteger.valueOf(4)).multiply(BigInteger.valueOf(3)).toString();
    kinesis.splitShard(r -> r.streamName(STREAM).shardToSplit(id(1)).newStartingHashKey(middle));
    stream.active();
    var end = stream.end(stream.iterator(id(1), TRIM_HORIZON, r -> {}));
    suite.same("the end names the children", List.of(id(2), id(3)), end.childShards().stream().map(c -> c.shardId()).toList());
    suite.same("and their parent", List.of(id(1)), end.childShards().get(0).parentShards());
    suite.same("a child takes the upper half", id(3), stream.put(KEYS.subtract(BigInteger.ONE).toString(), "x").shardId());
  }

  private void merge() throws Exception {
    kinesis.mergeShards(r -> r.streamName(STREAM).shardToMerge(id(0)).adjacentShardToMerge(id(2)));
    stream.active();
    var open = kinesis.listShards(r -> r.streamName(STREAM).shardFilter(f -> f.type(ShardFilterType.AT_LATEST))).shards();
    suite.same("two are open", List.of(id(3), id(4)), open.stream().map(Shard::shardId).toList());
    suite.same("one parent", id(0), open.get(1).parentShardId());
    suite.same("the other parent", id(2), open.get(1).adjacentParentShardId());
    var start = stream.iterator(id(0), TRIM_HORIZON, r -> {});
    var oldest = kinesis.getRecords(r -> r.shardIterator(start).limit(1)).records().get(0);
    suite.same("a parent is readable", "one", oldest.data().asUtf8String());
  }

  private void tags() {
    kinesis.addTagsToStream(r -> r.streamName(STREAM).tags(Map.of("team", "orders", "tier", "1")));
    var page = kinesis.listTagsForStream(r -> r.streamName(STREAM).limit(1));
    suite.same("tags come in pages", List.of("team", true), List.of(page.tags().get(0).key(), page.hasMoreTags()));
    kinesis.removeTagsFromStream(r -> r.streamName(STREAM).tagKeys("team"));
    var left = kinesis.listTagsForStream(r -> r.streamName(STREAM)).tags();
    suite.same("one tag is left", List.of("tier"), left.stream().map(t -> t.key()).toList());
  }

  private void retention() throws Exception {
    kinesis.increaseStreamRetentionPeriod(r -> r.streamName(STREAM).retentionPeriodHours(48));
    suite.same("retention is up", 48, stream.active().retentionPeriodHours());
    kinesis.decreaseStreamRetentionPeriod(r -> r.streamName(STREAM).retentionPeriodHours(24));
    suite.same("retention is down", 24, stream.active().retentionPeriodHours());
  }

  private void pages() {
    var shards = new java.util.ArrayList<String>();
    var page = kinesis.listShards(r -> r.streamName(STREAM).maxResults(2));
    page.shards().forEach(shard -> shards.add(shard.shardId()));
    while (page.nextToken() != null) {
      var token = page.nextToken();
      page = kinesis.listShards(r -> r.nextToken(token).maxResults(2));
      page.shards().forEach(shard -> shards.add(shard.shardId()));
    }
    suite.same("shards come in pages", IntStream.range(0, 5).mapToObj(Journey::id).toList(), shards);
  }

  private void delete() {
    kinesis.deleteStream(r -> r.streamName(STREAM).enforceConsumerDeletion(true));
    kinesis.waiter().waitUntilStreamNotExists(r -> r.streamName(STREAM));
    suite.holds("the stream is gone", kinesis.listStreams().streamNames().stream().noneMatch(STREAM::equals));
  }

  static String id(int index) {
    return String.format("shardId-%012d", index);
  }

  private static PutRecordsRequestEntry entry(String key, SdkBytes data) {
    return PutRecordsRequestEntry.builder().partitionKey(key).data(data).build();
  }
}
