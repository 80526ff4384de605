//! The time that records and trimming go by: the wall clock, but for steps far ahead that have not proved to stand.
//! Reads no clock itself.

use forebay_protocol::words::TimestampMs;

const MINUTE_MS: u64 = 60_000;

/// A wall clock this far ahead of the monotonic one has stepped. Less is drift, or a small correction.
const STEP_MS: u64 = 5 * MINUTE_MS;

/// How long a step must stand before it is believed: longer than a time daemon takes to mend a wrong one.
const STAND_MS: u64 = 10 * MINUTE_MS;

/// Nothing is trimmed for so long after a start, because a clock that is wrong at boot is mended in that time.
const WARM_UP_MS: u64 = 10 * MINUTE_MS;

/// Both clocks, read at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The wall clock.
    pub wall_ms: TimestampMs,
    /// Milliseconds on a clock that never steps and that counts sleep.
    pub monotonic_ms: u64,
}

/// What the arrival clock makes of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The time to go by.
    pub time: TimestampMs,
    /// How far ahead of it the wall clock is, if a step is being held back: worth a metric and a log line.
    pub held_back_ms: Option<u64>,
}

/// Believes the wall clock, except that a step of more than five minutes ahead of the monotonic clock is taken only
/// once it has stood for ten minutes. Until then time goes on from where it was, as the monotonic clock does.
#[derive(Debug, Clone)]
pub struct ArrivalClock {
    started_monotonic_ms: u64,
    /// The last moment at which both clocks were believed.
    anchor: Now,
    held: Option<HeldStep>,
    latest: TimestampMs,
}

#[derive(Debug, Clone, Copy)]
struct HeldStep {
    since_monotonic_ms: u64,
    /// The least the wall clock was ahead while held: a further step beyond it has not stood yet.
    ahead_ms: u64,
}

impl ArrivalClock {
    /// Starts with a wall clock that must be believed, for want of another.
    pub fn start(now: Now) -> Self {
        Self { started_monotonic_ms: now.monotonic_ms, anchor: now, held: None, latest: now.wall_ms }
    }

    /// The time now.
    pub fn read(&mut self, now: Now) -> Reading {
        let elapsed_ms = now.monotonic_ms.saturating_sub(self.anchor.monotonic_ms);
        let expected = TimestampMs(self.anchor.wall_ms.0.saturating_add(elapsed_ms));
        let ahead_ms = now.wall_ms.0.saturating_sub(expected.0);
        let held_back_ms = (ahead_ms > STEP_MS && !self.has_stood(now.monotonic_ms, ahead_ms)).then_some(ahead_ms);
        let time = if held_back_ms.is_some() {
            expected
        } else {
            (self.anchor, self.held) = (now, None);
            now.wall_ms
        };
        self.latest = self.latest.max(time);
        Reading { time, held_back_ms }
    }

    fn has_stood(&mut self, monotonic_ms: u64, ahead_ms: u64) -> bool {
        let fresh = HeldStep { since_monotonic_ms: monotonic_ms, ahead_ms };
        let step = match self.held {
            Some(held) if ahead_ms <= held.ahead_ms + STEP_MS => {
                HeldStep { ahead_ms: held.ahead_ms.min(ahead_ms), ..held }
            }
            _ => fresh,
        };
        self.held = Some(step);
        monotonic_ms.saturating_sub(step.since_monotonic_ms) >= STAND_MS
    }

    /// Goes by the time of another clock of the same process where that is ahead: the same step, seen earlier, has stood
    /// for it. Two that differ would let records arrive before what has expired.
    pub fn catch_up(&mut self, time: TimestampMs, now: Now) {
        if time > self.read(now).time {
            (self.anchor, self.held) = (Now { wall_ms: time, ..now }, None);
            self.latest = self.latest.max(time);
        }
    }

    /// The latest time that was ever read: what has expired by it stays expired when the wall clock steps back.
    pub fn latest(&self) -> TimestampMs {
        self.latest
    }

    /// The time to trim by; nothing in the first ten minutes after the start.
    pub fn trim_time(&mut self, now: Now) -> Option<TimestampMs> {
        let time = self.read(now).time;
        let warm = now.monotonic_ms.saturating_sub(self.started_monotonic_ms) >= WARM_UP_MS;
        warm.then_some(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 1_700_000_000_000;

    fn now(wall_minutes: i64, monotonic_minutes: u64) -> Now {
        let wall_ms = START.saturating_add_signed(wall_minutes * 60_000);
        Now { wall_ms: TimestampMs(wall_ms), monotonic_ms: 77 + monotonic_minutes * MINUTE_MS }
    }

    /// The wall and the monotonic clock in minutes since the start, and the time that is read.
    type Row = (i64, u64, i64);

    #[test]
    fn the_time_is_the_walls_but_for_steps_that_have_not_stood() {
        let tables: [(&str, &[Row]); 7] = [
            ("both go on", &[(0, 0, 0), (1, 1, 1), (60, 60, 60)]),
            ("five minutes ahead is no step", &[(5, 0, 5), (11, 1, 11)]),
            ("back is believed at once", &[(-600, 0, -600), (-599, 1, -599)]),
            (
                "far ahead is held for ten minutes",
                &[(600, 0, 0), (605, 5, 5), (609, 9, 9), (610, 10, 610), (611, 11, 611)],
            ),
            (
                "a step taken back in time never counts",
                &[(600, 0, 0), (605, 5, 5), (6, 6, 6), (700, 7, 7), (16, 16, 16)],
            ),
            (
                "a second step ahead of the first stands anew",
                &[(600, 0, 0), (1209, 9, 9), (1210, 10, 10), (1219, 19, 1219)],
            ),
            ("sleep is no step, because the monotonic clock counts it", &[(0, 0, 0), (600, 600, 600)]),
        ];
        for (name, rows) in tables {
            let mut clock = ArrivalClock::start(now(0, 0));
            for &(wall, monotonic, time) in rows {
                let reading = clock.read(now(wall, monotonic));
                assert_eq!(reading.time, now(time, 0).wall_ms, "{name}: wall {wall}, monotonic {monotonic}");
                assert_eq!(reading.held_back_ms.is_some(), wall != time, "{name}: wall {wall}");
            }
        }
    }

    #[test]
    fn nothing_is_trimmed_before_the_clock_is_warm_nor_by_a_step_that_has_not_stood() {
        let mut clock = ArrivalClock::start(now(0, 0));
        assert_eq!(clock.trim_time(now(9, 9)), None);
        assert_eq!(clock.trim_time(now(10, 10)), Some(now(10, 0).wall_ms));
        assert_eq!(clock.trim_time(now(9999, 11)), Some(now(11, 0).wall_ms));
    }

    #[test]
    fn the_latest_time_does_not_step_back() {
        let mut clock = ArrivalClock::start(now(0, 0));
        clock.read(now(30, 30));
        clock.read(now(-30, 31));
        assert_eq!(clock.latest(), now(30, 0).wall_ms);
    }

    #[test]
    fn a_step_that_another_clock_has_believed_is_believed() {
        let mut clock = ArrivalClock::start(now(0, 0));
        assert_eq!(clock.read(now(600, 10)).time, now(10, 0).wall_ms, "seen just now");
        clock.catch_up(now(600, 0).wall_ms, now(600, 10));
        assert_eq!(clock.read(now(601, 11)), Reading { time: now(601, 0).wall_ms, held_back_ms: None });
        clock.catch_up(now(5, 0).wall_ms, now(602, 12));
        assert_eq!(clock.read(now(603, 13)).time, now(603, 0).wall_ms, "never back");
    }
}
