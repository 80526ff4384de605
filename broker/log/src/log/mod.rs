//! The log: one writer, who numbers entries, makes them durable and only then shows them to readers.
//!
//! No thread, clock or randomness of its own. Work that may wait is handed out as jobs. After a failed write or sync
//! it writes no more: what the disk then holds is unknown until the log is opened again.

mod blank;
mod create;
mod footer;
mod jobs;
mod open;
mod options;
mod remove;
mod roll;
mod segments;
mod state;
mod sync;
mod trim;
mod write;

use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::disk::Disk;
use crate::entry::{LaneEnd, Position};
use crate::error::{DiskError, WriteError};
use crate::format::{HardState, RequestRow, Row, SEGMENT_HEADER_BYTES};
use crate::hard_state_file::HardStateFile;
use crate::index::ByLane;
use crate::reader::Reader;
use crate::segment::{Segment, Shared};

use blank::BlankFile;
use footer::Closed;
use jobs::Running;
use state::Kept;

pub use create::{Creation, create};
pub use jobs::{Job, JobError, JobKind, Outcome};
pub use open::{Opened, Recovered, Tail, open};
pub use options::{Durability, Options, Ownership, Salts, SegmentSizes};
pub use remove::remove;
pub use segments::SegmentFacts;

/// The writer. See the module.
pub struct Log<D: Disk> {
    disk: D,
    directory: PathBuf,
    options: Options<D>,
    /// Held as long as the log is.
    _lock: D::Lock,
    hard_state: HardStateFile<D::File>,
    shared: Arc<Shared<D>>,
    open: OpenSegment<D>,
    /// The last entry written.
    last: Position,
    /// The highest index whose frame is durable here.
    durable: u64,
    /// The highest index that counts: shown to readers.
    committed: u64,
    /// The ends of all lanes with everything written, synced or not.
    lanes: ByLane<LaneEnd>,
    /// What was written and not yet shown.
    unseen: Unseen,
    /// The term entries are written in; none before one was begun.
    term: Option<u64>,
    /// Why nothing is written any more.
    failure: Option<DiskError>,
    /// Closed segments without a footer, in order.
    closed: VecDeque<Closed<D>>,
    /// The sections last given, and which segment has them in full.
    kept: Vec<Kept>,
    /// Segments out of the list whose files are to be removed.
    trimmed: Vec<Arc<Segment<D>>>,
    /// Those before them whose files stay until they go: what a snapshot would have to say cannot be read.
    unread: Vec<Arc<Segment<D>>>,
    /// The next segment's file, full of zeros.
    blank: Option<BlankFile<D::File>>,
    /// The number of the next such file.
    next_number: u64,
    /// Jobs that are out.
    running: Running,
    /// Header and tables of the frame being written; kept for its allocation.
    tables: Vec<u8>,
}

/// The segment that is written to.
#[derive(Debug)]
struct OpenSegment<D: Disk> {
    segment: Arc<Segment<D>>,
    file: Arc<D::File>,
    /// Where the next frame goes.
    offset: u64,
    /// The length of the file.
    capacity_bytes: u64,
    /// The rows of its index, shown or not, in bytes.
    index_bytes: usize,
    /// The time of its first entry.
    first_time_ms: Option<u64>,
}

/// What readers will see after the next sync.
#[derive(Debug, Default)]
struct Unseen {
    chunks: Vec<(u32, Row)>,
    requests: Vec<RequestRow>,
    control_times_ms: Vec<u64>,
}

impl<D: Disk> Log<D> {
    /// A reader of what is durable; any number of them, on any thread.
    pub fn reader(&self) -> Reader<D> {
        Reader::new(Arc::clone(&self.shared))
    }

    /// The last entry written, durable or not.
    pub const fn last(&self) -> Position {
        self.last
    }

    /// The highest index that counts: synced, or written where durability is memory.
    pub const fn committed(&self) -> u64 {
        self.committed
    }

    /// Term, vote and identity as they are durable.
    pub const fn hard_state(&self) -> &HardState {
        self.hard_state.state()
    }

    /// Begins the next term with this replica's vote for itself, durably: what a start of a one-replica range does
    /// before its first entry. Returns the term.
    pub fn begin_term(&mut self) -> Result<u64, WriteError> {
        self.check_usable()?;
        let state = *self.hard_state.state();
        let term = state.term.max(self.last.term) + 1;
        let outcome = self.hard_state.set(HardState { term, vote: Some(state.node), ..state });
        outcome.map_err(|error| self.fail(error))?;
        self.term = Some(term);
        Ok(term)
    }

    /// Drops a lane's end, so that footers need not repeat it for ever: for a lane whose chunks are all trimmed and
    /// that gets no more. After a start it may be back, and is dropped again.
    pub fn forget_lane(&mut self, lane: u32) {
        self.lanes.remove(&lane);
        self.shared.lanes_mut().remove(&lane);
    }

    fn check_usable(&self) -> Result<(), WriteError> {
        match &self.failure {
            None => Ok(()),
            Some(error) => Err(WriteError::Failed(error.clone())),
        }
    }

    /// Writes no more from here on.
    fn fail(&mut self, error: DiskError) -> WriteError {
        self.failure = Some(error.clone());
        WriteError::Failed(error)
    }
}

impl<D: Disk> OpenSegment<D> {
    /// An empty one.
    const fn new(segment: Arc<Segment<D>>, file: Arc<D::File>, capacity_bytes: u64) -> Self {
        Self { segment, file, offset: SEGMENT_HEADER_BYTES, capacity_bytes, index_bytes: 0, first_time_ms: None }
    }
}

impl<D: Disk> fmt::Debug for Log<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("directory", &self.directory)
            .field("last", &self.last)
            .field("committed", &self.committed)
            .finish_non_exhaustive()
    }
}
