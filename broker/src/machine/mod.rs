//! What the process has of its machine besides a disk: clocks, randomness and threads, as one argument, so that a test can
//! own all of it. Knows nothing of what they are used for.

#[cfg(test)]
mod simulated;

use std::fmt;
use std::pin::Pin;

use forebay_core::arrival_clock::Now;
use forebay_protocol::words::TimestampMs;
use tokio::runtime::Handle;

use crate::{clock, random};

#[cfg(test)]
pub(crate) use simulated::SimulatedMachine;

/// Work that may wait for a disk.
pub(crate) type Work = Box<dyn FnOnce() + Send>;

/// A future that says by other means what came of it.
pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// See the module.
pub(crate) trait Machine: fmt::Debug + Send + Sync + 'static {
    /// Both clocks at once.
    fn now(&self) -> Now;
    /// Bytes that nobody can foresee.
    fn random(&self) -> [u8; 16];
    /// Runs work beside the caller, where waiting harms nobody.
    fn run_blocking(&self, work: Work);
    /// Runs a future beside the caller.
    fn run(&self, future: Running<'static>);
    /// Runs a future to its end. The caller waits, so it must not be a future itself.
    fn wait(&self, future: Running<'_>);
    /// How many may wait for the disk side by side and gain by it.
    fn disk_waiters(&self) -> usize;
}

impl dyn Machine {
    /// The wall clock, in milliseconds since the Unix epoch.
    pub(crate) fn wall(&self) -> TimestampMs {
        self.now().wall_ms
    }

    /// What a future comes to. The caller waits, so it must not be a future itself.
    pub(crate) fn wait_for<T: Send>(&self, future: impl Future<Output = T> + Send) -> T {
        let mut output = None;
        self.wait(Box::pin(async { output = Some(future.await) }));
        output.expect("a machine waits until the future has come to its end")
    }
}

/// The machine that the process runs on.
#[derive(Debug)]
pub(crate) struct RealMachine {
    runtime: Handle,
}

impl RealMachine {
    pub(crate) fn new(runtime: Handle) -> Self {
        Self { runtime }
    }
}

impl Machine for RealMachine {
    fn now(&self) -> Now {
        clock::now()
    }

    fn random(&self) -> [u8; 16] {
        random::bytes()
    }

    fn run_blocking(&self, work: Work) {
        self.runtime.spawn_blocking(work);
    }

    fn run(&self, future: Running<'static>) {
        self.runtime.spawn(future);
    }

    fn wait(&self, future: Running<'_>) {
        self.runtime.block_on(future);
    }

    fn disk_waiters(&self) -> usize {
        8
    }
}
