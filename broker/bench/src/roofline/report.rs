//! The roofline's numbers, as one JSON object and as text for people.

use std::fmt::Write;

use serde::Serialize;

use super::measure::Measurement;
use super::parts::{Part, SyncLatency};

/// A part that differs by more wants an explanation.
const RATIO_MAX: f64 = 1.25;

/// All numbers of one run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct RooflineReport {
    /// Each part alone.
    pub(crate) parts: Vec<Part>,
    /// The disk alone.
    pub(crate) syncs: Vec<SyncLatency>,
    /// The whole.
    pub(crate) measurements: Vec<Measurement>,
}

/// Whether a cost is over 25 % away from its figure.
pub(crate) fn wants_explanation(ratio: f64) -> bool {
    !(1.0 / RATIO_MAX..=RATIO_MAX).contains(&ratio)
}

impl RooflineReport {
    /// For people: a table of the parts, one of the disk, a line for each whole.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.write_text(&mut text).expect("a string takes every byte");
        text
    }

    fn write_text(&self, to: &mut String) -> std::fmt::Result {
        if !self.parts.is_empty() {
            writeln!(to, "each part alone, CPU ns (the design's figure; ! is over 25 % away from it)")?;
        }
        for Part { name, per, cpu_ns, figure, ratio } in &self.parts {
            let mark = if wants_explanation(*ratio) { "!" } else { " " };
            writeln!(to, "  {cpu_ns:>8.0} per {per:<7} ({:>6.0}, x{ratio:.2}) {mark} {name}", figure.high)?;
        }
        for SyncLatency { bytes, p50_us, p99_us } in &self.syncs {
            let kib = bytes / 1024;
            writeln!(to, "  fdatasync of {kib:>5} KiB: p50 {:.3} ms, p99 {:.3} ms", p50_us / 1e3, p99_us / 1e3)?;
        }
        for Measurement { operation, connections, report, syncs } in &self.measurements {
            writeln!(to, "{operation:?} over {connections} connections")?;
            to.push_str(&report.text());
            if let Some(syncs) = syncs {
                let (p50_ms, p99_ms) = (syncs.p50_us / 1e3, syncs.p99_us / 1e3);
                let each = syncs.requests_each;
                writeln!(to, "  {} syncs of {each:.1} requests: p50 {p50_ms:.3} ms, p99 {p99_ms:.3} ms", syncs.count)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_more_or_less_is_explained() {
        for (ratio, wanted) in [(1.0, false), (1.25, false), (1.26, true), (0.8, false), (0.79, true)] {
            assert_eq!(wants_explanation(ratio), wanted, "{ratio}");
        }
    }
}
