//! Reading by lane, beside the writer and without waiting for it: only what is durable, every body checked.
//!
//! A body whose checksum fails is an error that names file and offset, never a gap.

mod fetch;
mod lookup;
mod requests;

use std::io;
use std::sync::Arc;

use crate::disk::Disk;
use crate::entry::{Chunk, LaneEnd};
use crate::error::ReadError;
use crate::segment::Shared;

use lookup::Lookup;

pub use requests::KnownRequest;

/// See the module. Clones read the same log.
#[derive(Debug)]
pub struct Reader<D: Disk> {
    shared: Arc<Shared<D>>,
}

impl<D: Disk> Clone for Reader<D> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

/// How much one read returns: chunks whole, at least one where there is one, then as many as stay within both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimits {
    /// Bytes of bodies.
    pub bytes: u64,
    /// Records, from the asked counter on. The last chunk may pass it.
    pub records: u64,
}

impl<D: Disk> Reader<D> {
    pub(crate) const fn new(shared: Arc<Shared<D>>) -> Self {
        Self { shared }
    }

    /// The lane's chunks from the one that holds `from_counter` on, in order. Where that is older than what is
    /// kept, from the oldest kept on; empty at the end of the lane and for a lane that has none.
    pub fn read(&self, lane: u32, from_counter: u64, limits: ReadLimits) -> Result<Vec<Chunk>, ReadError> {
        if self.lane_end(lane).is_none_or(|end| end.next_counter <= from_counter) {
            return Ok(Vec::new());
        }
        self.beside_trimming(lane, |lookup| {
            let places = lookup.chunks(from_counter, limits)?;
            fetch::chunks(&self.shared, lane, &places)
        })
    }

    /// The end of the lane; `None` where it never had a chunk.
    pub fn lane_end(&self, lane: u32) -> Option<LaneEnd> {
        self.shared.lanes().get(&lane).copied()
    }

    /// The counter of the first kept record that arrived at `time_ms` or later; the lane's next counter where
    /// there is none yet; `None` where the lane never had a chunk.
    pub fn first_at_or_after(&self, lane: u32, time_ms: u64) -> Result<Option<u64>, ReadError> {
        let Some(end) = self.lane_end(lane) else {
            return Ok(None);
        };
        let found = self.beside_trimming(lane, |lookup| lookup.time(time_ms))?;
        Ok(Some(found.unwrap_or(end.next_counter)))
    }

    /// The counter of the oldest record kept, or the lane's next counter where all were trimmed; `None` where the
    /// lane never had a chunk.
    pub fn oldest(&self, lane: u32) -> Result<Option<u64>, ReadError> {
        self.first_at_or_after(lane, 0)
    }

    /// Asks again where a file was gone because its segment has left the list meanwhile.
    fn beside_trimming<T>(
        &self,
        lane: u32,
        ask: impl Fn(&Lookup<'_, D>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let mut segments = self.shared.segments();
        loop {
            let outcome = ask(&Lookup::new(&self.shared, Arc::clone(&segments), lane));
            match &outcome {
                Err(ReadError::Disk(error)) if error.source.kind() == io::ErrorKind::NotFound => {}
                _ => return outcome,
            }
            // Bounded by the number of segments: every round must find one less.
            let now = self.shared.segments();
            if now.first().map(|segment| segment.first_index()) == segments.first().map(|segment| segment.first_index())
            {
                return outcome;
            }
            segments = now;
        }
    }
}
