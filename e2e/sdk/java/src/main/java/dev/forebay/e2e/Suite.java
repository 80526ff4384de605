package dev.forebay.e2e;

import java.net.URI;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** Runs every part with clients as a user makes them: endpoint, region and credentials from the environment. */
public final class Suite {
  private int passed;
  private int failed;

  public static void main(String[] arguments) throws Exception {
    var suite = new Suite();
    try (var kinesis = sync(); var async = async()) {
      new Journey(kinesis, suite).run();
      suite.part("the async client", new AsyncJourney(async, suite)::run);
      suite.part("the refusals", new Refusals(kinesis, suite)::run);
    }
    System.out.printf("%d passed, %d failed%n", suite.passed, suite.failed);
    if (suite.failed > 0) {
      System.exit(1);
    }
  }

  /** A piece of a suite; what it throws is one failure, and the next piece runs. */
  interface Part {
    void run() throws Exception;
  }

  void part(String name, Part part) {
    try {
      part.run();
    } catch (Exception thrown) {
      failed++;
      System.out.printf("FAILED %s: %s%n", name, thrown);
    }
  }

  /** Counts a fact that holds, prints one that does not. */
  void same(String fact, Object wanted, Object found) {
    if (wanted.equals(found)) {
      passed++;
    } else {
      failed++;
      System.out.printf("FAILED %s%n  wanted: %s%n  found:  %s%n", fact, wanted, found);
    }
  }

  void holds(String fact, boolean found) {
    same(fact, true, found);
  }

  private static KinesisClient sync() {
    return KinesisClient.builder()
        .endpointOverride(endpoint())
        .overrideConfiguration(c -> c.addExecutionInterceptor(new OnlyCbor()).retryStrategy(r -> r.maxAttempts(1)))
        .build();
  }

  private static KinesisAsyncClient async() {
    return KinesisAsyncClient.builder()
        .endpointOverride(endpoint())
        .overrideConfiguration(c -> c.addExecutionInterceptor(new OnlyCbor()))
        .build();
  }

  private static URI endpoint() {
    return URI.create(System.getenv("AWS_ENDPOINT_URL"));
  }

  /** This SDK speaks CBOR; a suite that fell back to JSON would test another decoder than its users meet. */
  private static final class OnlyCbor implements ExecutionInterceptor {
    @Override
    public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
      expect("request", context.httpRequest().firstMatchingHeader("Content-Type").orElse("none"));
    }

    @Override
    public void afterTransmission(Context.AfterTransmission context, ExecutionAttributes attributes) {
      expect("answer", context.httpResponse().firstMatchingHeader("Content-Type").orElse("none"));
    }

    private static void expect(String what, String contentType) {
      if (!contentType.equals("application/x-amz-cbor-1.1")) {
        throw new IllegalStateException("the " + what + " is " + contentType);
      }
    }
  }
}
