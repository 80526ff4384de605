//! Which chunks answer a question: a binary search over segments, then one over the lane's rows.

use std::sync::Arc;

use crate::disk::Disk;
use crate::error::ReadError;
use crate::format::Row;
use crate::segment::Segment;

use super::{ReadLimits, Reader};

/// A chunk and the segment it lies in.
#[derive(Debug)]
pub(super) struct Place<F> {
    pub(super) segment: Arc<Segment<F>>,
    pub(super) row: Row,
}

impl<D: Disk> Reader<D> {
    /// The chunks a read returns.
    pub(super) fn find_chunks(
        &self,
        lane: u32,
        from_counter: u64,
        limits: ReadLimits,
    ) -> Result<Vec<Place<D::File>>, ReadError> {
        let segments = self.shared.segments();
        let mut places = Vec::new();
        let mut left = Left { limits, bytes: 0, records: 0 };
        for segment in segments.iter() {
            let index = segment.index();
            let rows = index.rows(lane);
            let first = rows.partition_point(|row| row.end_counter() <= from_counter);
            for row in &rows[first..] {
                if !left.take(row, from_counter) {
                    return Ok(places);
                }
                places.push(Place { segment: Arc::clone(segment), row: *row });
            }
        }
        Ok(places)
    }

    /// The counter of the first chunk of this time or later.
    pub(super) fn find_time(&self, lane: u32, time_ms: u64) -> Result<Option<u64>, ReadError> {
        let segments = self.shared.segments();
        for segment in segments.iter() {
            let index = segment.index();
            let rows = index.rows(lane);
            let first = rows.partition_point(|row| row.time_ms < time_ms);
            if let Some(row) = rows.get(first) {
                return Ok(Some(row.first_counter));
            }
        }
        Ok(None)
    }
}

/// What a read has taken so far.
struct Left {
    limits: ReadLimits,
    bytes: u64,
    records: u64,
}

impl Left {
    /// Takes the chunk if the read may still have it.
    fn take(&mut self, row: &Row, from_counter: u64) -> bool {
        let bytes = self.bytes + u64::from(row.length_bytes);
        let first = self.bytes == 0 && self.records == 0;
        if !first && (bytes > self.limits.bytes || self.records >= self.limits.records) {
            return false;
        }
        self.bytes = bytes;
        self.records += row.end_counter() - row.first_counter.max(from_counter);
        true
    }
}
