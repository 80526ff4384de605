//! The time by which records and closed shards expire, one for all ranges of the process and for the gateway: the wall
//! clock, but a step ahead of more than five minutes only once it has stood for ten (forebay-core's arrival clock). When
//! the wall clock steps back, what had expired stays so, but nothing that arrives from then on may be expired by the time
//! the clock once showed: with the shortest retention, 24 hours, the horizon stays below the new time.

use std::sync::{Mutex, PoisonError};

use forebay_core::arrival_clock::{ArrivalClock, Now};
use forebay_protocol::limits::{HOUR_MS, RETENTION_HOURS_MIN};
use forebay_protocol::words::TimestampMs;

/// See the module.
#[derive(Debug)]
pub(crate) struct ExpiryClock {
    believed: Mutex<Believed>,
}

#[derive(Debug)]
struct Believed {
    clock: ArrivalClock,
    /// What the clock last said.
    last: TimestampMs,
    /// What expiry goes by.
    expiry: TimestampMs,
}

const SHORTEST_RETENTION_MS: u64 = RETENTION_HOURS_MIN as u64 * HOUR_MS;

impl ExpiryClock {
    /// Starts with the wall clock as it is.
    pub(crate) fn start(now: Now) -> Self {
        Self { believed: Mutex::new(Believed::start(now)) }
    }

    /// The time itself when the clocks show `now`: expiry may stand ahead of it.
    pub(crate) fn time(&self, now: Now) -> TimestampMs {
        let mut believed = self.believed.lock().unwrap_or_else(PoisonError::into_inner);
        believed.read(now);
        believed.last
    }

    /// What expiry goes by when the clocks show `now`.
    pub(crate) fn read(&self, now: Now) -> TimestampMs {
        self.believed.lock().unwrap_or_else(PoisonError::into_inner).read(now)
    }
}

impl Believed {
    fn start(now: Now) -> Self {
        Self { clock: ArrivalClock::start(now), last: now.wall_ms, expiry: now.wall_ms }
    }

    fn read(&mut self, now: Now) -> TimestampMs {
        let time = self.clock.read(now).time;
        if time < self.last {
            self.expiry = self.expiry.min(TimestampMs(time.0 + SHORTEST_RETENTION_MS));
        }
        self.last = time;
        self.expiry = self.expiry.max(time);
        self.expiry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 1_700_000_000_000;
    const DAY_MS: u64 = SHORTEST_RETENTION_MS;

    fn read(believed: &mut Believed, wall_ms: u64, monotonic_ms: u64) -> u64 {
        believed.read(Now { wall_ms: TimestampMs(wall_ms), monotonic_ms }).0
    }

    #[test]
    fn what_had_expired_stays_so_when_the_clock_steps_back_by_hours() {
        let mut believed = Believed::start(Now { wall_ms: TimestampMs(START), monotonic_ms: 0 });
        assert_eq!(read(&mut believed, START - DAY_MS / 2, 1), START);
        assert_eq!(read(&mut believed, START - DAY_MS / 2 + 1000, 1001), START);
        assert_eq!(read(&mut believed, START + 5, DAY_MS / 2 + 6), START + 5);
    }

    #[test]
    fn what_arrives_after_a_clock_that_was_days_ahead_was_mended_is_readable() {
        let ahead = START + 7 * DAY_MS;
        let mut believed = Believed::start(Now { wall_ms: TimestampMs(ahead), monotonic_ms: 0 });
        for later_ms in [1, 1000, DAY_MS / 2] {
            let horizon = read(&mut believed, START + later_ms, later_ms) - DAY_MS;
            assert!(horizon <= START + 1, "a record that arrived at the mend is below the horizon {later_ms} ms later");
        }
    }

    #[test]
    fn a_step_ahead_expires_nothing_until_it_has_stood() {
        let mut believed = Believed::start(Now { wall_ms: TimestampMs(START), monotonic_ms: 0 });
        assert_eq!(read(&mut believed, START + 7 * DAY_MS, 1000), START + 1000);
    }
}
