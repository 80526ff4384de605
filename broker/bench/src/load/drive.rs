//! Drives the connections of a run: one thread, one epoll, no locks. It decides nothing about when a call is due
//! ([`super::schedule`]) or what an answer means ([`super::slot`]).

use std::sync::Arc;

use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::time::Timespec;

use crate::clock::{Stopwatch, thread_cpu_ns, wall_s};
use crate::http::answer_frame::Answer;
use crate::http::signature::Signer;
use crate::random::Random;

use super::bodies::PutRequests;
use super::connection::{Connection, Step};
use super::cursor::{Cursor, ShardOfStream};
use super::plan::{Plan, Puts};
use super::schedule::{Next, Pace, Schedule, Window};
use super::server_cpu::{Usage, UsageError};
use super::slot::{Call, Kind, Outcome, Requests, Slot};
use super::tally::Tally;

/// How often calls are looked over for their timeout.
const TICK_NS: u64 = 100_000_000;
/// How long a connection rests after it could not be opened: little enough to time a server's start with.
const REST_NS: u64 = 5_000_000;
/// Events taken from the kernel at once; the sockets of more connections are served by the next look.
const EVENTS_MAX: usize = 256;

/// A run could not go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DriveError {
    /// The kernel refused the event queue.
    #[error("cannot wait for sockets: {0}")]
    Epoll(#[from] Errno),
    /// The server's CPU time cannot be read.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// Nothing to read from.
    #[error("the streams have no shards to read")]
    NoShards,
}

/// What a run measured.
#[derive(Debug)]
pub(crate) struct Measured {
    /// What puts came to.
    pub(crate) put: Tally,
    /// What gets came to.
    pub(crate) get: Tally,
    /// Where measuring began.
    pub(crate) begin: Mark,
    /// Where it ended.
    pub(crate) end: Mark,
}

/// What was used up to one end of the window.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    /// Nanoseconds since the start.
    pub(crate) at_ns: u64,
    /// Of the server.
    pub(crate) server: Usage,
    /// Of this thread.
    pub(crate) client_cpu_ns: u64,
}

/// One run under way.
struct Run<'a> {
    plan: &'a Plan,
    clock: Stopwatch,
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
    requests: Requests,
    random: Random,
    window: Window,
    schedule: Schedule,
    slots: Vec<Slot>,
    idle: Vec<usize>,
    looked_over_ns: u64,
    /// Records stored or returned since the start, warm-up included.
    records: u64,
    put: Tally,
    get: Tally,
    begin: Option<Mark>,
    end: Option<Mark>,
}

/// Runs a plan. `shards` are what gets read; empty for puts.
pub(crate) fn drive(plan: &Plan, shards: &Arc<[ShardOfStream]>) -> Result<Measured, DriveError> {
    let mut run = Run::new(plan, shards)?;
    while run.turn()? {}
    run.measured()
}

fn build(plan: &Plan, puts: Puts) -> PutRequests {
    PutRequests::build(&plan.endpoint, plan.encoding, &plan.streams, puts, plan.seed)
}

impl<'a> Run<'a> {
    fn new(plan: &'a Plan, shards: &Arc<[ShardOfStream]>) -> Result<Self, DriveError> {
        if plan.work.gets().is_some() && shards.is_empty() {
            return Err(DriveError::NoShards);
        }
        let cursor =
            |index| plan.work.gets().map(|gets| Cursor::new(Arc::clone(shards), index, plan.connections, gets));
        let slot = |index| Slot::new(Connection::new(&plan.endpoint), cursor(index));
        let puts = plan.work.puts().map(|puts| build(plan, puts));
        let signer = Signer::new(plan.auth.clone(), plan.region.clone());
        Ok(Self {
            plan,
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            events: Vec::with_capacity(EVENTS_MAX),
            requests: Requests { signer, puts },
            random: Random::new(plan.seed),
            window: plan.window,
            schedule: Schedule::new(plan.pace, plan.window.end_ns),
            slots: (0..plan.connections).map(slot).collect(),
            idle: (0..plan.connections).rev().collect(),
            looked_over_ns: 0,
            records: 0,
            put: Tally::new(),
            get: Tally::new(),
            begin: None,
            end: None,
            // Last: building bodies takes a moment that is no part of the run.
            clock: Stopwatch::start(),
        })
    }

    /// Starts what is due, waits for what happens, and says whether there is more to do.
    fn turn(&mut self) -> Result<bool, DriveError> {
        let now_ns = self.clock.now_ns();
        self.mark(now_ns)?;
        let wake_ns = self.start_due(now_ns)?;
        let any_busy = self.idle.len() < self.slots.len();
        let Some(wake_ns) = wake_ns.or(any_busy.then_some(u64::MAX)) else { return Ok(false) };
        // A backlog may be as long as the run: it is not waited for longer than one call would be.
        if now_ns > self.window.end_ns + self.plan.timeout_ns {
            return Ok(false);
        }
        self.wait(now_ns, wake_ns)?;
        let mut events = std::mem::take(&mut self.events);
        for event in events.drain(..) {
            self.on_event(usize::try_from(event.data.u64()).expect("the index of a slot"));
        }
        self.events = events;
        self.give_up_late_calls();
        Ok(true)
    }

    /// Takes the measures at both ends of the window.
    fn mark(&mut self, now_ns: u64) -> Result<(), DriveError> {
        if self.begin.is_none() && now_ns >= self.window.begin_ns {
            self.begin = Some(self.take_mark(now_ns)?);
            // Held up by a busy machine, the window is as long as asked for all the same, unless calls are due by it.
            if self.plan.pace == Pace::Closed {
                self.window = self.window.beginning_at(now_ns);
                self.schedule = Schedule::new(Pace::Closed, self.window.end_ns);
            }
        }
        if self.end.is_none() && (now_ns >= self.window.end_ns || self.has_enough()) {
            self.end = Some(self.take_mark(now_ns)?);
        }
        Ok(())
    }

    fn take_mark(&self, at_ns: u64) -> Result<Mark, DriveError> {
        let server = self.plan.server.as_ref().map(super::server_cpu::Server::usage).transpose()?;
        Ok(Mark { at_ns, server: server.unwrap_or_default(), client_cpu_ns: thread_cpu_ns() })
    }

    fn has_enough(&self) -> bool {
        self.plan.records_max.is_some_and(|most| self.records >= most)
    }

    /// Sends what is due over idle connections; returns when to look again, or nothing when no call will be due.
    fn start_due(&mut self, now_ns: u64) -> Result<Option<u64>, DriveError> {
        let mut resting = Vec::new();
        let wake_ns = loop {
            if self.has_enough() {
                break None;
            }
            let Some(index) = self.idle.pop() else { break Some(u64::MAX) };
            if self.slots[index].rests_until_ns > now_ns {
                resting.push(index);
                continue;
            }
            let next = self.schedule.next(now_ns);
            if let Next::Send { due_ns } = next {
                self.start(index, due_ns)?;
                continue;
            }
            self.idle.push(index);
            break if let Next::WaitUntil { due_ns } = next { Some(due_ns) } else { None };
        };
        let rested_ns = resting.iter().map(|index| self.slots[*index].rests_until_ns).min();
        self.idle.extend(resting);
        Ok(wake_ns.map(|wake_ns| wake_ns.min(rested_ns.unwrap_or(u64::MAX))))
    }

    fn start(&mut self, index: usize, due_ns: u64) -> Result<(), DriveError> {
        let slot = &mut self.slots[index];
        let kind = slot.choose(self.plan.work, &mut self.random);
        slot.call = Some(Call { kind, due_ns, sent_ns: self.clock.now_ns() });
        match slot.connection.open() {
            Ok(None) => {}
            Ok(Some(socket)) => {
                let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
                epoll::add(&self.epoll, socket, EventData::new_u64(index as u64), flags)?;
            }
            Err(_) => {
                slot.rests_until_ns = self.clock.now_ns() + REST_NS;
                self.fail(index, "connection refused");
                return Ok(());
            }
        }
        let request = slot.request(kind, self.plan, &mut self.requests, wall_s());
        if let Step::Failed(error) = slot.connection.begin(request) {
            self.fail(index, error);
        }
        Ok(())
    }

    /// Waits until `wake_ns`, an end of the window or the next look at timeouts, whichever is first.
    fn wait(&mut self, now_ns: u64, wake_ns: u64) -> Result<(), DriveError> {
        let ends = [self.window.begin_ns, self.window.end_ns];
        let end_ns = ends.into_iter().filter(|end| *end > now_ns).min().unwrap_or(u64::MAX);
        let wait_ns = wake_ns.min(end_ns).saturating_sub(now_ns).min(TICK_NS);
        let timeout = Timespec { tv_sec: 0, tv_nsec: wait_ns.try_into().expect("below a second") };
        self.events.clear();
        match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut self.events), Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn on_event(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        if slot.call.is_none() {
            slot.connection.idle_event();
            return;
        }
        match slot.connection.step() {
            Step::Waiting => {}
            Step::Failed(error) => self.fail(index, error),
            Step::Answered(answer) => self.answered(index, &answer),
        }
    }

    fn answered(&mut self, index: usize, answer: &Answer) {
        let slot = &mut self.slots[index];
        let Some(call) = slot.call.take() else { return };
        let outcome = slot.understand(call.kind, self.plan.encoding, answer);
        slot.connection.finish(answer);
        self.idle.push(index);
        self.count(call, &outcome);
    }

    /// The call ends without an answer, and its connection with it.
    fn fail(&mut self, index: usize, error: &'static str) {
        let slot = &mut self.slots[index];
        let Some(call) = slot.call.take() else { return };
        slot.failed(call.kind);
        slot.connection.close();
        self.idle.push(index);
        self.count(call, &Outcome::failed(error));
    }

    /// Throughput and errors belong to the moment of the answer; latency, in an open loop, to the moment the call was
    /// due, so that calls held up beyond the window still count.
    fn count(&mut self, call: Call, outcome: &Outcome) {
        self.records += outcome.records;
        let tally = if matches!(call.kind, Kind::Put(_)) { &mut self.put } else { &mut self.get };
        tally.sample(outcome);
        let answered_within = self.begin.is_some() && self.end.is_none();
        if answered_within {
            tally.add(outcome);
        }
        let timed = match self.plan.pace {
            Pace::Closed => answered_within,
            Pace::Open { .. } => self.window.contains(call.due_ns),
        };
        if call.kind != Kind::Iterator {
            tally.calls += u64::from(answered_within);
            if timed {
                tally.took(self.clock.now_ns().saturating_sub(call.due_ns));
            }
        }
    }

    fn give_up_late_calls(&mut self) {
        let now_ns = self.clock.now_ns();
        if now_ns < self.looked_over_ns + TICK_NS {
            return;
        }
        self.looked_over_ns = now_ns;
        let late =
            |slot: &Slot| slot.call.is_some_and(|call| now_ns.saturating_sub(call.sent_ns) > self.plan.timeout_ns);
        let late: Vec<usize> = (0..self.slots.len()).filter(|index| late(&self.slots[*index])).collect();
        for index in late {
            self.fail(index, "timeout");
        }
    }

    /// What was measured; calls that were due in the window and have no answer count as long as they have waited.
    fn measured(mut self) -> Result<Measured, DriveError> {
        let now_ns = self.clock.now_ns();
        let in_flight: Vec<Call> = self.slots.iter().filter_map(|slot| slot.call).collect();
        for call in in_flight.iter().filter(|call| self.window.contains(call.due_ns)) {
            let tally = if matches!(call.kind, Kind::Put(_)) { &mut self.put } else { &mut self.get };
            tally.unanswered(now_ns.saturating_sub(call.due_ns));
        }
        let waiting = if self.plan.work.puts().is_some() { &mut self.put } else { &mut self.get };
        while let (Pace::Open { .. }, Next::Send { due_ns }) = (self.plan.pace, self.schedule.next(now_ns)) {
            if self.window.contains(due_ns) && self.plan.records_max.is_none() {
                waiting.unanswered(now_ns - due_ns);
            }
        }
        let end = match self.end {
            Some(end) => end,
            None => self.take_mark(now_ns)?,
        };
        let begin = self.begin.unwrap_or(end);
        Ok(Measured { put: self.put, get: self.get, begin, end })
    }
}
