//! A machine in memory on which everything follows from a seed: the clocks show what a test says, and of all that could run
//! beside each other one thing runs at a time, to its end or until it waits, in an order that the seed chooses.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use forebay_core::arrival_clock::Now;
use forebay_log::Random;
use forebay_protocol::words::TimestampMs;

use super::{Machine, Running, Work};

/// See the module.
pub(crate) struct SimulatedMachine {
    state: Mutex<State>,
}

struct State {
    random: Random,
    now: Now,
    work: Vec<Work>,
    futures: Vec<Running<'static>>,
}

impl SimulatedMachine {
    /// A machine whose clocks show `now`.
    pub(crate) fn start(seed: u64, now: Now) -> Arc<Self> {
        let state = State { random: Random::new(seed), now, work: Vec::new(), futures: Vec::new() };
        Arc::new(Self { state: Mutex::new(state) })
    }

    /// Time goes by.
    pub(crate) fn pass(&self, ms: u64) {
        let now = &mut self.lock().now;
        now.wall_ms.0 += ms;
        now.monotonic_ms += ms;
    }

    /// The wall clock is set.
    pub(crate) fn set_wall(&self, wall_ms: u64) {
        self.lock().now.wall_ms = TimestampMs(wall_ms);
    }

    /// Runs one thing that is ready, chosen by the seed; false where nothing could go on.
    pub(crate) fn step(&self) -> bool {
        let mut state = self.lock();
        if !state.work.is_empty() && (state.futures.is_empty() || !state.random.one_in(3)) {
            let count = state.work.len() as u64;
            let chosen = usize::try_from(state.random.below(count)).expect("small");
            let work = state.work.swap_remove(chosen);
            drop(state);
            work();
            return true;
        }
        let futures = std::mem::take(&mut state.futures);
        drop(state);
        let (some_ended, waiting) = poll_all(futures);
        let mut state = self.lock();
        // One that only gave others something to do went on too.
        let went_on = some_ended || !state.work.is_empty() || !state.futures.is_empty();
        state.futures.extend(waiting);
        went_on
    }

    /// What runs beside the test ends where it is: the process is no more.
    pub(crate) fn end_process(&self) {
        let (work, futures) = {
            let mut state = self.lock();
            (std::mem::take(&mut state.work), std::mem::take(&mut state.futures))
        };
        drop((work, futures));
    }

    /// Runs everything until all that is left waits for something else.
    pub(crate) fn settle(&self) {
        while self.step() {}
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether one of them came to its end, and those that wait.
fn poll_all(futures: Vec<Running<'static>>) -> (bool, Vec<Running<'static>>) {
    let before = futures.len();
    let waiting: Vec<_> =
        futures.into_iter().filter_map(|mut future| (!is_done(&mut future)).then_some(future)).collect();
    (waiting.len() < before, waiting)
}

fn is_done(future: &mut Running<'_>) -> bool {
    matches!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(()))
}

impl std::fmt::Debug for SimulatedMachine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimulatedMachine").finish_non_exhaustive()
    }
}

impl Machine for SimulatedMachine {
    fn now(&self) -> Now {
        self.lock().now
    }

    fn random(&self) -> [u8; 16] {
        let mut state = self.lock();
        let (high, low) = (state.random.next(), state.random.next());
        (u128::from(high) << 64 | u128::from(low)).to_le_bytes()
    }

    fn run_blocking(&self, work: Work) {
        self.lock().work.push(work);
    }

    fn run(&self, future: Running<'static>) {
        self.lock().futures.push(future);
    }

    fn wait(&self, mut future: Running<'_>) {
        while !is_done(&mut future) {
            let went_on = self.step();
            if !went_on {
                assert!(is_done(&mut future), "everything waits for something else");
                return;
            }
        }
    }

    fn disk_waiters(&self) -> usize {
        1
    }
}
