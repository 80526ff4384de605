//! What readers keep of closed segments: parts of footers within a bound of bytes, open files within a bound of
//! number. One cache serves every log of a process, so that neither bound grows with the number of logs.

mod lru;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::disk::Disk;
use crate::format::{LaneRow, Row};

use lru::Lru;

/// See the module.
#[derive(Debug)]
pub struct ReadCache<D: Disk> {
    parts: Mutex<Lru<(SegmentKey, Part), Cached>>,
    files: Mutex<Lru<SegmentKey, Arc<D::File>>>,
    logs: AtomicU64,
}

/// A segment among those of all logs that share the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SegmentKey {
    pub(crate) log: u64,
    pub(crate) first_index: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Lanes,
    Rows(u32),
}

#[derive(Debug, Clone)]
enum Cached {
    Lanes(Arc<[LaneRow]>),
    Rows(Arc<[Row]>),
}

/// What an entry of the cache takes beside its content.
const ENTRY_BYTES: usize = 128;

impl<D: Disk> ReadCache<D> {
    /// A cache of `footer_bytes` of footers and `files` open files.
    pub fn new(footer_bytes: usize, files: usize) -> Arc<Self> {
        Arc::new(Self {
            parts: Mutex::new(Lru::new(footer_bytes)),
            files: Mutex::new(Lru::new(files)),
            logs: AtomicU64::new(0),
        })
    }

    /// A number for a log that joins.
    pub(crate) fn join(&self) -> u64 {
        self.logs.fetch_add(1, Ordering::Relaxed)
    }

    /// The lanes of a segment, read by `read` where they are not kept.
    pub(crate) fn lanes<E>(
        &self,
        segment: SegmentKey,
        read: impl FnOnce() -> Result<Vec<LaneRow>, E>,
    ) -> Result<Arc<[LaneRow]>, E> {
        let key = (segment, Part::Lanes);
        if let Some(Cached::Lanes(lanes)) = locked(&self.parts).get(&key) {
            return Ok(lanes);
        }
        let lanes: Arc<[LaneRow]> = read()?.into();
        let weight = size_of_val(&*lanes) + ENTRY_BYTES;
        locked(&self.parts).insert(key, Cached::Lanes(Arc::clone(&lanes)), weight);
        Ok(lanes)
    }

    /// A lane's rows of a segment, read by `read` where they are not kept.
    pub(crate) fn rows<E>(
        &self,
        segment: SegmentKey,
        lane: u32,
        read: impl FnOnce() -> Result<Vec<Row>, E>,
    ) -> Result<Arc<[Row]>, E> {
        let key = (segment, Part::Rows(lane));
        if let Some(Cached::Rows(rows)) = locked(&self.parts).get(&key) {
            return Ok(rows);
        }
        let rows: Arc<[Row]> = read()?.into();
        let weight = size_of_val(&*rows) + ENTRY_BYTES;
        locked(&self.parts).insert(key, Cached::Rows(Arc::clone(&rows)), weight);
        Ok(rows)
    }

    /// A segment's file, opened by `open` where it is not kept open.
    pub(crate) fn file<E>(
        &self,
        segment: SegmentKey,
        open: impl FnOnce() -> Result<D::File, E>,
    ) -> Result<Arc<D::File>, E> {
        if let Some(file) = locked(&self.files).get(&segment) {
            return Ok(file);
        }
        let file = Arc::new(open()?);
        self.keep_file(segment, Arc::clone(&file));
        Ok(file)
    }

    /// Keeps a file that is open already.
    pub(crate) fn keep_file(&self, segment: SegmentKey, file: Arc<D::File>) {
        locked(&self.files).insert(segment, file, 1);
    }

    /// Lets go of a removed segment's file, whose space the volume gets back only then.
    pub(crate) fn forget(&self, segment: SegmentKey) {
        locked(&self.files).remove(&segment);
        locked(&self.parts).remove(&(segment, Part::Lanes));
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
