//! What a connection owes and since when: its first request, the rest of its headers, a next request, taking its
//! answers. Nothing here waits; the connection looks in when the soonest of these can be overdue.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::bounds::Bounds;
use super::framing::Seen;

/// The debts of one connection.
#[derive(Debug)]
pub(super) struct Dues {
    bounds: Arc<Bounds>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Since when no request is running.
    idle_since: Instant,
    /// Since when a part of a head is here.
    head_since: Option<Instant>,
    requests: u64,
    running: u32,
    answers: Vec<Untaken>,
    /// When the client last took something, or there was nothing to take.
    taken_at: Instant,
    answers_ever: u64,
    framing_refused: bool,
}

#[derive(Debug)]
struct Untaken {
    id: u64,
    due: Instant,
}

/// What a connection failed to do in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overdue {
    /// It has sent no request, or not all of its headers.
    Head,
    /// It has had no request for long: it is told to close, and loses nothing.
    Idle,
    /// It does not read its answer.
    Answer,
}

/// A request that is running.
#[derive(Debug)]
pub(super) struct Running(Arc<Dues>);

/// An answer that is not taken yet.
#[derive(Debug)]
pub(super) struct AnswerDue {
    dues: Arc<Dues>,
    id: u64,
}

impl Dues {
    /// A connection that has just been accepted.
    pub(super) fn new(bounds: Arc<Bounds>) -> Self {
        let now = Instant::now();
        let state = State {
            idle_since: now,
            head_since: None,
            requests: 0,
            running: 0,
            answers: Vec::new(),
            taken_at: now,
            answers_ever: 0,
            framing_refused: false,
        };
        Self { bounds, state: Mutex::new(state) }
    }

    /// Bytes have arrived.
    pub(super) fn arrived(&self, seen: Seen) {
        let mut state = self.lock();
        match seen {
            Seen::Whole => state.head_since = None,
            Seen::PartOfHead => state.head_since = state.head_since.or_else(|| Some(Instant::now())),
            Seen::BothFramings => state.framing_refused = true,
        }
    }

    /// Whether a head has said its length twice.
    pub(super) fn framing_refused(&self) -> bool {
        self.lock().framing_refused
    }

    /// A request begins.
    pub(super) fn begin(self: &Arc<Self>) -> Running {
        let mut state = self.lock();
        state.requests += 1;
        state.running += 1;
        Running(Arc::clone(self))
    }

    /// An answer of so many bytes is ready.
    pub(super) fn answer(self: &Arc<Self>, length: u64) -> AnswerDue {
        let now = Instant::now();
        let due = now + self.bounds.answer_due(length);
        let mut state = self.lock();
        if state.answers.is_empty() {
            state.taken_at = now;
        }
        state.answers_ever += 1;
        let id = state.answers_ever;
        state.answers.push(Untaken { id, due });
        AnswerDue { dues: Arc::clone(self), id }
    }

    /// The client has taken some bytes.
    pub(super) fn taken(&self) {
        let mut state = self.lock();
        if !state.answers.is_empty() {
            state.taken_at = Instant::now();
        }
    }

    /// Whether the client takes nothing of its answers, while others wait for the bytes these hold.
    pub(super) fn stalls(&self, now: Instant) -> bool {
        let state = self.lock();
        !state.answers.is_empty() && state.taken_at + self.bounds.pressed_stall_max <= now
    }

    /// The soonest anything can be overdue, from now on.
    pub(super) fn soonest_due(&self) -> Duration {
        self.bounds.soonest_due()
    }

    /// What is overdue, or else when to ask again.
    pub(super) fn overdue(&self, now: Instant) -> Result<Instant, Overdue> {
        let state = self.lock();
        let dues = [state.answer_due(), self.request_due(&state)];
        for (due, overdue) in dues.iter().flatten() {
            if *due <= now {
                return Err(*overdue);
            }
        }
        // Whatever begins after now is due no sooner than this.
        let unknown = now + self.bounds.soonest_due();
        Ok(dues.iter().flatten().map(|(due, _)| *due).fold(unknown, Instant::min))
    }

    fn request_due(&self, state: &State) -> Option<(Instant, Overdue)> {
        if state.running > 0 || !state.answers.is_empty() {
            return None;
        }
        Some(match state.head_since {
            // A head that came behind a running request is not read before that has ended.
            Some(since) => (since.max(state.idle_since) + self.bounds.head_wait_max, Overdue::Head),
            None if state.requests == 0 => (state.idle_since + self.bounds.head_wait_max, Overdue::Head),
            None => (state.idle_since + self.bounds.idle_max, Overdue::Idle),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is one statement: there is nothing half done to find.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn answer_due(&self) -> Option<(Instant, Overdue)> {
        self.answers.iter().map(|answer| (answer.due, Overdue::Answer)).min_by_key(|(due, _)| *due)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.running -= 1;
        if state.running == 0 {
            state.idle_since = Instant::now();
        }
    }
}

impl Drop for AnswerDue {
    fn drop(&mut self) {
        let mut state = self.dues.lock();
        state.answers.retain(|answer| answer.id != self.id);
        state.idle_since = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dues() -> Arc<Dues> {
        let mut bounds = Bounds::within(Bounds::MEMORY_BYTES_MIN).unwrap();
        bounds.head_wait_max = Duration::from_secs(10);
        bounds.idle_max = Duration::from_secs(75);
        bounds.answer_grace = Duration::from_secs(20);
        Arc::new(Dues::new(Arc::new(bounds)))
    }

    async fn overdue_after(dues: &Dues, seconds: u64) -> Option<Overdue> {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        dues.overdue(Instant::now()).err()
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_never_asks_is_overdue_sooner_than_one_that_has() {
        let dues = dues();
        assert_eq!(overdue_after(&dues, 9).await, None);
        assert_eq!(overdue_after(&dues, 1).await, Some(Overdue::Head));
        drop(dues.begin());
        assert_eq!(overdue_after(&dues, 74).await, None);
        assert_eq!(overdue_after(&dues, 1).await, Some(Overdue::Idle));
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_is_due_from_its_first_byte_whatever_comes_after() {
        let dues = dues();
        drop(dues.begin());
        overdue_after(&dues, 50).await;
        dues.arrived(Seen::PartOfHead);
        assert_eq!(overdue_after(&dues, 9).await, None);
        dues.arrived(Seen::PartOfHead);
        assert_eq!(overdue_after(&dues, 1).await, Some(Overdue::Head));
        dues.arrived(Seen::Whole);
        assert_eq!(overdue_after(&dues, 0).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_due_while_a_request_runs() {
        let dues = dues();
        let running = dues.begin();
        dues.arrived(Seen::PartOfHead);
        assert_eq!(overdue_after(&dues, 1000).await, None);
        drop(running);
        assert_eq!(overdue_after(&dues, 9).await, None);
        assert_eq!(overdue_after(&dues, 1).await, Some(Overdue::Head));
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_answer_that_is_not_taken_is_overdue() {
        let dues = dues();
        drop(dues.begin());
        let first = dues.answer(0);
        overdue_after(&dues, 5).await;
        let second = dues.answer(0);
        assert_eq!(overdue_after(&dues, 15).await, Some(Overdue::Answer));
        drop(first);
        assert_eq!(overdue_after(&dues, 4).await, None);
        assert_eq!(overdue_after(&dues, 1).await, Some(Overdue::Answer));
        drop(second);
        assert_eq!(overdue_after(&dues, 74).await, None);
        assert_eq!(overdue_after(&dues, 1).await, Some(Overdue::Idle));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_stalls_from_its_first_answer_or_the_last_byte_it_took() {
        let dues = dues();
        overdue_after(&dues, 5).await;
        assert!(!dues.stalls(Instant::now()), "there is nothing to take");
        let first = dues.answer(0);
        let second = dues.answer(0);
        let half = Duration::from_millis(500);
        assert!(!dues.stalls(Instant::now() + half / 2));
        assert!(dues.stalls(Instant::now() + half));
        tokio::time::advance(half).await;
        dues.taken();
        assert!(!dues.stalls(Instant::now() + half / 2));
        drop(first);
        assert!(dues.stalls(Instant::now() + half));
        drop(second);
        assert!(!dues.stalls(Instant::now() + half));
    }

    #[tokio::test(start_paused = true)]
    async fn the_next_look_is_no_later_than_anything_can_be_due() {
        let dues = dues();
        drop(dues.begin());
        let now = Instant::now();
        assert_eq!(dues.overdue(now), Ok(now + Duration::from_secs(10)));
        let _answer = dues.answer(0);
        assert_eq!(dues.overdue(now + Duration::from_secs(15)), Ok(now + Duration::from_secs(20)));
    }
}
