//! The owner of a range: takes what waits, lets the range decide, writes, syncs, applies, answers. Blocks on the disk,
//! so it runs on a blocking thread.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use forebay_core::arrival_clock::Now;
use forebay_core::change::Change;
use forebay_core::range::Range;
use forebay_log::{Disk, Entry, Log, WriteError};
use tracing::{error, warn};

use super::append::{Batch, Written};
use super::command::{Command, CommandRefusal};
use super::handle::Shared;
use super::message::{Message, PendingCommand};
use super::published::Published;

/// What only the owner touches.
#[derive(Debug)]
pub(crate) struct Writer<D: Disk> {
    pub(super) log: Log<D>,
    pub(super) range: Range,
    batch: Batch,
    /// A step of the wall clock is being held back, and was reported.
    holding_back: bool,
}

/// The log can take no more; the range stops.
pub(super) struct Failed(pub(super) String);

impl<D: Disk> Writer<D> {
    pub(crate) fn new(log: Log<D>, range: Range) -> Self {
        Self { log, range, batch: Batch::default(), holding_back: false }
    }

    /// Does everything that waits, and whatever comes meanwhile.
    pub(super) fn run(&mut self, shared: &Arc<Shared<D>>) {
        while let Some(messages) = shared.queue.take() {
            if let Err(Failed(why)) = self.handle(shared, messages) {
                error!(range = %shared.address.range, stream = shared.label, why, "range stopped");
                self.batch.refuse(&why);
                shared.stop(&why);
                return;
            }
            self.start_jobs(shared);
            shared.observe_queue();
        }
    }

    fn handle(&mut self, shared: &Arc<Shared<D>>, messages: VecDeque<Message<D>>) -> Result<(), Failed> {
        let mut messages = messages.into_iter();
        let outcome = messages.by_ref().try_for_each(|message| self.handle_one(shared, message));
        let outcome = outcome.and_then(|()| self.commit(shared));
        if let Err(Failed(why)) = &outcome {
            messages.for_each(|message| message.refuse(why));
        }
        outcome
    }

    fn handle_one(&mut self, shared: &Arc<Shared<D>>, message: Message<D>) -> Result<(), Failed> {
        match message {
            // Whoever asked has gone or was told that it took too long; unacknowledged records need no place.
            Message::Append(append) if append.reply.is_closed() => Ok(()),
            Message::Append(append) => {
                if let Err(append) = self.batch.add(append) {
                    self.commit(shared)?;
                    let added = self.batch.add(append);
                    assert!(added.is_ok(), "an empty batch takes any request");
                }
                Ok(())
            }
            Message::Command(PendingCommand { command, held, reply }) => {
                // Records that came before a reshard belong to the shards as they were.
                self.commit(shared)?;
                let answer = self.command(shared, command);
                let failed = match &answer {
                    Err(CommandRefusal::Stopped(why)) => Err(Failed(why.clone())),
                    _ => Ok(()),
                };
                drop(held);
                let _ = reply.send(answer);
                failed
            }
            Message::Maintain => {
                self.commit(shared)?;
                self.maintain(shared)
            }
            Message::JobDone(outcome) => self.job_done(shared, outcome),
        }
    }

    /// Makes the batch durable and answers it.
    fn commit(&mut self, shared: &Arc<Shared<D>>) -> Result<(), Failed> {
        if self.batch.is_empty() {
            return Ok(());
        }
        if shared.environment.volume.is_low() {
            self.batch.answer_no_space();
            return Ok(());
        }
        let now = self.now(shared);
        self.batch.admit(&mut self.range, now);
        if self.batch.entry().is_empty() {
            shared.count_appended(self.batch.admitted());
            self.batch.answer(Written::Durable);
            return Ok(());
        }
        let metrics = &shared.environment.metrics;
        metrics.batch_requests.observe(small_number(self.batch.requests()));
        metrics.batch_bytes.observe(small_number(self.batch.entry_bytes()));
        let timer = metrics.commit_seconds.start_timer();
        let written = self.log.write(&Entry::Records { requests: &[], chunks: self.batch.entry() });
        let synced = written.and_then(|_| self.log.sync());
        timer.observe_duration();
        match synced {
            Ok(_) => {
                self.settle_state();
                self.batch.apply(&mut self.range);
                shared.count_appended(self.batch.admitted());
                self.batch.answer(Written::Durable);
                Ok(())
            }
            Err(WriteError::NoSpace(why)) => {
                warn!(stream = shared.label, error = %Causes(&why), "no space for records");
                self.range.forget_unwritten();
                self.batch.answer(Written::NoSpace);
                Ok(())
            }
            Err(error) => Err(failed(&error)),
        }
    }

    fn command(&mut self, shared: &Arc<Shared<D>>, command: Command) -> Result<(), CommandRefusal> {
        let now = self.now(shared);
        let Some(change) = command.decide(&mut self.range, now)? else { return Ok(()) };
        self.log_change(shared, now, &change)
    }

    /// Logs a change, applies it and shows it.
    pub(super) fn log_change(&mut self, shared: &Shared<D>, now: Now, change: &Change) -> Result<(), CommandRefusal> {
        let body = Bytes::from(change.encode());
        // Not the wall clock itself: a segment is kept until its newest time has expired.
        let time_ms = self.range.read_clock(now).time.0;
        let written = self.log.write(&Entry::Control { time_ms, body: &body });
        match written.and_then(|_| self.log.sync()) {
            Ok(_) => self.settle_state(),
            Err(WriteError::NoSpace(_)) => return Err(CommandRefusal::NoSpace),
            Err(error) => return Err(CommandRefusal::Stopped(failed(&error).0)),
        }
        self.range.apply(change).map_err(|error| CommandRefusal::Stopped(error.to_string()))?;
        shared.publish(Published::of(&self.range));
        Ok(())
    }

    /// Leaves nothing in memory alone, whatever the durability: before a planned end.
    pub(super) fn flush(&mut self) {
        if let Err(refused) = self.log.flush() {
            warn!(error = %Causes(&refused), "log not synced at its end");
        }
    }

    /// The time, with a word in the log when a step of the wall clock is held back.
    pub(super) fn now(&mut self, shared: &Shared<D>) -> Now {
        let now = shared.environment.machine.now();
        self.range.catch_up(shared.environment.expiry.time(now), now);
        let held_back = self.range.read_clock(now).held_back_ms;
        if let Some(ahead_ms) = held_back.filter(|_| !self.holding_back) {
            shared.clock_step(ahead_ms);
        }
        self.holding_back = held_back.is_some();
        now
    }
}

fn failed(error: &WriteError) -> Failed {
    Failed(Causes(error).to_string())
}

/// An error with everything that caused it, in one line.
pub(crate) struct Causes<'a>(pub(crate) &'a dyn std::error::Error);

impl std::fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// For a histogram: counts and sizes here are far below 2^52.
#[expect(clippy::cast_precision_loss, reason = "bounded by the largest entry, 16 MiB")]
fn small_number(number: usize) -> f64 {
    number as f64
}
