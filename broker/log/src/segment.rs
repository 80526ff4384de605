//! A segment as readers and the writer share it, and the list of them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::cache::{ReadCache, SegmentKey};
use crate::disk::{Disk, read_exact_at};
use crate::entry::LaneEnd;
use crate::error::{Damage, DiskError, ReadError, Remedy};
use crate::format::{Extent, LaneRow, RequestRow, Row, SegmentHeader, StoredSection, Trailer, decode_rows};
use crate::index::{ByLane, MemoryIndex};

/// One file of the log. Its content only grows, and only while it is the last in the list.
#[derive(Debug)]
pub(crate) struct Segment<D: Disk> {
    pub(crate) header: SegmentHeader,
    pub(crate) path: PathBuf,
    index: RwLock<Index<D>>,
    /// A durable snapshot stands for it: its file goes, and is not to be kept open.
    trimmed: AtomicBool,
}

/// Where the chunks of a segment are looked up.
#[derive(Debug)]
pub(crate) enum Index<D: Disk> {
    /// In memory: the open segment, and closed ones without a footer yet.
    Memory(Arc<D::File>, MemoryIndex),
    /// In the footer, read part by part when needed; the file is opened then.
    Footer(Trailer),
}

impl<D: Disk> Segment<D> {
    pub(crate) const fn new(header: SegmentHeader, path: PathBuf, index: Index<D>) -> Self {
        Self { header, path, index: RwLock::new(index), trimmed: AtomicBool::new(false) }
    }

    pub(crate) const fn first_index(&self) -> u64 {
        self.header.first_index()
    }

    pub(crate) fn index(&self) -> RwLockReadGuard<'_, Index<D>> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn index_mut(&self) -> RwLockWriteGuard<'_, Index<D>> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_trimmed(&self) {
        self.trimmed.store(true, Ordering::SeqCst);
    }

    /// Whether a durable snapshot stands for it.
    pub(crate) fn is_trimmed(&self) -> bool {
        self.trimmed.load(Ordering::SeqCst)
    }

    /// The trailer, where there is a footer.
    pub(crate) fn trailer(&self) -> Option<Trailer> {
        match &*self.index() {
            Index::Memory(..) => None,
            Index::Footer(trailer) => Some(*trailer),
        }
    }
}

/// The segments in ascending order; replaced as a whole, so that a reader's copy costs one count.
pub(crate) type Segments<D> = Arc<Vec<Arc<Segment<D>>>>;

/// What the writer shows to readers: only what is durable.
#[derive(Debug)]
pub(crate) struct Shared<D: Disk> {
    disk: D,
    cache: Arc<ReadCache<D>>,
    /// This log's number in the cache.
    log: u64,
    segments: RwLock<Segments<D>>,
    lanes: RwLock<ByLane<LaneEnd>>,
}

impl<D: Disk> Shared<D> {
    pub(crate) fn new(
        disk: D,
        cache: Arc<ReadCache<D>>,
        segments: Vec<Arc<Segment<D>>>,
        lanes: ByLane<LaneEnd>,
    ) -> Self {
        let log = cache.join();
        Self { disk, cache, log, segments: RwLock::new(Arc::new(segments)), lanes: RwLock::new(lanes) }
    }

    pub(crate) fn segments(&self) -> Segments<D> {
        self.segments.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn replace_segments(&self, segments: Vec<Arc<Segment<D>>>) {
        *self.segments.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(segments);
    }

    pub(crate) fn lanes(&self) -> RwLockReadGuard<'_, ByLane<LaneEnd>> {
        self.lanes.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lanes_mut(&self) -> RwLockWriteGuard<'_, ByLane<LaneEnd>> {
        self.lanes.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self, segment: &Segment<D>) -> SegmentKey {
        SegmentKey { log: self.log, first_index: segment.first_index() }
    }

    /// The segment's file, open.
    pub(crate) fn file(&self, segment: &Segment<D>) -> Result<Arc<D::File>, ReadError> {
        if let Index::Memory(file, _) = &*segment.index() {
            return Ok(Arc::clone(file));
        }
        let key = self.key(segment);
        let file =
            self.cache.file(key, || self.disk.open(&segment.path)).map_err(DiskError::of("open", &segment.path))?;
        // Checked after it is kept: whichever of this and the removal comes second lets go of it.
        if segment.is_trimmed() {
            self.cache.forget(key);
        }
        Ok(file)
    }

    /// Looks the segment's chunks up in its footer from here on.
    pub(crate) fn close(&self, segment: &Segment<D>, trailer: Trailer) {
        let before = std::mem::replace(&mut *segment.index_mut(), Index::Footer(trailer));
        if let Index::Memory(file, _) = before {
            self.cache.keep_file(self.key(segment), file);
        }
    }

    /// Lets go of a segment whose file is about to go.
    pub(crate) fn let_go(&self, segment: &Segment<D>) {
        segment.set_trimmed();
        self.cache.forget(self.key(segment));
    }

    /// The lanes of a closed segment.
    pub(crate) fn footer_lanes(&self, segment: &Segment<D>, trailer: &Trailer) -> Result<Arc<[LaneRow]>, ReadError> {
        self.cache.lanes(self.key(segment), || {
            let extent = trailer.lanes_extent();
            let bytes = self.read_extent(segment, extent)?;
            trailer.decode_lanes(&bytes).ok_or_else(|| damaged(segment, trailer, extent, "lanes"))
        })
    }

    /// A lane's chunks in a closed segment.
    pub(crate) fn footer_rows(
        &self,
        segment: &Segment<D>,
        trailer: &Trailer,
        lane: &LaneRow,
    ) -> Result<Arc<[Row]>, ReadError> {
        self.cache.rows(self.key(segment), lane.lane, || {
            let extent = trailer.rows_extent(lane);
            let bytes = self.read_extent(segment, extent)?;
            decode_rows(&bytes, lane).ok_or_else(|| damaged(segment, trailer, extent, "chunks"))
        })
    }

    /// The state in a closed segment's footer; not kept, because only starts and trimming ask for it.
    pub(crate) fn footer_state(
        &self,
        segment: &Segment<D>,
        trailer: &Trailer,
    ) -> Result<Vec<StoredSection>, ReadError> {
        let extent = trailer.state_extent();
        let bytes = self.read_extent(segment, extent)?;
        trailer.decode_state(&bytes).ok_or_else(|| damaged(segment, trailer, extent, "state"))
    }

    /// Checks every part of a footer.
    pub(crate) fn check_footer(&self, segment: &Segment<D>, trailer: &Trailer) -> Result<(), ReadError> {
        for lane in &*self.footer_lanes(segment, trailer)? {
            let extent = trailer.rows_extent(lane);
            let bytes = self.read_extent(segment, extent)?;
            decode_rows(&bytes, lane).ok_or_else(|| damaged(segment, trailer, extent, "chunks"))?;
        }
        self.footer_requests(segment, trailer)?;
        self.footer_state(segment, trailer)?;
        Ok(())
    }

    /// The requests in a closed segment's footer; not kept, because only starts ask for them.
    pub(crate) fn footer_requests(
        &self,
        segment: &Segment<D>,
        trailer: &Trailer,
    ) -> Result<Vec<RequestRow>, ReadError> {
        let extent = trailer.requests_extent();
        let bytes = self.read_extent(segment, extent)?;
        trailer.decode_requests(&bytes).ok_or_else(|| damaged(segment, trailer, extent, "requests"))
    }

    fn read_extent(&self, segment: &Segment<D>, extent: Extent) -> Result<Vec<u8>, ReadError> {
        let length = usize::try_from(extent.length_bytes).expect("the trailer fits its file");
        let mut bytes = vec![0; length];
        let file = self.file(segment)?;
        read_exact_at(&*file, &mut bytes, extent.offset).map_err(DiskError::of("read", &segment.path))?;
        Ok(bytes)
    }
}

fn damaged<D: Disk>(segment: &Segment<D>, trailer: &Trailer, extent: Extent, part: &str) -> ReadError {
    let damage = Damage::at(&segment.path, extent.offset, format!("the checksum of the footer's {part} fails"));
    ReadError::Damaged(Damage { remedy: Remedy::Cut { size_bytes: trailer.frames_end }, ..damage })
}
