//! Limits over a rolling day: so many mode switches, so many updates of the shard count.

use forebay_protocol::limits::{HOUR_MS, MODE_SWITCHES_PER_DAY, SCALES_PER_DAY};
use forebay_protocol::words::TimestampMs;

/// How long a use counts, in milliseconds.
const DAY_MS: u64 = 24 * HOUR_MS;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Daily {
    /// UpdateStreamMode, or another mode in the manifest.
    ModeSwitches,
    /// UpdateShardCount, or another shardCount in the manifest. However many steps a change of the manifest takes, it
    /// is one update.
    ShardCountUpdates,
}

/// The day's uses are used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{uses} within 24 hours already")]
pub struct WindowFull {
    /// How many there were, which is the limit or more.
    pub uses: usize,
    /// When the next one is allowed.
    pub opens: TimestampMs,
}

impl Daily {
    /// How many a day.
    pub const fn limit(self) -> usize {
        match self {
            Self::ModeSwitches => MODE_SWITCHES_PER_DAY,
            Self::ShardCountUpdates => SCALES_PER_DAY,
        }
    }

    /// Whether one more is allowed after these uses, in any order. A use that lies ahead of `now`, as after a clock
    /// stepped back, counts.
    ///
    /// # Errors
    /// The limit is reached.
    pub fn admit(self, uses: &[TimestampMs], now: TimestampMs) -> Result<(), WindowFull> {
        let mut counted = recent(uses, now);
        counted.sort_unstable();
        // The use whose end of day leaves room for one more.
        match counted.len().checked_sub(self.limit()) {
            None => Ok(()),
            Some(index) => {
                let opens = TimestampMs(counted[index].0.saturating_add(DAY_MS));
                Err(WindowFull { uses: counted.len(), opens })
            }
        }
    }
}

/// The uses that still count: all that need be remembered.
pub fn recent(uses: &[TimestampMs], now: TimestampMs) -> Vec<TimestampMs> {
    let counts = |at: &&TimestampMs| now.0.saturating_sub(at.0) < DAY_MS;
    uses.iter().filter(counts).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(hours: &[u64]) -> Vec<TimestampMs> {
        hours.iter().map(|hour| TimestampMs(hour * HOUR_MS)).collect()
    }

    #[test]
    fn a_rolling_day_allows_two_mode_switches() {
        for (uses, now, opens) in [
            (vec![], 0, None),
            (vec![10], 10, None),
            (vec![10, 11], 12, Some(34)),
            (vec![11, 10], 12, Some(34)),
            (vec![10, 11], 33, Some(34)),
            (vec![10, 11], 34, None),
            (vec![10, 11, 12], 13, Some(35)),
            (vec![20, 21], 5, Some(44)),
        ] {
            let admitted = Daily::ModeSwitches.admit(&hours(&uses), hours(&[now])[0]);
            assert_eq!(admitted.err().map(|full| full.opens.0 / HOUR_MS), opens, "{uses:?} at {now}");
        }
    }

    #[test]
    fn a_rolling_day_allows_ten_updates_of_the_shard_count() {
        let now = TimestampMs(20 * HOUR_MS);
        let nine: Vec<_> = (1..10).collect();
        assert_eq!(Daily::ShardCountUpdates.admit(&hours(&nine), now), Ok(()));
        let ten: Vec<_> = (1..11).collect();
        let full = WindowFull { uses: 10, opens: TimestampMs(25 * HOUR_MS) };
        assert_eq!(Daily::ShardCountUpdates.admit(&hours(&ten), now), Err(full));
    }

    #[test]
    fn only_what_counts_is_remembered() {
        assert_eq!(recent(&hours(&[1, 2, 30]), TimestampMs(26 * HOUR_MS)), hours(&[30]));
        assert_eq!(recent(&hours(&[2, 3]), TimestampMs(26 * HOUR_MS)), hours(&[3]));
    }
}
