//! The only place that reads clocks; everything else takes times as arguments, in nanoseconds of one [`Stopwatch`].

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, Timespec, clock_gettime};

/// Nanoseconds in a second.
pub(crate) const SECOND_NS: u64 = 1_000_000_000;

/// A monotonic clock that starts at zero.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts at zero now.
    #[expect(clippy::disallowed_methods, reason = "the rim: a load generator's clock")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Nanoseconds since the start.
    pub(crate) fn now_ns(&self) -> u64 {
        whole_ns(self.0.elapsed())
    }
}

/// Seconds since 1970, for signatures.
#[expect(clippy::disallowed_methods, reason = "the rim: signatures carry the wall clock's date")]
pub(crate) fn wall_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// CPU time of the calling thread, in nanoseconds.
pub(crate) fn thread_cpu_ns() -> u64 {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::ThreadCPUTime);
    u64::try_from(tv_sec).unwrap_or(0) * SECOND_NS + u64::try_from(tv_nsec).unwrap_or(0)
}

/// A duration in nanoseconds; five centuries fit.
pub(crate) fn whole_ns(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A count as a floating-point number; exact below 2^53, which is 104 days in nanoseconds.
#[expect(clippy::cast_precision_loss, reason = "what is reported has three significant digits")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}
