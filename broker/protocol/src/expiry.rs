//! When records are no longer readable and closed shards no longer listed: the one rule of it, for the range that removes
//! them and for the gateway that hides them. Pure: times come in, and a clock is somebody else's.

use crate::words::TimestampMs;

/// The arrival time of the oldest record that is readable at `now`, and the latest end of a closed shard that is not
/// listed. Nothing below `readable_from` comes back, whatever the clock and the settings.
pub fn horizon(readable_from: TimestampMs, retention_ms: u64, now: TimestampMs) -> TimestampMs {
    readable_from.max(TimestampMs(now.0.saturating_sub(retention_ms)))
}

/// When a closed shard ended, as its children see it: `children` are the times at which they opened. A child's first
/// moment may lie after its parents' last, so a shard lasts until its children begin: no moment falls between them.
pub fn ended(closed: TimestampMs, children: impl Iterator<Item = TimestampMs>) -> TimestampMs {
    children.min().unwrap_or(closed)
}

/// Whether what arrived or ended at a time has expired. A record on the horizon itself is still read.
pub fn is_over(time: TimestampMs, horizon: TimestampMs) -> bool {
    time < horizon
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: TimestampMs = TimestampMs(0);

    #[test]
    fn the_horizon_follows_the_clock_and_never_falls_below_what_was_hidden() {
        assert_eq!(horizon(NEVER, 100, TimestampMs(1000)), TimestampMs(900));
        assert_eq!(horizon(TimestampMs(950), 100, TimestampMs(1000)), TimestampMs(950));
        assert_eq!(horizon(TimestampMs(950), 100, TimestampMs(0)), TimestampMs(950));
        assert_eq!(horizon(NEVER, u64::MAX, TimestampMs(1000)), NEVER);
    }

    #[test]
    fn a_shard_lasts_until_its_first_child_begins() {
        let children = |opened: &'static [u64]| opened.iter().copied().map(TimestampMs);
        assert_eq!(ended(TimestampMs(1500), children(&[3000, 2000])), TimestampMs(2000));
        assert_eq!(ended(TimestampMs(1500), children(&[])), TimestampMs(1500));
    }

    #[test]
    fn what_lies_on_the_horizon_is_not_over() {
        assert!(is_over(TimestampMs(899), TimestampMs(900)));
        assert!(!is_over(TimestampMs(900), TimestampMs(900)));
    }
}
