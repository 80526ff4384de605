//! The catalog's owner: the one thread that changes what is intended, makes it durable, and has it carried out. It
//! blocks on files and on ranges; look-ups never wait for it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use forebay_api::StreamSpec;
use forebay_gateway::catalog::{ChangeRefusal, CreateRefusal, CreateStream, StreamChange, open_shard_count};
use forebay_gateway::ranges::Held;
use forebay_log::{Disk, RealDisk};
use forebay_protocol::words::{AccountId, Incarnation, RangeUuid, StreamName};
use tokio::sync::{mpsc, oneshot};
use tracing::{error, info};

use super::super::data_dir::DataDirError;
use super::apply::{Applied, ApplyError};
use super::change::{self, Circumstances};
use super::entry::{Entry, Phase};
use super::index::Index;
use super::workshop::{Workshop, causes};
use crate::range::{self, Environment};

/// What the owner can be asked: a closed list.
#[derive(Debug)]
pub(crate) enum Message {
    Create(AccountId, CreateStream, oneshot::Sender<Result<(), CreateRefusal>>),
    Delete(AccountId, Incarnation, oneshot::Sender<Result<(), ChangeRefusal>>),
    Change(AccountId, Incarnation, StreamChange, oneshot::Sender<Result<(), ChangeRefusal>>),
    Apply(Vec<forebay_api::manifest::Document>, oneshot::Sender<Result<Vec<Applied>, ApplyError>>),
    /// A scaling came to an end, at the count it was for or short of it.
    Scaled(Incarnation, u32, Result<(), String>),
    /// Time to try again what was held up.
    Retry,
}

/// Why a catalog does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    #[error("cannot start the catalog's thread")]
    Thread(#[source] io::Error),
}

/// See the module.
pub(crate) struct Owner<D: Disk = RealDisk> {
    pub(super) workshop: Arc<Workshop<D>>,
    pub(super) index: Arc<Index>,
    pub(super) entries: BTreeMap<Incarnation, Entry>,
    /// Streams whose splits and merges are under way.
    pub(super) scaling: BTreeSet<Incarnation>,
    /// Streams of which something intended waits for a limit, or did not come through.
    pub(super) held_up: BTreeSet<Incarnation>,
    /// For what ends later to be told here; weak, so that the thread ends with the catalog.
    pub(super) messages: mpsc::WeakSender<Message>,
}

impl<D: Disk> Owner<D> {
    /// Loads every stream and opens its range.
    pub(crate) fn start(
        workshop: Arc<Workshop<D>>,
        index: Arc<Index>,
        messages: mpsc::WeakSender<Message>,
    ) -> Result<Self, StartError> {
        let loaded = workshop.files.load()?;
        let mut owner = Self {
            workshop,
            index,
            entries: BTreeMap::new(),
            scaling: BTreeSet::new(),
            held_up: BTreeSet::new(),
            messages,
        };
        owner.report_strays(&loaded);
        owner.open_ranges(&loaded);
        let streams: Vec<_> = loaded.iter().map(|entry| entry.incarnation).collect();
        owner.entries = loaded.into_iter().map(|entry| (entry.incarnation, entry)).collect();
        // All are known before the first goes on: quotas count them.
        for stream in &streams {
            owner.show(*stream);
        }
        for stream in streams {
            owner.go_on(stream);
        }
        Ok(owner)
    }

    /// Until the catalog is dropped.
    pub(crate) fn run(mut self, mut inbox: mpsc::Receiver<Message>) {
        while let Some(message) = inbox.blocking_recv() {
            self.handle(message);
        }
    }

    pub(super) fn handle(&mut self, message: Message) {
        // Whoever went away meanwhile is not told.
        match message {
            Message::Create(account, create, reply) => {
                let _ = reply.send(self.create(account, &create));
            }
            Message::Delete(account, stream, reply) => {
                let _ = reply.send(self.delete(account, stream));
            }
            Message::Change(account, stream, change, reply) => {
                let _ = reply.send(self.change(account, stream, change));
            }
            Message::Apply(documents, reply) => {
                let _ = reply.send(self.apply(documents));
            }
            Message::Scaled(stream, count, outcome) => self.scaled(stream, count, outcome),
            Message::Retry => self.retry(),
        }
    }

    /// Says which ranges belong to no stream: whoever took a stream's file away is to know what it held.
    fn report_strays(&self, entries: &[Entry]) {
        let Environment { disk, directory, .. } = &*self.workshop.environment;
        let known: BTreeSet<String> = entries.iter().map(|entry| entry.range.to_string()).collect();
        for range in disk.list(directory).unwrap_or_default().iter().filter(|range| !known.contains(*range)) {
            error!(
                directory = %directory.join(range).display(),
                "a range of no stream: put the stream's file in catalog/ back, or remove the directory"
            );
        }
    }

    /// Opens the ranges that were recorded as initialised, several at a time: each waits for a few syncs.
    fn open_ranges(&self, entries: &[Entry]) {
        let waiting = Mutex::new(entries.iter().filter(|entry| entry.phase == Phase::Initialised));
        std::thread::scope(|scope| {
            for _ in 0..self.workshop.environment.machine.disk_waiters().min(entries.len()) {
                scope.spawn(|| {
                    loop {
                        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some(entry) = next else { return };
                        self.workshop.open(entry);
                    }
                });
            }
        });
    }

    /// Goes on where a stream was left; what fails is tried again in a minute.
    pub(super) fn go_on(&mut self, stream: Incarnation) {
        let Some(entry) = self.entries.get(&stream) else { return };
        let (name, phase) = (entry.name.clone(), entry.phase);
        let outcome = match phase {
            Phase::Initialising => self.record(stream).and_then(|()| self.initialise(stream)),
            Phase::Initialised => self.carry_out(stream),
            Phase::Deleting => self.finish_delete(stream).inspect(|()| info!(stream = %name, "stream deleted")),
        };
        if let Err(why) = outcome {
            self.held_up.insert(stream);
            error!(stream = %name, ?phase, why, "stream not brought to what is intended; tried again in a minute");
        }
        self.show(stream);
    }

    fn create(&mut self, account: AccountId, create: &CreateStream) -> Result<(), CreateRefusal> {
        if self.index.stream(account, &create.name).is_some() {
            return Err(CreateRefusal::Exists);
        }
        let spec = change::spec_of(create);
        let reserved = self.admit(account, &spec).map_err(|refused| change::create_refusal(&refused))?;
        let object = forebay_api::Stream::named(create.name.as_str(), spec);
        let name = object.metadata.name.unwrap_or_default();
        self.make(account, name, create.name.clone(), object.spec, reserved).map_err(CreateRefusal::Unavailable)
    }

    /// Records a new stream and makes it. From when it is shown it counts itself, and what was reserved for it no more.
    pub(super) fn make(
        &mut self,
        account: AccountId,
        object: String,
        name: StreamName,
        spec: StreamSpec,
        reserved: Option<Held>,
    ) -> Result<(), String> {
        let machine = &self.workshop.environment.machine;
        let entry = Entry {
            account,
            object,
            name,
            incarnation: Incarnation(machine.random()),
            range: RangeUuid(machine.random()),
            created: machine.wall(),
            phase: Phase::Initialising,
            spec,
            counted: None,
            scaling_to: None,
            shard_count_updates: Vec::new(),
            mode_switches: Vec::new(),
            consumers: BTreeMap::new(),
        };
        let incarnation = entry.incarnation;
        self.entries.insert(incarnation, entry);
        self.show(incarnation);
        drop(reserved);
        let outcome = self.record(incarnation).and_then(|()| self.initialise(incarnation));
        // What failed may be on the disk all the same: a second stream of the name beside it would be one too many.
        if outcome.is_err()
            && let Err(why) = self.take_back(incarnation)
        {
            // The name stays taken until then.
            self.held_up.insert(incarnation);
            self.show(incarnation);
            error!(why, "a stream that could not be made could not be taken back either; tried again in a minute");
        }
        outcome
    }

    /// Forgets a stream that was never routed to: whoever asked for it was told that it is not there.
    fn take_back(&mut self, stream: Incarnation) -> Result<(), String> {
        let entry = self.entries.get_mut(&stream).expect("it was just made");
        if entry.phase != Phase::Initialising {
            return Ok(());
        }
        // Of a range that was never begun nothing is left but the record, which needs no room to go. Any other goes like
        // every stream: its record may say by now that the range is there.
        if !matches!(range::exists(&self.workshop.environment, entry.range), Ok(false)) {
            entry.phase = Phase::Deleting;
        }
        self.finish_delete(stream)
    }

    /// Makes the range of a stream that is recorded, and records that it is there.
    fn initialise(&mut self, incarnation: Incarnation) -> Result<(), String> {
        let mut entry = self.entries[&incarnation].clone();
        self.workshop.initialise(&entry)?;
        entry.phase = Phase::Initialised;
        entry.counted = entry.spec.shard_count;
        self.workshop.files.store(&entry).map_err(|error| causes(&error))?;
        info!(stream = %entry.name, account = %entry.account, "stream created");
        self.entries.insert(incarnation, entry);
        let outcome = self.carry_out(incarnation);
        self.show(incarnation);
        outcome
    }

    fn delete(&mut self, account: AccountId, stream: Incarnation) -> Result<(), ChangeRefusal> {
        let entry = self.entries.get_mut(&stream).filter(|entry| entry.account == account);
        let entry = entry.ok_or(ChangeRefusal::NotFound)?;
        // Even if it cannot be recorded: it may be on the disk all the same, and nothing more is taken that would go with it.
        entry.phase = Phase::Deleting;
        let name = entry.name.clone();
        self.show(stream);
        self.held_up.insert(stream);
        self.finish_delete(stream).map_err(ChangeRefusal::Unavailable)?;
        info!(stream = %name, %account, "stream deleted");
        Ok(())
    }

    /// Removes a stream that is going, once that is recorded, or whose range was never begun.
    fn finish_delete(&mut self, stream: Incarnation) -> Result<(), String> {
        if self.entries[&stream].phase == Phase::Deleting {
            self.record(stream)?;
        }
        let entry = &self.entries[&stream];
        if let Some(handle) = self.workshop.host.remove(entry.range) {
            handle.close("the stream is deleted");
        }
        range::remove(&self.workshop.environment, entry.range).map_err(|error| causes(&error))?;
        self.workshop.files.remove(stream).map_err(|error| causes(&error))?;
        let (account, name) = (entry.account, entry.name.clone());
        self.entries.remove(&stream);
        self.held_up.remove(&stream);
        self.index.remove(account, &name, stream);
        Ok(())
    }

    fn change(&mut self, account: AccountId, stream: Incarnation, change: StreamChange) -> Result<(), ChangeRefusal> {
        let entry = self.entries.get(&stream).filter(|entry| entry.account == account);
        let entry = entry.ok_or(ChangeRefusal::NotFound)?;
        let handle = self.workshop.handle(entry).map_err(ChangeRefusal::Unavailable)?;
        let now = self.workshop.environment.machine.wall();
        let changed = self.workshop.admit_change(&self.index, account, |account| {
            let at = Circumstances { now, account, open_shards: open_shard_count(&handle.shard_map()) };
            let promised = at.promised(&change);
            Ok((change::changed(entry, change, at)?, promised.map(|shards| (&entry.name, shards))))
        })?;
        self.replace(changed).map_err(ChangeRefusal::Unavailable)
    }

    /// Records another intent and carries it out as far as goes at once.
    pub(super) fn replace(&mut self, entry: Entry) -> Result<(), String> {
        let incarnation = entry.incarnation;
        let stored = self.workshop.files.store(&entry).map_err(|error| causes(&error));
        let outcome = stored.and_then(|()| {
            self.entries.insert(incarnation, entry);
            self.carry_out(incarnation)
        });
        self.show(incarnation);
        outcome
    }

    /// Makes what is known of a stream durable. After an error it may be on the disk or not.
    fn record(&self, stream: Incarnation) -> Result<(), String> {
        self.workshop.files.store(&self.entries[&stream]).map_err(|error| causes(&error))
    }

    /// Shows a stream as it now is.
    pub(super) fn show(&self, stream: Incarnation) {
        if let Some(entry) = self.entries.get(&stream) {
            self.index.put(self.workshop.snapshot(entry), self.workshop.promised(entry));
        }
    }
}
