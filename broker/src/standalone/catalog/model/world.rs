//! One run: a process on a simulated machine and disk, beside the model of what its account must hold.

use std::sync::{Arc, Mutex, PoisonError};

use forebay_gateway::catalog::StreamStatus;
use forebay_gateway::ranges::{ChunkOutcome, RangeError, Reshard, ReshardError};
use forebay_log::{Random, SimulatedDisk};
use forebay_protocol::words::ShardId;
use tokio::sync::mpsc;

use super::super::index::Index;
use super::super::owner::{Message, Owner};
use super::super::{StartError, simulated};
use super::account::Account;
use crate::machine::SimulatedMachine;
use crate::range::{Environment, Host};
use crate::standalone::upkeep::look_at_volume;

/// Room for everything a run writes.
pub(super) const DISK_BYTES: u64 = 64 << 20;
/// More than a run asks for.
const SHARD_LIMIT: u32 = 500;
const MESSAGES_MAX: usize = 1024;

/// What has happened in all runs together: a checker that never met a torn tail has checked nothing.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) appended: u64,
    pub(super) unanswered: u64,
    pub(super) no_space: u64,
    pub(super) not_open: u64,
    pub(super) resharded: u64,
    pub(super) scaled: u64,
    pub(super) created: u64,
    pub(super) applied: u64,
    pub(super) deleted: u64,
    pub(super) changed: u64,
    pub(super) failed_changes: u64,
    pub(super) crashes: u64,
    pub(super) failed_starts: u64,
    pub(super) stopped_ranges: u64,
    pub(super) expired: u64,
    pub(super) clock_steps: u64,
}

impl Tally {
    pub(super) fn met_everything(&self) -> bool {
        // Without `..`: what is counted is to be met.
        let Self {
            appended,
            unanswered,
            no_space,
            not_open,
            resharded,
            scaled,
            created,
            applied,
            deleted,
            changed,
            failed_changes,
            crashes,
            failed_starts,
            stopped_ranges,
            expired,
            clock_steps,
        } = *self;
        let puts = [appended, unanswered, no_space, not_open, resharded, scaled, expired, clock_steps];
        let rest = [created, applied, deleted, changed, failed_changes, crashes, failed_starts, stopped_ranges];
        puts.into_iter().chain(rest).all(|count| count > 0)
    }
}

/// A process that serves.
pub(super) struct Served {
    pub(super) owner: Owner<SimulatedDisk>,
    pub(super) index: Arc<Index>,
    pub(super) host: Host<SimulatedDisk>,
    pub(super) environment: Arc<Environment<SimulatedDisk>>,
    inbox: mpsc::Receiver<Message>,
    /// The owner holds it weakly.
    _messages: mpsc::Sender<Message>,
}

/// Something asked of a range, with the answer if there was one.
#[derive(Debug)]
pub(super) enum Asked {
    /// Chunks: to which shard, and the ids of the records.
    Put {
        stream: String,
        /// Of the name, when this was asked.
        deletions: u64,
        chunks: Vec<(ShardId, Vec<u64>)>,
        answer: Result<Vec<ChunkOutcome>, RangeError>,
    },
    /// A split or a merge.
    Reshard { stream: String, reshard: Reshard, answer: Result<(), ReshardError> },
}

/// What the disk is made to do, and what may be blamed on it.
#[derive(Debug, Default)]
pub(super) struct Weather {
    /// Whatever fails may be blamed on a fault that was ordered.
    pub(super) faulty: bool,
    /// The disk is made small for a while.
    pub(super) full: bool,
    /// It was since the last look at everything, so that an answer may say so.
    pub(super) was_full: bool,
}

/// See the module.
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) random: Random,
    pub(super) disk: SimulatedDisk,
    pub(super) machine: Arc<SimulatedMachine>,
    pub(super) served: Option<Served>,
    pub(super) account: Account,
    /// Answers that came and were not looked at yet.
    pub(super) answers: Arc<Mutex<Vec<Asked>>>,
    pub(super) weather: Weather,
    /// The wall clock is stepped in this run.
    pub(super) steps_clock: bool,
    pub(super) next_record: u64,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let disk = simulated::disk(random.next(), DISK_BYTES);
        disk.set_short(random.one_in(2));
        disk.set_ignores_sync(std::env::var("FOREBAY_DISK").is_ok_and(|disk| disk == "ignores-sync"));
        let machine = SimulatedMachine::start(random.next(), simulated::START);
        let steps_clock = random.one_in(3);
        Self {
            seed,
            random,
            disk,
            machine,
            served: None,
            account: Account::new(),
            answers: Arc::default(),
            weather: Weather::default(),
            steps_clock,
            next_record: 0,
        }
    }

    /// Starts the process.
    pub(super) fn start(&mut self) -> Result<(), StartError> {
        let workshop = Arc::new(simulated::workshop(&self.disk, &self.machine, SHARD_LIMIT));
        let (host, environment) = (workshop.host.clone(), Arc::clone(&workshop.environment));
        let index = Arc::new(Index::default());
        let (messages, inbox) = mpsc::channel(MESSAGES_MAX);
        let owner = Owner::start(workshop, Arc::clone(&index), messages.downgrade())?;
        self.served = Some(Served { owner, index, host, environment, inbox, _messages: messages });
        Ok(())
    }

    pub(super) fn served(&mut self) -> &mut Served {
        self.served.as_mut().expect("the process runs")
    }

    /// Runs what can run, and hands the catalog what was left for it.
    pub(super) fn settle(&mut self) {
        loop {
            self.machine.settle();
            let Some(served) = &mut self.served else { return };
            let Ok(message) = served.inbox.try_recv() else { return };
            served.owner.handle(message);
        }
    }

    /// What the clock makes a process do once a minute.
    pub(super) fn minute(&mut self) {
        self.machine.pass(60_000);
        let Some(served) = &mut self.served else { return };
        look_at_volume(&served.environment, &served.host);
        served.host.serving().iter().for_each(crate::range::RangeHandle::maintain);
        served.owner.handle(Message::Retry);
        self.settle();
    }

    /// Ends the process, or loses power.
    pub(super) fn crash(&mut self) {
        self.served = None;
        self.machine.end_process();
        self.disk = if self.random.one_in(2) { self.disk.end_process() } else { self.disk.lose_power() };
        self.disk.set_size_bytes(DISK_BYTES);
        self.weather.full = false;
    }

    /// The answers that came since.
    pub(super) fn take_answers(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.answers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A stream that is served.
    pub(super) fn any_stream(&mut self) -> Option<String> {
        let streams = self.served().index.streams(simulated::account(), None, usize::MAX);
        let served: Vec<_> = streams
            .iter()
            .filter(|stream| matches!(stream.status, StreamStatus::Active | StreamStatus::Updating))
            .collect();
        let chosen = served.get(usize::try_from(self.random.below(served.len() as u64)).expect("small"))?;
        Some(chosen.arn.name.to_string())
    }
}
