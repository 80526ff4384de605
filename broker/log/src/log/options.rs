//! How a log is created and opened.

use std::fmt;
use std::sync::Arc;

use crate::cache::ReadCache;
use crate::disk::Disk;
use crate::entry::{Identity, Owner};

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
pub struct Options<D: Disk> {
    /// Whose log it must be.
    pub ownership: Ownership,
    /// When entries count.
    pub durability: Durability,
    /// How large segments are.
    pub sizes: SegmentSizes,
    /// Randomness.
    pub salts: Salts,
    /// What readers keep; one for all logs of a process.
    pub cache: Arc<ReadCache<D>>,
}

impl<D: Disk> fmt::Debug for Options<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ownership, durability, sizes, .. } = self;
        f.debug_struct("Options")
            .field("ownership", ownership)
            .field("durability", durability)
            .field("sizes", sizes)
            .finish_non_exhaustive()
    }
}
