//! Opening: what is on the disk is checked, a torn tail cut, damage refused; and whatever the disk may hold in
//! memory alone is written again before anything is shown or acknowledged.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Disk, File, read_exact_at, read_up_to, write_bytes_at};
use crate::entry::{LaneEnd, Position, Section};
use crate::error::{Damage, DiskError, OpenError};
use crate::format::{HardState, SEGMENT_HEADER_BYTES, SegmentHeader};
use crate::hard_state_file::HardStateFile;
use crate::index::{ByLane, MemoryIndex};
use crate::mutation;
use crate::names;
use crate::reader::Reader;
use crate::recovery::{RecoveredEntry, Replay, Until, replay};
use crate::segment::{Segment, Shared};

use super::{Log, OpenSegment, Options, Ownership};

/// An open log.
#[derive(Debug)]
pub struct Opened<D: Disk> {
    /// The writer. It takes entries once a term was begun.
    pub log: Log<D>,
    /// A reader.
    pub reader: Reader<D>,
    /// What the caller needs to be where it was.
    pub recovered: Recovered,
}

/// The caller's state as it was kept, and what happened since.
#[derive(Debug)]
pub struct Recovered {
    /// The index of the last entry the state includes; 0 for none.
    pub state_index: u64,
    /// The state as of that entry.
    pub state: Vec<Section>,
    /// The lanes' ends as of that entry, by lane.
    pub lanes: Vec<(u32, LaneEnd)>,
    /// Every entry since, in order.
    pub entries: Vec<RecoveredEntry>,
    /// How the log ended.
    pub tail: Tail,
}

/// How the newest segment ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tail {
    /// Behind the last entry nothing was begun.
    Clean,
    /// An entry that was never acknowledged was cut off.
    Torn {
        /// The segment.
        file: PathBuf,
        /// Where the next entry goes.
        offset: u64,
        /// What stands there.
        found: String,
    },
}

/// Opens the log in `directory`. See [`OpenError`] for what is refused.
pub fn open<D: Disk>(disk: D, directory: &Path, options: Options) -> Result<Opened<D>, OpenError> {
    let lock = disk.lock(directory).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => OpenError::Locked(directory.to_owned()),
        io::ErrorKind::NotFound => OpenError::NotInitialised(directory.to_owned()),
        _ => OpenError::Disk(DiskError::of("lock", directory)(error)),
    })?;
    let mut hard_state = open_hard_state(&disk, directory, options.ownership)?;
    let segments = open_segments(&disk, directory, options.ownership)?;
    let replayed = replay_all(&segments, hard_state.state())?;
    hard_state.confirm()?;
    rewrite_unproven(segments.last().expect("at least one"), replayed.newest())?;
    disk.sync_dir(directory).map_err(DiskError::of("sync", directory))?;
    assemble(disk, directory.to_owned(), options, lock, hard_state, segments, replayed)
}

fn open_hard_state<D: Disk>(
    disk: &D,
    directory: &Path,
    ownership: Ownership,
) -> Result<HardStateFile<D::File>, OpenError> {
    let Some(found) = HardStateFile::open(disk, directory)? else {
        let names = disk.list(directory).map_err(DiskError::of("list", directory))?;
        if !names.iter().any(|name| names::parse_segment(name).is_some()) {
            return Err(OpenError::NotInitialised(directory.to_owned()));
        }
        return Err(Damage::at(&directory.join(names::HARD_STATE), 0, "neither of its copies is intact").into());
    };
    let HardState { range, incarnation, initialised, owner, .. } = *found.state();
    if (owner, range, incarnation) != (ownership.owner, ownership.range, ownership.incarnation) {
        return Err(OpenError::Other { directory: directory.to_owned(), range, incarnation });
    }
    if !initialised {
        return Err(OpenError::NotInitialised(directory.to_owned()));
    }
    Ok(found)
}

/// Opens every segment and checks that they follow each other.
fn open_segments<D: Disk>(
    disk: &D,
    directory: &Path,
    ownership: Ownership,
) -> Result<Vec<Segment<D::File>>, OpenError> {
    let mut first_indexes = Vec::new();
    for name in disk.list(directory).map_err(DiskError::of("list", directory))? {
        if let Some(first_index) = names::parse_segment(&name) {
            first_indexes.push(first_index);
        } else if names::is_leftover(&name) {
            let path = directory.join(name);
            disk.unlink(&path).map_err(DiskError::of("remove", &path))?;
        }
    }
    first_indexes.sort_unstable();
    if first_indexes.first() != Some(&1) {
        return Err(Damage::at(&names::segment(directory, 1), 0, "the log's first segment is missing").into());
    }
    first_indexes.into_iter().map(|first_index| open_segment(disk, directory, first_index, ownership)).collect()
}

fn open_segment<D: Disk>(
    disk: &D,
    directory: &Path,
    first_index: u64,
    ownership: Ownership,
) -> Result<Segment<D::File>, OpenError> {
    let path = names::segment(directory, first_index);
    let file = disk.open(&path).map_err(DiskError::of("open", &path))?;
    let length = usize::try_from(SEGMENT_HEADER_BYTES).expect("4096");
    let bytes = read_up_to(&file, 0, length).map_err(DiskError::of("read", &path))?;
    let header = SegmentHeader::decode(&bytes).map_err(|what| Damage::at(&path, 0, what))?;
    if (header.owner, header.range) != (ownership.owner, ownership.range) {
        return Err(Damage::at(&path, 0, format!("it belongs to range {}", header.range)).into());
    }
    if header.first_index() != first_index {
        return Err(Damage::at(&path, 0, format!("its first entry is {}", header.first_index())).into());
    }
    Ok(Segment::new(header, path, file, MemoryIndex::default()))
}

/// What replaying the segments gave, in their order.
struct Replayed {
    replays: Vec<Replay>,
    lanes: ByLane<LaneEnd>,
}

impl Replayed {
    fn newest(&self) -> &Replay {
        self.replays.last().expect("at least one segment")
    }
}

fn replay_all<F: File>(segments: &[Segment<F>], hard_state: &HardState) -> Result<Replayed, OpenError> {
    let mut replayed = Replayed { replays: Vec::new(), lanes: ByLane::default() };
    for (at, segment) in segments.iter().enumerate() {
        let until = segments.get(at + 1).map_or(Until::Tail, |next| Until::Entry(next.header.previous));
        replayed.replays.push(replay(segment, &mut replayed.lanes, until)?);
    }
    let last = replayed.newest().last;
    if last.term > hard_state.term {
        let newest = segments.last().expect("at least one");
        let what = format!("entry {} is of term {}, and the hard state of {}", last.index, last.term, hard_state.term);
        return Err(Damage::at(&newest.path, 0, what).into());
    }
    Ok(replayed)
}

/// Writes again, in place, the newest segment's header and every frame nothing proves to be durable, then syncs. A
/// sync that failed before the restart may have left them in memory, where they read well and are never written.
fn rewrite_unproven<F: File>(segment: &Segment<F>, newest: &Replay) -> Result<(), OpenError> {
    let cannot_write = || DiskError::of("write", &segment.path);
    if !mutation::is("no_rewrite") {
        write_bytes_at(&segment.file, &segment.header.encode(), 0).map_err(cannot_write())?;
        let unproven = newest.frames.iter().find(|(index, _)| *index > newest.durable);
        if let Some((_, from)) = unproven {
            rewrite(&segment.file, *from, newest.end).map_err(cannot_write())?;
        }
    }
    Ok(segment.file.sync_data().map_err(DiskError::of("sync", &segment.path))?)
}

/// One step of a rewrite.
const REWRITE_BYTES: u64 = 1 << 20;

fn rewrite(file: &impl File, from: u64, to: u64) -> io::Result<()> {
    let mut buffer = Vec::new();
    let mut offset = from;
    while offset < to {
        buffer.resize(usize::try_from((to - offset).min(REWRITE_BYTES)).expect("at most a step"), 0);
        read_exact_at(file, &mut buffer, offset)?;
        write_bytes_at(file, &buffer, offset)?;
        offset += buffer.len() as u64;
    }
    Ok(())
}

fn assemble<D: Disk>(
    disk: D,
    directory: PathBuf,
    options: Options,
    lock: D::Lock,
    hard_state: HardStateFile<D::File>,
    segments: Vec<Segment<D::File>>,
    replayed: Replayed,
) -> Result<Opened<D>, OpenError> {
    let Replayed { mut replays, lanes } = replayed;
    let mut entries = Vec::new();
    for (segment, replay) in segments.iter().zip(&mut replays) {
        *segment.index_mut() = std::mem::take(&mut replay.index);
        entries.append(&mut replay.entries);
    }
    let newest = replays.pop().expect("at least one segment");
    let segments: Vec<_> = segments.into_iter().map(Arc::new).collect();
    let segment = Arc::clone(segments.last().expect("at least one"));
    let capacity_bytes = segment.file.size_bytes().map_err(DiskError::of("measure", &segment.path))?;
    let tail = tail_of(&segment, &newest);
    let index_bytes = segment.index().size_bytes();
    let first_time_ms = first_time_ms(&entries, &segment.header);
    let Position { index, .. } = newest.last;
    let log = Log {
        next_bytes: capacity_bytes.clamp(options.sizes.min_bytes, options.sizes.max_bytes),
        disk,
        directory,
        options,
        _lock: lock,
        hard_state,
        shared: Arc::new(Shared::new(segments, lanes.clone())),
        open: OpenSegment { segment, offset: newest.end, capacity_bytes, index_bytes, first_time_ms },
        last: newest.last,
        durable: index,
        committed: index,
        lanes,
        unseen: Vec::new(),
        term: None,
        failure: None,
        next_number: 0,
        tables: Vec::new(),
    };
    let recovered = Recovered { state_index: 0, state: Vec::new(), lanes: Vec::new(), entries, tail };
    Ok(Opened { reader: log.reader(), log, recovered })
}

fn tail_of<F>(segment: &Segment<F>, newest: &Replay) -> Tail {
    match newest.stopped_by {
        None | Some(crate::format::FrameError::Absent) => Tail::Clean,
        Some(error) => Tail::Torn { file: segment.path.clone(), offset: newest.end, found: error.to_string() },
    }
}

/// The time of the first entry of the open segment.
fn first_time_ms(entries: &[RecoveredEntry], header: &SegmentHeader) -> Option<u64> {
    entries.iter().filter(|entry| entry.position().index > header.previous.index).find_map(|entry| match entry {
        RecoveredEntry::Control { time_ms, .. } => Some(*time_ms),
        RecoveredEntry::Records { chunks, .. } => chunks.first().map(|chunk| chunk.time_ms),
    })
}
