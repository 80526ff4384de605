//! A range's directory: created once, opened at every start, removed with its stream.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use forebay_core::arrival_clock::Now;
use forebay_core::change::{Change, DecodeChangeError, Init};
use forebay_core::lanes::{AppliedChunk, LaneEnd};
use forebay_core::range::Range;
use forebay_core::replay::{Replay, ReplayError};
use forebay_core::state::{RestoreError, Section};
use forebay_gateway::ranges::RangeAddress;
use forebay_log::{
    CreateError, Disk, DiskError, Durability, Entry, Identity, Log, OpenError, Opened, Options, Owner, Ownership,
    ReadCache, RealDisk, Recovered, RecoveredEntry, SegmentSizes, Tail, WriteError,
};
use forebay_protocol::words::{RangeUuid, ShardId, StreamArn, TimestampMs};
use tracing::{info, warn};

use super::handle::RangeHandle;
use super::writer::Writer;
use crate::expiry_clock::ExpiryClock;
use crate::machine::Machine;
use crate::metrics::Metrics;
use crate::volume::VolumeWatch;

/// What all ranges of a process share.
#[derive(Debug)]
pub(crate) struct Environment<D: Disk = RealDisk> {
    pub(crate) disk: D,
    pub(crate) machine: Arc<dyn Machine>,
    /// Where the ranges' directories are.
    pub(crate) directory: PathBuf,
    pub(crate) durability: Durability,
    pub(crate) sizes: SegmentSizes,
    /// Index pages of closed segments, for all ranges together.
    pub(crate) cache: Arc<ReadCache<D>>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) volume: VolumeWatch,
    /// By which records expire.
    pub(crate) expiry: ExpiryClock,
}

/// Why a range does not serve.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenRangeError {
    #[error(transparent)]
    Create(#[from] CreateError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("cannot write to the log")]
    Write(#[from] WriteError),
    #[error("the log holds no range, though it was recorded as initialised")]
    Empty,
    #[error("the stored state is not readable")]
    Restore(#[from] RestoreError),
    #[error("entry {index} is not readable")]
    Entry { index: u64, source: DecodeChangeError },
    #[error("entry {index} does not follow from the ones before it")]
    Replay { index: u64, source: ReplayError },
}

impl<D: Disk> Environment<D> {
    /// The time by which records and closed shards expire.
    pub(crate) fn expiry_time(&self) -> TimestampMs {
        self.expiry.read(self.machine.now())
    }

    fn path(&self, range: RangeUuid) -> PathBuf {
        self.directory.join(range.to_string())
    }
}

/// Makes a range, from nothing or from what an interrupted attempt left; one that is there already is opened.
pub(crate) fn create<D: Disk>(
    environment: &Arc<Environment<D>>,
    stream: StreamArn,
    init: Init,
) -> Result<RangeHandle<D>, OpenRangeError> {
    let address = RangeAddress { incarnation: init.identity.incarnation, range: init.identity.range };
    let path = environment.path(address.range);
    let node = Identity(environment.machine.random());
    forebay_log::create(&environment.disk, &path, &mut options(environment, address), node)?;
    let opened = forebay_log::open(environment.disk.clone(), &path, options(environment, address))?;
    let Opened { mut log, reader, recovered } = opened;
    let now = environment.machine.now();
    let range = match replay(&mut log, &recovered, now)? {
        Some(range) => {
            log.begin_term()?;
            range
        }
        None => begin(&mut log, init, now)?,
    };
    Ok(RangeHandle::new(address, stream, Arc::clone(environment), Writer::new(log, range), reader))
}

/// Opens a range that was made before.
pub(crate) fn open<D: Disk>(
    environment: &Arc<Environment<D>>,
    stream: StreamArn,
    address: RangeAddress,
) -> Result<RangeHandle<D>, OpenRangeError> {
    let path = environment.path(address.range);
    let opened = forebay_log::open(environment.disk.clone(), &path, options(environment, address))?;
    let Opened { mut log, reader, recovered } = opened;
    let range = replay(&mut log, &recovered, environment.machine.now())?.ok_or(OpenRangeError::Empty)?;
    match &recovered.tail {
        Tail::Clean => info!(stream = %stream.name, entries = recovered.entries.len(), "log opened"),
        Tail::Torn { file, offset, found } => warn!(
            stream = %stream.name, file = %file.display(), offset, found,
            "log opened; an entry that was never acknowledged was cut off its end"
        ),
    }
    log.begin_term()?;
    Ok(RangeHandle::new(address, stream, Arc::clone(environment), Writer::new(log, range), reader))
}

/// Removes a range's files; nothing there is no error.
pub(crate) fn remove<D: Disk>(environment: &Environment<D>, range: RangeUuid) -> Result<(), DiskError> {
    forebay_log::remove(&environment.disk, &environment.path(range))
}

/// Whether a range's directory is there at all.
pub(crate) fn exists<D: Disk>(environment: &Environment<D>, range: RangeUuid) -> io::Result<bool> {
    match environment.disk.list(&environment.path(range)) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn options<D: Disk>(environment: &Environment<D>, address: RangeAddress) -> Options<D> {
    let machine = Arc::clone(&environment.machine);
    Options {
        ownership: Ownership {
            owner: Owner::Stream,
            range: Identity(address.range.0),
            incarnation: Identity(address.incarnation.0),
        },
        durability: environment.durability,
        sizes: environment.sizes,
        salts: Box::new(move || salt(machine.random())),
        cache: Arc::clone(&environment.cache),
    }
}

fn salt(random: [u8; 16]) -> u64 {
    u64::try_from(u128::from_le_bytes(random) >> 64).expect("64 bits are left")
}

/// The first entry of a range's log.
fn begin<D: Disk>(log: &mut Log<D>, init: Init, now: Now) -> Result<Range, OpenRangeError> {
    log.begin_term()?;
    let time_ms = init.created.0;
    let change = Change::Init(init);
    log.write(&Entry::Control { time_ms, body: &Bytes::from(change.encode()) })?;
    log.sync()?;
    let mut replay = Replay::default();
    replay.change(&change).map_err(|source| OpenRangeError::Replay { index: 1, source })?;
    replay.finish(now).ok_or(OpenRangeError::Empty)
}

/// The range that a log tells; none if it tells nothing yet.
fn replay<D: Disk>(log: &mut Log<D>, recovered: &Recovered, now: Now) -> Result<Option<Range>, OpenRangeError> {
    let sections: Vec<Section> = recovered
        .state
        .iter()
        .map(|section| Section { id: section.id, version: section.version, bytes: section.bytes.to_vec() })
        .collect();
    let ends = recovered
        .lanes
        .iter()
        .map(|(lane, end)| (ShardId(*lane), LaneEnd { next: end.next_counter, last: TimestampMs(end.last_time_ms) }));
    let mut replay = Replay::new(&sections, ends)?;
    for entry in &recovered.entries {
        replay_entry(&mut replay, entry)?;
        // A segment may have been closed before its footer was written: it is written again from here.
        if let (Some(index), Some(state)) = (log.state_wanted(), replay.state())
            && index == entry.position().index
        {
            log.give_state(index, super::maintain::sections(state));
        }
    }
    let range = replay.finish(now);
    if let Some(range) = &range {
        // Lanes of shards that were forgotten before; no footer need repeat them for ever.
        let topology = &range.state().topology;
        let gone = recovered.lanes.iter().filter(|(lane, _)| topology.shard(ShardId(*lane)).is_none());
        gone.for_each(|(lane, _)| log.forget_lane(*lane));
    }
    Ok(range)
}

fn replay_entry(replay: &mut Replay, entry: &RecoveredEntry) -> Result<(), OpenRangeError> {
    let index = entry.position().index;
    let misfit = |source| OpenRangeError::Replay { index, source };
    match entry {
        RecoveredEntry::Control { body, .. } => {
            let change = Change::decode(body).map_err(|source| OpenRangeError::Entry { index, source })?;
            replay.change(&change).map_err(misfit)
        }
        RecoveredEntry::Records { chunks, .. } => chunks.iter().try_for_each(|chunk| {
            let applied =
                AppliedChunk { first: chunk.first_counter, count: chunk.count, time: TimestampMs(chunk.time_ms) };
            replay.chunk(ShardId(chunk.lane), applied).map_err(misfit)
        }),
    }
}
