package dev.forebay.e2e;

import static software.amazon.awssdk.services.kinesis.model.ShardIteratorType.TRIM_HORIZON;

import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;

/** The client that the KCL uses: Netty on HTTP/2 with prior knowledge, many requests at a time on one connection. */
final class AsyncJourney {
  private static final String STREAM = "java-async";
  private static final int PUTS = 200;
  private final KinesisAsyncClient kinesis;
  private final Suite suite;

  AsyncJourney(KinesisAsyncClient kinesis, Suite suite) {
    this.kinesis = kinesis;
    this.suite = suite;
  }

  void run() {
    kinesis.createStream(r -> r.streamName(STREAM).shardCount(1)).join();
    kinesis.waiter().waitUntilStreamExists(r -> r.streamName(STREAM)).join();
    var puts = IntStream.range(0, PUTS).mapToObj(this::put).toList();
    var numbers = puts.stream().map(CompletableFuture::join).distinct().count();
    suite.same("each put has a number of its own", (long) PUTS, numbers);
    var iterator = kinesis
        .getShardIterator(r -> r.streamName(STREAM).shardId(Journey.id(0)).shardIteratorType(TRIM_HORIZON))
        .join();
    var found = records(iterator.shardIterator()).distinct().count();
    suite.same("each record is there", (long) PUTS, found);
    kinesis.deleteStream(r -> r.streamName(STREAM)).join();
  }

  private CompletableFuture<String> put(int index) {
    var data = SdkBytes.fromUtf8String("record-" + index);
    return kinesis.putRecord(r -> r.streamName(STREAM).partitionKey("a").data(data)).thenApply(r -> r.sequenceNumber());
  }

  private Stream<String> records(String iterator) {
    var all = Stream.<String>builder();
    for (var next = iterator; ; ) {
      var position = next;
      var page = kinesis.getRecords(r -> r.shardIterator(position).limit(50)).join();
      page.records().forEach(record -> all.add(record.data().asUtf8String()));
      if (page.records().isEmpty() && page.millisBehindLatest() == 0) {
        return all.build();
      }
      next = page.nextShardIterator();
    }
  }
}
