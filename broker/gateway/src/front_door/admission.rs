//! Waiting for bytes: the rim of [`super::permits`], which decides. A permit is held by what its bytes hold: first by
//! the request, then by its answer until that is written or its connection is gone; and beside them by records that a
//! range has not answered, though the request has been.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, timeout};

use super::permits::{Asked, Client, Ledger, Standing, Ticket, Wish};

/// The bytes all requests and answers may hold together.
#[derive(Debug)]
pub(super) struct Admission {
    wait_max: Duration,
    pressed: watch::Sender<()>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    ledger: Ledger,
    bells: HashMap<Ticket, oneshot::Sender<()>>,
    pressed_at: Option<Instant>,
}

/// A request that waits says so each time this part of its wait is over.
const PRESSES_PER_WAIT: u32 = 4;

/// The bytes were not to be had in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoPermit;

/// Bytes that may be held; dropping it gives them back. Growing it takes a sole owner, shrinking it any.
#[derive(Debug)]
pub(super) struct Permit {
    admission: Arc<Admission>,
    client: Client,
    standing: Standing,
    bytes: AtomicU64,
}

impl Admission {
    /// `bytes_max` for everybody together; a request waits at most `wait_max`, and at most `waiting_max` of them wait.
    pub(super) fn new(bytes_max: u64, waiting_max: usize, wait_max: Duration) -> Self {
        let ledger = Ledger::new(bytes_max, waiting_max);
        let state = State { ledger, bells: HashMap::new(), pressed_at: None };
        Self { wait_max, pressed: watch::Sender::new(()), state: Mutex::new(state) }
    }

    /// The bytes that are held.
    pub(super) fn held_bytes(&self) -> u64 {
        self.lock().ledger.taken()
    }

    /// The requests that wait.
    pub(super) fn waiting(&self) -> usize {
        self.lock().ledger.waiting()
    }

    /// Changes when somebody has been waiting for bytes that others hold.
    pub(super) fn pressed(&self) -> watch::Receiver<()> {
        self.pressed.subscribe()
    }

    /// A permit for `bytes`, cut to the most this standing may hold, so that even the smallest budget serves somebody.
    pub(super) async fn acquire(
        self: &Arc<Self>,
        client: Client,
        standing: Standing,
        bytes: u64,
    ) -> Result<Permit, NoPermit> {
        let bytes = bytes.min(self.lock().ledger.most(standing));
        self.take(Wish { client, standing, bytes }).await?;
        Ok(Permit { admission: Arc::clone(self), client, standing, bytes: AtomicU64::new(bytes) })
    }

    async fn take(self: &Arc<Self>, wish: Wish) -> Result<(), NoPermit> {
        let (ticket, rung) = {
            let mut state = self.lock();
            match state.ledger.ask(wish) {
                Asked::Granted => return Ok(()),
                Asked::Full => return Err(NoPermit),
                Asked::Waits(ticket) => {
                    let (bell, rung) = oneshot::channel();
                    state.bells.insert(ticket, bell);
                    (ticket, rung)
                }
            }
        };
        let place = Place { admission: self, wish, ticket, granted: false };
        self.hear(rung).await?;
        place.leave_with_the_bytes();
        Ok(())
    }

    async fn hear(&self, mut rung: oneshot::Receiver<()>) -> Result<(), NoPermit> {
        for _ in 0..PRESSES_PER_WAIT {
            match timeout(self.press_every(), &mut rung).await {
                Ok(heard) => return heard.map_err(|_| NoPermit),
                Err(_) => self.press(),
            }
        }
        Err(NoPermit)
    }

    fn press_every(&self) -> Duration {
        self.wait_max / PRESSES_PER_WAIT
    }

    /// Tells those who hold bytes that somebody waits for them; however many wait, no more often than one of them would.
    pub(super) fn press(&self) {
        let now = Instant::now();
        let mut state = self.lock();
        if state.pressed_at.is_none_or(|last| now - last >= self.press_every()) {
            state.pressed_at = Some(now);
            drop(state);
            self.pressed.send_replace(());
        }
    }

    fn give_back(&self, standing: Standing, bytes: u64) {
        let mut state = self.lock();
        state.ledger.give_back(standing, bytes);
        state.ring();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The ledger is whole between any two of its calls: a panic elsewhere leaves nothing half done in it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn ring(&mut self) {
        while let Some(ticket) = self.ledger.next_grant() {
            let bell = self.bells.remove(&ticket).expect("whoever waits has left a bell");
            // Somebody who has just gone gives the bytes back when its place is dropped.
            let _ = bell.send(());
        }
    }
}

/// A place in the queue: dropped with its future, it is given up, with the bytes if they were granted meanwhile.
struct Place<'a> {
    admission: &'a Admission,
    wish: Wish,
    ticket: Ticket,
    granted: bool,
}

impl Place<'_> {
    fn leave_with_the_bytes(mut self) {
        self.granted = true;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.granted {
            return;
        }
        let mut state = self.admission.lock();
        state.bells.remove(&self.ticket);
        if !state.ledger.withdraw(self.wish, self.ticket) {
            state.ledger.give_back(self.wish.standing, self.wish.bytes);
        }
        state.ring();
    }
}

impl Permit {
    /// The bytes it stands for.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Its holder's signature is right.
    pub(super) fn verified(&mut self) {
        if self.standing == Standing::Unverified {
            self.standing = Standing::Verified;
            let mut state = self.admission.lock();
            state.ledger.verify(*self.bytes.get_mut());
            state.ring();
        }
    }

    /// Raises it to `bytes`, waiting in turn for what is missing.
    pub(super) async fn grow_to(&mut self, bytes: u64) -> Result<(), NoPermit> {
        let most = self.admission.lock().ledger.most(self.standing);
        let missing = bytes.min(most).saturating_sub(*self.bytes.get_mut());
        if missing > 0 {
            let wish = Wish { client: self.client, standing: self.standing, bytes: missing };
            self.admission.take(wish).await?;
            *self.bytes.get_mut() += missing;
        }
        Ok(())
    }

    /// Gives back what is above `bytes`.
    pub(super) fn shrink_to(&self, bytes: u64) {
        let held = self.bytes.fetch_min(bytes, Ordering::Relaxed);
        if bytes < held {
            self.admission.give_back(self.standing, held - bytes);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.admission.give_back(self.standing, *self.bytes.get_mut());
    }
}

#[cfg(test)]
#[path = "admission_tests.rs"]
mod tests;
