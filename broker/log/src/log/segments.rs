//! What the caller needs to know of the segments to decide on trimming and space.

use crate::disk::{Disk, Volume};
use crate::error::DiskError;
use crate::segment::{Index, Segment};
use crate::space::SpaceNeed;

use super::Log;

/// A closed segment in facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentFacts {
    /// Its first entry.
    pub first_index: u64,
    /// Its last entry.
    pub last_index: u64,
    /// The latest time of its entries in milliseconds since the Unix epoch; `None` where it has none.
    pub newest_time_ms: Option<u64>,
    /// How many records.
    pub records: u64,
    /// The bodies of its chunks, in bytes.
    pub body_bytes: u64,
}

impl<D: Disk> Log<D> {
    /// The closed segments that can be trimmed, oldest first: those whose footer is durable.
    pub fn segments(&self) -> Vec<SegmentFacts> {
        self.shared.segments().iter().map_while(|segment| facts(segment)).collect()
    }

    /// The oldest entry that is kept, or would be if there were one.
    pub fn first_index(&self) -> u64 {
        self.shared.segments().first().map_or(1, |segment| segment.first_index())
    }

    /// The volume this log lies on.
    pub fn volume(&self) -> Result<Volume, DiskError> {
        self.disk.volume(&self.directory).map_err(DiskError::of("measure", &self.directory))
    }

    /// What this log will take of the volume before it is asked again.
    pub fn space_need(&self) -> SpaceNeed {
        SpaceNeed {
            pending_prewrite_bytes: self.running.prewrite.unwrap_or(0),
            segment_bytes: self.next_bytes(),
            refused: self.running.is_refused(),
        }
    }
}

fn facts<D: Disk>(segment: &Segment<D>) -> Option<SegmentFacts> {
    let index = segment.index();
    let Index::Footer(trailer) = &*index else {
        return None;
    };
    let counts = trailer.counts;
    Some(SegmentFacts {
        first_index: trailer.first_index,
        last_index: trailer.last.index,
        newest_time_ms: (counts.oldest_time_ms <= counts.newest_time_ms).then_some(counts.newest_time_ms),
        records: counts.records,
        body_bytes: counts.body_bytes,
    })
}
