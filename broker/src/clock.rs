//! The only reader of clocks: everything below takes a time as an argument, so that a test can own it.
#![expect(clippy::disallowed_methods, reason = "this is the rim where time comes from")]

use std::time::SystemTime;

use forebay_core::arrival_clock::Now;
use forebay_protocol::words::TimestampMs;
use rustix::time::{ClockId, clock_gettime};

/// Both clocks at once.
pub(crate) fn now() -> Now {
    Now { wall_ms: TimestampMs(wall_ms()), monotonic_ms: monotonic_us() / 1000 }
}

/// Milliseconds since the Unix epoch by the wall clock; 0 for a clock set before it.
pub(crate) fn wall_ms() -> u64 {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).expect("milliseconds fit 64 bits for half a billion years")
}

/// Microseconds on a clock that never steps and counts sleep, so that a suspended laptop does not look like a step of
/// the wall clock.
pub(crate) fn monotonic_us() -> u64 {
    let time = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(time.tv_sec).expect("time since boot is not negative");
    let micros = u64::try_from(time.tv_nsec / 1000).expect("nanoseconds are not negative");
    seconds * 1_000_000 + micros
}
