//! When the next call is due. Pure: times are arguments.
//!
//! In an open loop call number i is due at i / rate after the start, whatever the server does. A call that cannot be
//! sent because every connection is busy stays due, and its latency counts from then: a stall of one second is seen by
//! every call that a steady source would have made in it, not by one.

use crate::clock::SECOND_NS;

/// How calls follow one another.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Pace {
    /// One in flight per connection, the next as soon as the answer is in.
    Closed,
    /// So many calls a second over all connections.
    Open {
        /// Calls a second.
        calls_per_second: f64,
    },
}

/// The warm-up and what is measured after it, in nanoseconds since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// Where measuring begins.
    pub(crate) begin_ns: u64,
    /// Where it ends.
    pub(crate) end_ns: u64,
}

impl Window {
    /// As long, from another moment on.
    pub(crate) fn beginning_at(&self, begin_ns: u64) -> Self {
        Self { begin_ns, end_ns: begin_ns + (self.end_ns - self.begin_ns) }
    }

    /// Whether a moment is measured.
    pub(crate) fn contains(&self, at_ns: u64) -> bool {
        (self.begin_ns..self.end_ns).contains(&at_ns)
    }
}

/// What a free connection shall do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Send a call that was due at this moment.
    Send {
        /// Nanoseconds since the start.
        due_ns: u64,
    },
    /// Nothing is due before this moment.
    WaitUntil {
        /// Nanoseconds since the start.
        due_ns: u64,
    },
    /// No call is due before the window ends.
    Finished,
}

/// Hands out due times in order.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    pace: Pace,
    end_ns: u64,
    sent: u64,
}

impl Schedule {
    /// A schedule whose last call is due before `end_ns`.
    pub(crate) fn new(pace: Pace, end_ns: u64) -> Self {
        Self { pace, end_ns, sent: 0 }
    }

    /// What a connection that is free at `now_ns` shall do. A `Send` is handed out once.
    pub(crate) fn next(&mut self, now_ns: u64) -> Next {
        let due_ns = match self.pace {
            Pace::Closed => now_ns,
            Pace::Open { calls_per_second } => due_ns(self.sent, calls_per_second),
        };
        if due_ns >= self.end_ns {
            return Next::Finished;
        }
        if due_ns > now_ns {
            return Next::WaitUntil { due_ns };
        }
        self.sent += 1;
        Next::Send { due_ns }
    }
}

/// When call `index` of a steady source is due.
fn due_ns(index: u64, calls_per_second: f64) -> u64 {
    // Whole seconds and the rest apart: a product of all nanoseconds would lose the last digits within hours.
    let seconds = crate::clock::float(index) / calls_per_second;
    let whole = truncated(seconds.floor());
    whole.saturating_mul(SECOND_NS).saturating_add(truncated(seconds.fract() * 1e9))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is never negative here")]
fn truncated(value: f64) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn an_open_loop_is_due_at_even_steps_and_ends_with_the_window() {
        let mut schedule = Schedule::new(Pace::Open { calls_per_second: 4.0 }, SECOND_NS);
        assert_eq!(schedule.next(0), Next::Send { due_ns: 0 });
        assert_eq!(schedule.next(0), Next::WaitUntil { due_ns: 250 * MS });
        assert_eq!(schedule.next(600 * MS), Next::Send { due_ns: 250 * MS });
        assert_eq!(schedule.next(600 * MS), Next::Send { due_ns: 500 * MS });
        assert_eq!(schedule.next(600 * MS), Next::WaitUntil { due_ns: 750 * MS });
        assert_eq!(schedule.next(2 * SECOND_NS), Next::Send { due_ns: 750 * MS });
        assert_eq!(schedule.next(2 * SECOND_NS), Next::Finished);
    }

    #[test]
    fn a_closed_loop_is_always_due_until_the_window_ends() {
        let mut schedule = Schedule::new(Pace::Closed, SECOND_NS);
        for at in [0, 1, 999 * MS] {
            assert_eq!(schedule.next(at), Next::Send { due_ns: at });
        }
        assert_eq!(schedule.next(SECOND_NS), Next::Finished);
    }

    #[test]
    fn due_times_keep_their_nanoseconds_for_days() {
        let table = [(0, 1000.0, 0), (1, 3.0, 333_333_333), (3, 3.0, SECOND_NS), (5, 0.5, 10 * SECOND_NS)];
        for (index, rate, due) in table {
            assert_eq!(due_ns(index, rate), due, "{index} at {rate}");
        }
        let three_days = 3 * 86_400 * 200_000;
        let step = due_ns(three_days + 1, 200_000.0) - due_ns(three_days, 200_000.0);
        assert!((4_950..5_050).contains(&step), "{step}");
    }

    /// A source of 100 calls a second, answered in 1 ms each over one connection, except that at 1 s the server stands
    /// still for a second.
    fn latencies_over_a_stall(pace: Pace) -> Vec<u64> {
        let mut schedule = Schedule::new(pace, 3 * SECOND_NS);
        let mut now_ns = 0;
        let mut latencies = Vec::new();
        loop {
            match schedule.next(now_ns) {
                Next::Finished => return latencies,
                Next::WaitUntil { due_ns } => now_ns = due_ns,
                Next::Send { due_ns } => {
                    let stalled = (SECOND_NS..2 * SECOND_NS).contains(&now_ns);
                    now_ns = if stalled { 2 * SECOND_NS } else { now_ns } + MS;
                    latencies.push(now_ns - due_ns);
                }
            }
        }
    }

    #[test]
    fn a_stall_is_seen_by_every_call_that_was_due_in_it() {
        let open = latencies_over_a_stall(Pace::Open { calls_per_second: 100.0 });
        assert_eq!(open.len(), 300);
        // Due every 10 ms through the second: latencies 1001 ms, 992 ms, … fall by 9 ms a call as the backlog is worked off.
        let late: Vec<_> = open.iter().filter(|latency| **latency > 500 * MS).collect();
        assert_eq!(late.len(), 56);
        assert_eq!(open.iter().max(), Some(&(1001 * MS)));
        let closed = latencies_over_a_stall(Pace::Closed);
        assert_eq!(closed.iter().filter(|latency| **latency > 500 * MS).count(), 1, "what the closed loop cannot see");
    }
}
