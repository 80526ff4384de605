//! The log: one writer, who numbers entries, makes them durable and only then shows them to readers.
//!
//! No thread, clock or randomness of its own. Work that may wait is handed out as jobs. After a failed write or sync
//! it writes no more: what the disk then holds is unknown until the log is opened again.

mod create;
mod open;
mod roll;
mod sync;
mod write;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::disk::Disk;
use crate::entry::{Identity, LaneEnd, Owner, Position};
use crate::error::{DiskError, WriteError};
use crate::format::{HardState, Row};
use crate::hard_state_file::HardStateFile;
use crate::index::ByLane;
use crate::reader::Reader;
use crate::segment::{Segment, Shared};

pub use create::{Creation, create};
pub use open::{Opened, Recovered, Tail, open};

/// When an entry may be shown and acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Once it is on the disk.
    Disk,
    /// At once; a loss of power may take back what was acknowledged.
    Memory,
}

/// How large segments are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentSizes {
    /// The first segment, and the room given beside an entry that needs a segment of its own.
    pub min_bytes: u64,
    /// The largest; each full segment is followed by one of twice its size up to this.
    pub max_bytes: u64,
    /// The size of a segment's index at which it is closed.
    pub index_bytes: usize,
}

impl Default for SegmentSizes {
    /// 1 MiB, so that an idle range is cheap; 128 MiB, so that a start has little to replay; 4 MiB of index, so that
    /// the memory of an open segment is bounded however small its chunks are.
    fn default() -> Self {
        Self { min_bytes: 1 << 20, max_bytes: 128 << 20, index_bytes: 4 << 20 }
    }
}

/// Whose log this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ownership {
    /// What kind of owner.
    pub owner: Owner,
    /// The range.
    pub range: Identity,
    /// The incarnation of what the range belongs to.
    pub incarnation: Identity,
}

/// Where random numbers for the salts of segments come from. They must be unpredictable: the salt is what tells a
/// frame from a record that imitates one.
pub type Salts = Box<dyn FnMut() -> u64 + Send>;

/// How a log is opened or created.
pub struct Options {
    /// Whose log it must be.
    pub ownership: Ownership,
    /// When entries count.
    pub durability: Durability,
    /// How large segments are.
    pub sizes: SegmentSizes,
    /// Randomness.
    pub salts: Salts,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ownership, durability, sizes, salts: _ } = self;
        f.debug_struct("Options")
            .field("ownership", ownership)
            .field("durability", durability)
            .field("sizes", sizes)
            .finish_non_exhaustive()
    }
}

/// The writer. See the module.
pub struct Log<D: Disk> {
    disk: D,
    directory: PathBuf,
    options: Options,
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
    /// Chunks written and not yet shown.
    unseen: Vec<(u32, Row)>,
    /// The term entries are written in; none before one was begun.
    term: Option<u64>,
    /// Why nothing is written any more.
    failure: Option<DiskError>,
    /// The size of the next segment.
    next_bytes: u64,
    /// The number of the next file to be filled with zeros.
    next_number: u64,
    /// Header and tables of the frame being written; kept for its allocation.
    tables: Vec<u8>,
}

/// The segment that is written to.
struct OpenSegment<D: Disk> {
    segment: Arc<Segment<D::File>>,
    /// Where the next frame goes.
    offset: u64,
    /// The length of the file.
    capacity_bytes: u64,
    /// The rows of its index, shown or not, in bytes.
    index_bytes: usize,
    /// The time of its first chunk.
    first_time_ms: Option<u64>,
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

impl<D: Disk> fmt::Debug for Log<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("directory", &self.directory)
            .field("last", &self.last)
            .field("committed", &self.committed)
            .finish_non_exhaustive()
    }
}
