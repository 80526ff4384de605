package dev.forebay.e2e;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordResponse;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StreamDescriptionSummary;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;

/** What the parts do with a stream again and again. */
final class Streams {
  private static final Duration ACTIVE_WITHIN = Duration.ofSeconds(60);
  private final KinesisClient kinesis;
  private final String name;

  Streams(KinesisClient kinesis, String name) {
    this.kinesis = kinesis;
    this.name = name;
  }

  /** The summary, once the stream may be changed. */
  StreamDescriptionSummary active() throws InterruptedException {
    var until = Instant.now().plus(ACTIVE_WITHIN);
    while (true) {
      var summary = kinesis.describeStreamSummary(r -> r.streamName(name)).streamDescriptionSummary();
      if (summary.streamStatus() == StreamStatus.ACTIVE) {
        return summary;
      }
      if (Instant.now().isAfter(until)) {
        throw new IllegalStateException(name + " is still " + summary.streamStatusAsString());
      }
      Thread.sleep(50);
    }
  }

  PutRecordResponse put(String hashKey, String data) {
    return kinesis.putRecord(
        r -> r.streamName(name).partitionKey("a").explicitHashKey(hashKey).data(SdkBytes.fromUtf8String(data)));
  }

  String iterator(String shard, ShardIteratorType type, Consumer<GetShardIteratorRequest.Builder> more) {
    return kinesis
        .getShardIterator(r -> more.accept(r.streamName(name).shardId(shard).shardIteratorType(type)))
        .shardIterator();
  }

  /** Texts from a position on, until `atLeast` are there and the reader is at the tip, or the shard ends. */
  List<String> read(String iterator, int atLeast) {
    var found = new ArrayList<String>();
    for (var page = page(iterator); ; page = page(page.nextShardIterator())) {
      page.records().forEach(record -> found.add(record.data().asUtf8String()));
      boolean atTip = page.millisBehindLatest() == 0 && found.size() >= atLeast;
      if (atTip || page.nextShardIterator() == null) {
        return found;
      }
    }
  }

  /** The last answer of a closed shard. */
  GetRecordsResponse end(String iterator) {
    var page = page(iterator);
    while (page.nextShardIterator() != null) {
      page = page(page.nextShardIterator());
    }
    return page;
  }

  private GetRecordsResponse page(String iterator) {
    return kinesis.getRecords(r -> r.shardIterator(iterator));
  }
}
