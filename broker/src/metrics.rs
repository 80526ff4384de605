//! What is counted, under AWS's names in snake case: per stream, and per shard where enhanced monitoring is on. Handles
//! are looked up once, when a range opens; the hot path only adds.

use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

/// Everything this process counts.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    request_seconds: HistogramVec,
    request_errors: IntCounterVec,
    streams: CounterFamily,
    shards: CounterFamily,
    queue_bytes: IntGaugeVec,
    /// Seconds an fdatasync took, with the write before it.
    pub(crate) commit_seconds: Histogram,
    /// Bytes that one fdatasync made durable.
    pub(crate) batch_bytes: Histogram,
    /// Requests that one fdatasync acknowledged.
    pub(crate) batch_requests: Histogram,
    /// Free bytes of the data directory's volume.
    pub(crate) disk_free_bytes: IntGauge,
    /// Bytes of all segments.
    pub(crate) disk_used_bytes: IntGauge,
    /// Wall clock steps that were not taken at once.
    pub(crate) clock_steps: IntCounter,
    /// Ranges that do not serve: failed, damaged or lost.
    pub(crate) ranges_down: IntGauge,
    /// 1 where acknowledged records are in memory only.
    pub(crate) durability_memory: IntGauge,
    /// Client connections that are open.
    pub(crate) connections: IntGauge,
    /// Client connections closed at once because there were as many as there may be.
    pub(crate) connections_refused: IntCounter,
    /// Bytes of the memory budget that requests and answers hold.
    pub(crate) memory_held_bytes: IntGauge,
    /// Requests that wait for a part of the memory budget.
    pub(crate) requests_waiting: IntGauge,
}

/// AWS's stream-level and shard-level metrics, which are the same seven.
#[derive(Debug)]
struct CounterFamily {
    incoming_bytes: IntCounterVec,
    incoming_records: IntCounterVec,
    outgoing_bytes: IntCounterVec,
    outgoing_records: IntCounterVec,
    write_throttled: IntCounterVec,
    read_throttled: IntCounterVec,
    iterator_age: IntGaugeVec,
}

/// The seven of one stream or of one shard.
#[derive(Debug, Clone)]
pub(crate) struct Counters {
    /// Bytes of data and partition keys that were put.
    pub(crate) incoming_bytes: IntCounter,
    /// Records that were put.
    pub(crate) incoming_records: IntCounter,
    /// Bytes of data and partition keys that were got.
    pub(crate) outgoing_bytes: IntCounter,
    /// Records that were got.
    pub(crate) outgoing_records: IntCounter,
    /// Records refused for a shard's write limit.
    pub(crate) write_throttled: IntCounter,
    /// GetRecords calls refused for a shard's read limit.
    pub(crate) read_throttled: IntCounter,
    /// How far the last GetRecords was behind, in milliseconds.
    pub(crate) iterator_age_ms: IntGauge,
}

impl CounterFamily {
    fn register(registry: &Registry, prefix: &str, of: &str, labels: &[&str]) -> Self {
        let counter = |name: &str, help: &str| {
            let opts = Opts::new(format!("{prefix}_{name}"), format!("{help}, by {of}."));
            registered(registry, IntCounterVec::new(opts, labels))
        };
        let age_name = format!("{prefix}_iterator_age_milliseconds");
        let age_help = format!("How far the last GetRecords was behind the newest record, by {of}.");
        Self {
            incoming_bytes: counter("incoming_bytes_total", "Bytes of data and partition keys put"),
            incoming_records: counter("incoming_records_total", "Records put"),
            outgoing_bytes: counter("outgoing_bytes_total", "Bytes of data and partition keys got"),
            outgoing_records: counter("outgoing_records_total", "Records got"),
            write_throttled: counter(
                "write_provisioned_throughput_exceeded_total",
                "Records refused for a shard's write limit",
            ),
            read_throttled: counter(
                "read_provisioned_throughput_exceeded_total",
                "GetRecords calls refused for a shard's read limit",
            ),
            iterator_age: registered(registry, IntGaugeVec::new(Opts::new(age_name, age_help), labels)),
        }
    }

    fn with(&self, labels: &[&str]) -> Counters {
        Counters {
            incoming_bytes: self.incoming_bytes.with_label_values(labels),
            incoming_records: self.incoming_records.with_label_values(labels),
            outgoing_bytes: self.outgoing_bytes.with_label_values(labels),
            outgoing_records: self.outgoing_records.with_label_values(labels),
            write_throttled: self.write_throttled.with_label_values(labels),
            read_throttled: self.read_throttled.with_label_values(labels),
            iterator_age_ms: self.iterator_age.with_label_values(labels),
        }
    }

    /// Label values that are not there are no error: a shard is counted only once monitoring is on.
    fn remove(&self, labels: &[&str]) {
        let counters = [
            &self.incoming_bytes,
            &self.incoming_records,
            &self.outgoing_bytes,
            &self.outgoing_records,
            &self.write_throttled,
            &self.read_throttled,
        ];
        for counter in counters {
            let _ = counter.remove_label_values(labels);
        }
        let _ = self.iterator_age.remove_label_values(labels);
    }
}

impl Metrics {
    /// All metrics, registered and at zero.
    pub(crate) fn new() -> Self {
        let registry = Registry::new();
        let seconds = |name: &str, help: &str| HistogramOpts::new(name, help).buckets(latency_buckets());
        let histogram = |opts: HistogramOpts| registered(&registry, Histogram::with_opts(opts));
        let gauge = |name: &str, help: &str| registered(&registry, IntGauge::new(name, help));
        let counter = |name: &str, help: &str| registered(&registry, IntCounter::new(name, help));
        let request_opts = seconds("forebay_request_duration_seconds", "From the headers to the answer, by operation.");
        let error_opts = Opts::new("forebay_request_errors_total", "Requests answered with an error, by operation.");
        let queue_opts = Opts::new("forebay_queue_bytes", "Bytes that wait to be made durable, by stream.");
        let bytes = prometheus::exponential_buckets(512.0, 4.0, 9).expect("the start is above 0, the factor above 1");
        let counts = prometheus::exponential_buckets(1.0, 2.0, 10).expect("the start is above 0, the factor above 1");
        Self {
            request_seconds: registered(&registry, HistogramVec::new(request_opts, &["operation"])),
            request_errors: registered(&registry, IntCounterVec::new(error_opts, &["operation", "error"])),
            streams: CounterFamily::register(&registry, "forebay", "stream", &["account", "stream"]),
            shards: CounterFamily::register(&registry, "forebay_shard", "shard", &["account", "stream", "shard"]),
            queue_bytes: registered(&registry, IntGaugeVec::new(queue_opts, &["account", "stream"])),
            commit_seconds: histogram(seconds("forebay_commit_duration_seconds", "One write and its fdatasync.")),
            batch_bytes: histogram(
                HistogramOpts::new("forebay_batch_bytes", "Bytes that one fdatasync made durable.").buckets(bytes),
            ),
            batch_requests: histogram(
                HistogramOpts::new("forebay_batch_requests", "Requests that one fdatasync acknowledged.")
                    .buckets(counts),
            ),
            disk_free_bytes: gauge("forebay_disk_free_bytes", "Free bytes of the data directory's volume."),
            disk_used_bytes: gauge("forebay_disk_used_bytes", "Bytes of all segments."),
            ranges_down: gauge("forebay_ranges_down", "Ranges that do not serve: failed, damaged or lost."),
            durability_memory: gauge("forebay_durability_memory", "1 where acknowledged records are in memory only."),
            connections: gauge("forebay_connections", "Client connections that are open."),
            memory_held_bytes: gauge("forebay_memory_held_bytes", "Bytes that requests and answers hold."),
            requests_waiting: gauge("forebay_requests_waiting", "Requests that wait for memory."),
            clock_steps: counter("forebay_clock_steps_total", "Wall clock steps ahead that were not taken at once."),
            connections_refused: counter("forebay_connections_refused_total", "Connections beyond the limit."),
            registry,
        }
    }

    /// The counters of a stream.
    pub(crate) fn stream(&self, account: &str, stream: &str) -> Counters {
        self.streams.with(&[account, stream])
    }

    /// The counters of a shard.
    pub(crate) fn shard(&self, account: &str, stream: &str, shard: &str) -> Counters {
        self.shards.with(&[account, stream, shard])
    }

    /// The bytes that wait in a stream's queue.
    pub(crate) fn queue_bytes(&self, account: &str, stream: &str) -> IntGauge {
        self.queue_bytes.with_label_values(&[account, stream])
    }

    /// Forgets a stream that is deleted.
    pub(crate) fn forget_stream(&self, account: &str, stream: &str) {
        self.streams.remove(&[account, stream]);
        let _ = self.queue_bytes.remove_label_values(&[account, stream]);
    }

    /// Forgets a shard that is gone or no longer monitored.
    pub(crate) fn forget_shard(&self, account: &str, stream: &str, shard: &str) {
        self.shards.remove(&[account, stream, shard]);
    }

    /// Counts one request.
    pub(crate) fn request(&self, operation: &str, seconds: f64, error: Option<&str>) {
        self.request_seconds.with_label_values(&[operation]).observe(seconds);
        if let Some(error) = error {
            self.request_errors.with_label_values(&[operation, error]).inc();
        }
    }

    /// All of it in Prometheus's text format.
    pub(crate) fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text).expect("a Vec takes every write");
        text
    }
}

/// From 100 µs, about one fdatasync on a quiet disk, to 13 s, beyond every client's patience.
fn latency_buckets() -> Vec<f64> {
    prometheus::exponential_buckets(0.000_1, 2.0, 18).expect("the start is above 0, the factor above 1")
}

fn registered<C: prometheus::core::Collector + Clone + 'static>(
    registry: &Registry,
    collector: prometheus::Result<C>,
) -> C {
    let collector = collector.expect("names and labels are valid");
    registry.register(Box::new(collector.clone())).expect("every name is registered once");
    collector
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_shown_until_it_is_forgotten() {
        let metrics = Metrics::new();
        metrics.stream("000000000000", "orders").incoming_records.inc_by(3);
        metrics.request("PutRecord", 0.002, Some("ResourceNotFoundException"));
        let text = String::from_utf8(metrics.text()).expect("UTF-8");
        assert!(text.contains(r#"forebay_incoming_records_total{account="000000000000",stream="orders"} 3"#), "{text}");
        assert!(text.contains(r#"error="ResourceNotFoundException",operation="PutRecord"} 1"#), "{text}");
        metrics.forget_stream("000000000000", "orders");
        let text = String::from_utf8(metrics.text()).expect("UTF-8");
        assert!(!text.contains("orders"), "{text}");
    }
}
