//! Opening: what is on the disk is checked, a torn tail cut, damage refused, and the caller told what it needs to be
//! where it was.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Disk, File};
use crate::entry::{LaneEnd, Position, Section};
use crate::error::{Damage, DiskError, OpenError, ReadError};
use crate::format::{FrameError, HardState, Snapshot, Trailer};
use crate::index::ByLane;
use crate::reader::Reader;
use crate::recovery::{
    RecoveredEntry, Replay, Until, open_hard_state, open_segments, read_snapshot, replay, rewrite_footer,
    rewrite_unproven,
};
use crate::segment::{Index, Segment, Shared};

use super::footer::Closed;
use super::state::{Kept, Sources};
use super::{Log, OpenSegment, Options, Running, Unseen};

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
    /// The last entry the state includes; index 0 for none.
    pub state_as_of: Position,
    /// The state as of that entry.
    pub state: Vec<Section>,
    /// Every lane's end as of that entry, by lane. The ends as of now: [`Reader::lane_end`].
    pub lanes: Vec<(u32, LaneEnd)>,
    /// Every entry since, in order. [`Log::state_wanted`] is to be asked after each.
    pub entries: Vec<RecoveredEntry>,
    /// How the log ended.
    pub tail: Tail,
}

/// How the newest segment ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tail {
    /// Behind the last entry nothing was begun.
    Clean,
    /// Something that was never acknowledged was cut off.
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
pub fn open<D: Disk>(disk: D, directory: &Path, options: Options<D>) -> Result<Opened<D>, OpenError> {
    let lock = disk.lock(directory).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => OpenError::Locked(directory.to_owned()),
        io::ErrorKind::NotFound => OpenError::NotInitialised(directory.to_owned()),
        _ => OpenError::Disk(DiskError::of("lock", directory)(error)),
    })?;
    let mut hard_state = open_hard_state(&disk, directory, options.ownership)?;
    let snapshot = read_snapshot(&disk, directory)?;
    let segments = open_segments(&disk, directory, options.ownership, snapshot.as_ref())?;
    let shared = Shared::new(disk.clone(), Arc::clone(&options.cache), segments.clone(), ByLane::default());
    let base = find_base(&shared, &segments, snapshot.as_ref())?;
    let replayed = replay_from(&disk, &base, &segments, hard_state.state())?;
    hard_state.confirm()?;
    let segment = &replayed.segment;
    rewrite_unproven(&*replayed.file, &segment.path, &segment.header, &replayed.newest)?;
    if let Some((closed, trailer)) = base.footer(&segments) {
        rewrite_footer(&*open_file(&disk, closed)?, &closed.path, &trailer)?;
    }
    disk.sync_dir(directory).map_err(DiskError::of("sync", directory))?;

    let open = open_segment(&replayed)?;
    let recovered = Recovered {
        state_as_of: base.as_of,
        state: base.kept.iter().map(|kept| kept.section.clone()).collect(),
        lanes: base.lanes,
        entries: replayed.entries,
        tail: tail_of(segment, &replayed.newest),
    };
    let last = replayed.newest.last;
    shared.lanes_mut().clone_from(&replayed.lanes);
    let log = Log {
        disk,
        directory: directory.to_owned(),
        options,
        _lock: lock,
        hard_state,
        shared: Arc::new(shared),
        open,
        last,
        durable: last.index,
        committed: last.index,
        lanes: replayed.lanes,
        unseen: Unseen::default(),
        term: None,
        failure: None,
        closed: replayed.closed.into(),
        kept: base.kept,
        trimmed: Vec::new(),
        unread: Vec::new(),
        blank: None,
        next_number: 0,
        running: Running::default(),
        tables: Vec::new(),
    };
    Ok(Opened { reader: log.reader(), log, recovered })
}

/// What is known without reading frames: the state as of the end of a segment, or of the trimmed part.
struct Base {
    /// The first segment that must be replayed.
    replay_from: usize,
    as_of: Position,
    /// Ascending.
    lanes: Vec<(u32, LaneEnd)>,
    kept: Vec<Kept>,
}

impl Base {
    /// The segment whose footer this is from.
    fn footer<'a, D: Disk>(&self, segments: &'a [Arc<Segment<D>>]) -> Option<(&'a Segment<D>, Trailer)> {
        let segment = segments.get(self.replay_from.checked_sub(1)?)?;
        Some((segment, segment.trailer()?))
    }
}

/// The newest footer before the first segment without one. It may not have come to the disk whole, because nothing
/// behind it proves that it was synced: one that is not intact is none.
fn find_base<D: Disk>(
    shared: &Shared<D>,
    segments: &[Arc<Segment<D>>],
    snapshot: Option<&Snapshot>,
) -> Result<Base, OpenError> {
    let footers = segments.iter().take_while(|segment| segment.trailer().is_some()).count();
    for at in (0..footers).rev() {
        match base_at(shared, segments, snapshot, at) {
            Ok(base) => return Ok(base),
            Err(ReadError::Damaged(_)) => {}
            Err(error @ ReadError::Disk(_)) => return Err(error.into()),
        }
    }
    let Some(snapshot) = snapshot else {
        return Ok(Base { replay_from: 0, as_of: Position::default(), lanes: Vec::new(), kept: Vec::new() });
    };
    let kept = |section: &Section| Kept { section: section.clone(), since: snapshot.last.index };
    Ok(Base {
        replay_from: 0,
        as_of: snapshot.last,
        lanes: snapshot.lanes.clone(),
        kept: snapshot.state.iter().map(kept).collect(),
    })
}

fn base_at<D: Disk>(
    shared: &Shared<D>,
    segments: &[Arc<Segment<D>>],
    snapshot: Option<&Snapshot>,
    at: usize,
) -> Result<Base, ReadError> {
    let segment = &segments[at];
    let trailer = segment.trailer().expect("counted as one with a footer");
    shared.check_footer(segment, &trailer)?;
    let kept = Sources { shared, kept: &[], segments, snapshot: Ok(snapshot) }.state(segment)?;
    let lanes = shared.footer_lanes(segment, &trailer)?.iter().map(|row| (row.lane, row.end)).collect();
    Ok(Base { replay_from: at + 1, as_of: trailer.last, lanes, kept })
}

/// What the segments behind the base held.
struct Replayed<D: Disk> {
    lanes: ByLane<LaneEnd>,
    entries: Vec<RecoveredEntry>,
    closed: Vec<Closed<D>>,
    newest: Replay,
    /// The newest segment, and its file.
    segment: Arc<Segment<D>>,
    file: Arc<D::File>,
}

fn replay_from<D: Disk>(
    disk: &D,
    base: &Base,
    segments: &[Arc<Segment<D>>],
    hard_state: &HardState,
) -> Result<Replayed<D>, OpenError> {
    let mut lanes: ByLane<LaneEnd> = base.lanes.iter().copied().collect();
    let (mut entries, mut closed) = (Vec::new(), Vec::new());
    for (at, segment) in segments.iter().enumerate().skip(base.replay_from) {
        let until = segments.get(at + 1).map_or(Until::Tail, |next| Until::Entry(next.header.previous));
        let file = open_file(disk, segment)?;
        let mut found = replay(&segment.header, &segment.path, &*file, &mut lanes, until)?;
        *segment.index_mut() = Index::Memory(Arc::clone(&file), std::mem::take(&mut found.index));
        entries.append(&mut found.entries);
        if until == Until::Tail {
            check_term(segment, found.last, hard_state)?;
            return Ok(Replayed { lanes, entries, closed, newest: found, segment: Arc::clone(segment), file });
        }
        let mut ends: Vec<_> = lanes.iter().map(|(lane, end)| (*lane, *end)).collect();
        ends.sort_unstable_by_key(|(lane, _)| *lane);
        let segment = Arc::clone(segment);
        closed.push(Closed { segment, last: found.last, frames_end: found.end, lanes: ends, state: None });
    }
    unreachable!("the newest segment has no footer and is replayed")
}

/// The file of a segment that is about to be replayed, whether its footer was looked at before or not.
fn open_file<D: Disk>(disk: &D, segment: &Segment<D>) -> Result<Arc<D::File>, DiskError> {
    match &*segment.index() {
        Index::Memory(file, _) => Ok(Arc::clone(file)),
        Index::Footer(_) => disk.open(&segment.path).map(Arc::new).map_err(DiskError::of("open", &segment.path)),
    }
}

/// No frame is of a term that was not durable before it.
fn check_term<D: Disk>(segment: &Segment<D>, last: Position, hard_state: &HardState) -> Result<(), Damage> {
    if last.term <= hard_state.term {
        return Ok(());
    }
    let what = format!("entry {} is of term {}, and the hard state of {}", last.index, last.term, hard_state.term);
    Err(Damage::at(&segment.path, 0, what))
}

fn open_segment<D: Disk>(replayed: &Replayed<D>) -> Result<OpenSegment<D>, OpenError> {
    let newest = &replayed.segment;
    let capacity_bytes = replayed.file.size_bytes().map_err(DiskError::of("measure", &newest.path))?;
    let first_time_ms = match &*newest.index() {
        Index::Memory(_, index) => Some(index.counts().oldest_time_ms).filter(|time_ms| *time_ms != u64::MAX),
        Index::Footer(_) => None,
    };
    Ok(OpenSegment {
        segment: Arc::clone(newest),
        file: Arc::clone(&replayed.file),
        offset: replayed.newest.end,
        capacity_bytes,
        index_bytes: replayed.newest.index_bytes,
        first_time_ms,
    })
}

fn tail_of<D: Disk>(segment: &Segment<D>, newest: &Replay) -> Tail {
    match newest.stopped_by {
        None | Some(FrameError::Absent) => Tail::Clean,
        Some(error) => Tail::Torn { file: segment.path.clone(), offset: newest.end, found: error.to_string() },
    }
}
