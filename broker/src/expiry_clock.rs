//! The time by which records and closed shards expire, one for all ranges of the process and for the gateway: the wall
//! clock, but a step ahead of more than five minutes only once it has stood for ten (forebay-core's arrival clock), and
//! never back.

use std::sync::{Mutex, PoisonError};

use forebay_core::arrival_clock::ArrivalClock;
use forebay_protocol::words::TimestampMs;

use crate::clock;

/// See the module.
#[derive(Debug)]
pub(crate) struct ExpiryClock {
    clock: Mutex<ArrivalClock>,
}

impl ExpiryClock {
    /// Starts with the wall clock as it is.
    pub(crate) fn start() -> Self {
        Self { clock: Mutex::new(ArrivalClock::start(clock::now())) }
    }

    /// The time now.
    pub(crate) fn now(&self) -> TimestampMs {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        clock.read(clock::now());
        clock.latest()
    }
}
