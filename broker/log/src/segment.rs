//! A segment as readers and the writer share it, and the list of them.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::disk::Disk;
use crate::entry::LaneEnd;
use crate::format::SegmentHeader;
use crate::index::{ByLane, MemoryIndex};

/// One file of the log. Its content only grows, and only while it is the last in the list.
#[derive(Debug)]
pub(crate) struct Segment<F> {
    pub(crate) header: SegmentHeader,
    pub(crate) path: PathBuf,
    pub(crate) file: F,
    index: RwLock<MemoryIndex>,
}

impl<F> Segment<F> {
    pub(crate) const fn new(header: SegmentHeader, path: PathBuf, file: F, index: MemoryIndex) -> Self {
        Self { header, path, file, index: RwLock::new(index) }
    }

    pub(crate) fn index(&self) -> RwLockReadGuard<'_, MemoryIndex> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn index_mut(&self) -> RwLockWriteGuard<'_, MemoryIndex> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The segments in ascending order; replaced as a whole, so that a reader's copy costs one count.
pub(crate) type Segments<D> = Arc<Vec<Arc<Segment<<D as Disk>::File>>>>;

/// What the writer shows to readers: only what is durable.
#[derive(Debug)]
pub(crate) struct Shared<D: Disk> {
    segments: RwLock<Segments<D>>,
    lanes: RwLock<ByLane<LaneEnd>>,
}

impl<D: Disk> Shared<D> {
    pub(crate) fn new(segments: Vec<Arc<Segment<D::File>>>, lanes: ByLane<LaneEnd>) -> Self {
        Self { segments: RwLock::new(Arc::new(segments)), lanes: RwLock::new(lanes) }
    }

    pub(crate) fn segments(&self) -> Segments<D> {
        self.segments.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn replace_segments(&self, segments: Vec<Arc<Segment<D::File>>>) {
        *self.segments.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(segments);
    }

    pub(crate) fn lanes(&self) -> RwLockReadGuard<'_, ByLane<LaneEnd>> {
        self.lanes.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lanes_mut(&self) -> RwLockWriteGuard<'_, ByLane<LaneEnd>> {
        self.lanes.write().unwrap_or_else(PoisonError::into_inner)
    }
}
