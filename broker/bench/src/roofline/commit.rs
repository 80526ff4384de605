//! Group commit at its plainest: whatever waits when an fdatasync ends is one write and one fdatasync. No timer.

use std::io::IoSlice;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use hdrhistogram::Histogram;
use rustix::fs::fdatasync;
use rustix::io::Errno;

use crate::clock::{SECOND_NS, Stopwatch, float};

use super::segment::Segment;
use super::serve::Waker;

/// Header of a frame as long as the real one: it is written with every batch.
const FRAME_HEADER: [u8; 64] = [0x46; 64];
/// Slices of one system call: the limit of Linux.
const SLICES_MAX: usize = 1024;

/// One request's bytes on their way to disk.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    /// Whose answer waits.
    pub(crate) connection: usize,
    /// One body per shard; empty ones are not written.
    pub(crate) chunks: Vec<Vec<u8>>,
}

/// Where requests wait, shared by the server's thread and the disk's.
#[derive(Debug, Clone)]
pub(crate) struct Commit(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    arrived: Condvar,
}

#[derive(Debug)]
struct Queue {
    waiting: Vec<Entry>,
    spare: Vec<Entry>,
    stopped: bool,
    syncs: Syncs,
}

/// What syncing came to.
#[derive(Debug, Clone)]
pub(crate) struct Syncs {
    latency_ns: Histogram<u64>,
    requests: u64,
}

/// The numbers of a run's syncs.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub(crate) struct SyncSummary {
    /// How many.
    pub(crate) count: u64,
    /// Requests in each, on average.
    pub(crate) requests_each: f64,
    /// Microseconds of the median fdatasync.
    pub(crate) p50_us: f64,
    /// Microseconds that one in a hundred took longer than.
    pub(crate) p99_us: f64,
}

impl Commit {
    /// An empty queue.
    pub(crate) fn new() -> Self {
        let queue = Queue { waiting: Vec::new(), spare: Vec::new(), stopped: false, syncs: Syncs::new() };
        Self(Arc::new(Shared { queue: Mutex::new(queue), arrived: Condvar::new() }))
    }

    /// An entry to fill, with the memory of one that was written.
    pub(crate) fn spare(&self) -> Entry {
        self.lock().spare.pop().unwrap_or_default()
    }

    /// Queues an entry for the next write.
    pub(crate) fn append(&self, entry: Entry) {
        self.lock().waiting.push(entry);
        self.0.arrived.notify_one();
    }

    /// Ends the disk's thread.
    pub(crate) fn stop(&self) {
        self.lock().stopped = true;
        self.0.arrived.notify_one();
    }

    /// What syncing came to so far.
    pub(crate) fn syncs(&self) -> Syncs {
        self.lock().syncs.clone()
    }

    /// The disk's thread: writes until [`Self::stop`], and releases the connections of what is on disk.
    pub(crate) fn run(&self, mut segment: Segment, waker: &Waker) -> Result<(), Errno> {
        let clock = Stopwatch::start();
        let mut batch = Vec::new();
        while self.take(&mut batch) {
            write_batch(&mut segment, &batch)?;
            let begun_ns = clock.now_ns();
            fdatasync(&segment.file)?;
            let took_ns = clock.now_ns() - begun_ns;
            waker.release(batch.iter().map(|entry| entry.connection));
            let mut queue = self.lock();
            queue.syncs.add(took_ns, batch.len() as u64);
            queue.spare.append(&mut batch);
        }
        Ok(())
    }

    /// Waits for entries and takes them all; false when stopped.
    fn take(&self, batch: &mut Vec<Entry>) -> bool {
        let mut queue = self.lock();
        while queue.waiting.is_empty() && !queue.stopped {
            queue = self.0.arrived.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::swap(&mut queue.waiting, batch);
        !queue.stopped
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One write of everything in the batch, at consecutive places.
fn write_batch(segment: &mut Segment, batch: &[Entry]) -> Result<(), Errno> {
    let chunks = batch.iter().flat_map(|entry| &entry.chunks).filter(|chunk| !chunk.is_empty());
    let mut slices: Vec<&[u8]> = std::iter::once(&FRAME_HEADER[..]).chain(chunks.map(Vec::as_slice)).collect();
    let bytes: usize = slices.iter().map(|slice| slice.len()).sum();
    let mut offset = segment.place(bytes as u64);
    slices.push(segment.rest_of_page(offset + bytes as u64));
    for slices in slices.chunks(SLICES_MAX) {
        offset += write_slices(segment, slices, offset)?;
    }
    Ok(())
}

/// Writes the slices and returns their bytes; what one system call leaves the next one takes.
fn write_slices(segment: &Segment, slices: &[&[u8]], offset: u64) -> Result<u64, Errno> {
    let mut slices: Vec<IoSlice<'_>> = slices.iter().map(|slice| IoSlice::new(slice)).collect();
    let mut rest = slices.as_mut_slice();
    let mut written = 0;
    while !rest.is_empty() {
        let count = rustix::io::pwritev(&segment.file, rest, offset + written)?;
        written += count as u64;
        IoSlice::advance_slices(&mut rest, count);
    }
    Ok(written)
}

impl Syncs {
    fn new() -> Self {
        let latency_ns = Histogram::new_with_bounds(1, 600 * SECOND_NS, 3).expect("the bounds are constants");
        Self { latency_ns, requests: 0 }
    }

    fn add(&mut self, took_ns: u64, requests: u64) {
        self.latency_ns.saturating_record(took_ns);
        self.requests += requests;
    }

    /// The numbers of the syncs, or nothing when there were none.
    pub(crate) fn summary(&self) -> Option<SyncSummary> {
        let count = self.latency_ns.len();
        let us = |quantile| float(self.latency_ns.value_at_quantile(quantile)) / 1e3;
        (count > 0).then(|| SyncSummary {
            count,
            requests_each: float(self.requests) / float(count),
            p50_us: us(0.5),
            p99_us: us(0.99),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_one_write_and_its_bytes_are_in_the_file() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut segment = Segment::prewritten(directory.path(), 1 << 20).expect("space");
        let entry = |connection, text: &str| Entry { connection, chunks: vec![text.as_bytes().to_vec(), Vec::new()] };
        write_batch(&mut segment, &[entry(0, "first"), entry(1, "second")]).expect("written");
        write_batch(&mut segment, &[entry(2, "third")]).expect("written");
        let mut bytes = [0; 160];
        rustix::io::pread(&segment.file, &mut bytes[..], 0).expect("read");
        assert_eq!(&bytes[64..75], b"firstsecond");
        assert_eq!(&bytes[80 + 64..80 + 69], b"third");
    }
}
