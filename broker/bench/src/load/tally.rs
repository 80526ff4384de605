//! What happened, counted: calls, records, bytes, latencies, errors by type. No I/O, no clock.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use crate::clock::{SECOND_NS, float};

use super::slot::Outcome;

/// Told apart down to the nanosecond: with a larger bound the histogram would round small values by it.
const LATENCY_NS_MIN: u64 = 1;
/// Latencies above are counted as this: a call is given up long before.
const LATENCY_NS_MAX: u64 = 3_600 * SECOND_NS;
/// 0.1 % of resolution, as wide as percentiles are quoted.
const SIGNIFICANT_DIGITS: u8 = 3;
/// Distinct error types kept; a server that invents more is counted under `other`.
const ERROR_TYPES_MAX: usize = 64;

/// Errors by type.
pub(crate) type ErrorCounts = BTreeMap<String, u64>;

/// What one kind of call came to.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    /// Answered calls, with or without an error.
    pub(crate) calls: u64,
    /// Records stored or returned.
    pub(crate) records: u64,
    /// Of gets, bytes of data in the records that were read in full…
    pub(crate) sampled_bytes: u64,
    /// … and how many records those were.
    pub(crate) sampled_records: u64,
    /// Calls that failed as a whole, by type.
    pub(crate) call_errors: ErrorCounts,
    /// Records refused within successful calls, by code.
    pub(crate) record_errors: ErrorCounts,
    /// Calls that were due and had no answer when the run ended. Their latencies so far are in the histogram.
    pub(crate) unanswered: u64,
    latency_ns: Histogram<u64>,
}

/// How long calls took, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub(crate) struct Latency {
    /// The fastest.
    pub(crate) min: f64,
    /// The mean.
    pub(crate) mean: f64,
    /// Half were faster.
    pub(crate) p50: f64,
    /// 99 of 100 were.
    pub(crate) p99: f64,
    /// 999 of 1,000 were.
    pub(crate) p999: f64,
    /// The slowest.
    pub(crate) max: f64,
}

impl Tally {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        let latency_ns = Histogram::new_with_bounds(LATENCY_NS_MIN, LATENCY_NS_MAX, SIGNIFICANT_DIGITS)
            .expect("the bounds are constants that differ by more than a factor of two");
        Self {
            calls: 0,
            records: 0,
            sampled_bytes: 0,
            sampled_records: 0,
            call_errors: ErrorCounts::new(),
            record_errors: ErrorCounts::new(),
            unanswered: 0,
            latency_ns,
        }
    }

    /// A call was answered, or given up, after so long.
    pub(crate) fn took(&mut self, latency_ns: u64) {
        self.latency_ns.saturating_record(latency_ns);
    }

    /// How large the records are: learnt in the warm-up too, since samples are few.
    pub(crate) fn sample(&mut self, outcome: &Outcome) {
        if let Some(bytes) = outcome.sampled_bytes {
            self.sampled_bytes += bytes;
            self.sampled_records += outcome.records;
        }
    }

    /// What a call came to.
    pub(crate) fn add(&mut self, outcome: &Outcome) {
        self.records += outcome.records;
        for (code, count) in &outcome.refused {
            count_error(&mut self.record_errors, code, *count);
        }
        if let Some(error) = &outcome.error {
            count_error(&mut self.call_errors, error, 1);
        }
    }

    /// A call has waited so long without an answer, and the run is over.
    pub(crate) fn unanswered(&mut self, waited_ns: u64) {
        self.unanswered += 1;
        self.latency_ns.saturating_record(waited_ns);
    }

    /// The latencies, or nothing when there were none.
    pub(crate) fn latency(&self) -> Option<Latency> {
        let histogram = &self.latency_ns;
        let us = |ns: u64| float(ns) / 1e3;
        (!histogram.is_empty()).then(|| Latency {
            min: us(histogram.min()),
            mean: histogram.mean() / 1e3,
            p50: us(histogram.value_at_quantile(0.5)),
            p99: us(histogram.value_at_quantile(0.99)),
            p999: us(histogram.value_at_quantile(0.999)),
            max: us(histogram.max()),
        })
    }
}

/// One more of an error type.
pub(crate) fn count_error(counts: &mut ErrorCounts, name: &str, more: u64) {
    let known = counts.contains_key(name) || counts.len() < ERROR_TYPES_MAX;
    let name = if known { name } else { "other" };
    *counts.entry(name.to_owned()).or_default() += more;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(value: f64, wanted: f64) -> bool {
        (value - wanted).abs() <= wanted * 0.001
    }

    #[test]
    fn percentiles_are_those_of_what_was_recorded() {
        let mut tally = Tally::new();
        for us in 1..=1000_u64 {
            tally.took(us * 1000);
        }
        let latency = tally.latency().expect("recorded");
        let table = [(latency.p50, 500.0), (latency.p99, 990.0), (latency.p999, 999.0), (latency.max, 1000.0)];
        for (value, wanted) in table {
            assert!(close(value, wanted), "{value} for {wanted}");
        }
        assert!(close(latency.min, 1.0) && close(latency.mean, 500.5), "{latency:?}");
    }

    #[test]
    fn a_call_without_an_answer_counts_as_long_as_it_waited() {
        let mut tally = Tally::new();
        tally.took(1_000_000);
        tally.unanswered(5 * SECOND_NS);
        assert_eq!(tally.unanswered, 1);
        assert!(close(tally.latency().expect("recorded").max, 5e6));
        assert_eq!(Tally::new().latency(), None);
    }

    #[test]
    fn error_types_are_bounded() {
        let mut counts = ErrorCounts::new();
        for index in 0..100 {
            count_error(&mut counts, &format!("Error{index}"), 1);
        }
        count_error(&mut counts, "Error0", 2);
        assert_eq!(counts.len(), ERROR_TYPES_MAX + 1);
        assert_eq!((counts["Error0"], counts["other"]), (3, 36));
    }
}
