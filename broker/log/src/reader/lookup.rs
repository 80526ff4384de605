//! Which chunks answer a question: a search over segments, then one over the lane's rows. Every footer says where
//! every lane stood at its end, so each step of the first search costs one look at one footer.

use std::sync::Arc;

use crate::disk::Disk;
use crate::entry::LaneEnd;
use crate::error::ReadError;
use crate::format::Row;
use crate::segment::{Index, Segment, Segments, Shared};

use super::ReadLimits;

/// A chunk and the segment it lies in.
#[derive(Debug)]
pub(super) struct Place<D: Disk> {
    pub(super) segment: Arc<Segment<D>>,
    pub(super) row: Row,
}

/// One lane over the segments there were when the question was asked.
pub(super) struct Lookup<'a, D: Disk> {
    shared: &'a Shared<D>,
    segments: Segments<D>,
    /// How many have a footer; they come first.
    footers: usize,
    lane: u32,
}

impl<'a, D: Disk> Lookup<'a, D> {
    pub(super) fn new(shared: &'a Shared<D>, segments: Segments<D>, lane: u32) -> Self {
        let footers = segments.partition_point(|segment| segment.trailer().is_some());
        Self { shared, segments, footers, lane }
    }

    /// The chunks from the one that holds `from_counter` on, within the limits.
    pub(super) fn chunks(&self, from_counter: u64, limits: ReadLimits) -> Result<Vec<Place<D>>, ReadError> {
        let mut taken = Taken { places: Vec::new(), limits, from_counter, bytes: 0, records: 0 };
        let mut at = self.first_in_memory(|row| row.first_counter <= from_counter).unwrap_or(0);
        let mut from = from_counter;
        loop {
            at = self.search(at, |end| end.next_counter > from)?;
            let Some(segment) = self.segments.get(at) else {
                return Ok(taken.places);
            };
            let full = self.with_rows(segment, |rows| {
                let first = rows.partition_point(|row| row.end_counter() <= from);
                from = rows.last().map_or(from, |row| from.max(row.end_counter()));
                !rows[first..].iter().all(|row| taken.take(segment, row))
            })?;
            if full {
                return Ok(taken.places);
            }
            at += 1;
        }
    }

    /// The first counter of the first chunk of this time or later.
    pub(super) fn time(&self, time_ms: u64) -> Result<Option<u64>, ReadError> {
        let mut at = self.first_in_memory(|row| row.time_ms < time_ms).unwrap_or(0);
        loop {
            at = self.search(at, |end| end.last_time_ms >= time_ms)?;
            let Some(segment) = self.segments.get(at) else {
                return Ok(None);
            };
            let found = self.with_rows(segment, |rows| {
                rows.get(rows.partition_point(|row| row.time_ms < time_ms)).map(|row| row.first_counter)
            })?;
            if found.is_some() {
                return Ok(found);
            }
            at += 1;
        }
    }

    /// The first segment in memory, if the lane's oldest chunk in memory is one that `reaches` back far enough: most
    /// reads are of what is new, and need no footer.
    fn first_in_memory(&self, reaches: impl Fn(&Row) -> bool) -> Option<usize> {
        for segment in &self.segments[self.footers..] {
            if let Index::Memory(_, index) = &*segment.index()
                && let Some(row) = index.rows(self.lane).first()
            {
                return reaches(row).then_some(self.footers);
            }
        }
        None
    }

    /// The first segment from `at` on at whose end the lane is far enough; segments without a footer are not skipped.
    /// The steps double, then halve: a reader that goes on usually finds what it needs in the next one.
    fn search(&self, at: usize, far_enough: impl Fn(&LaneEnd) -> bool) -> Result<usize, ReadError> {
        let (mut from, mut to, mut step) = (at, at, 1);
        while to < self.footers && !self.is_far_enough(to, &far_enough)? {
            from = to + 1;
            to = (to + step).min(self.footers);
            step *= 2;
        }
        while from < to {
            let middle = from + (to - from) / 2;
            if self.is_far_enough(middle, &far_enough)? {
                to = middle;
            } else {
                from = middle + 1;
            }
        }
        Ok(to)
    }

    fn is_far_enough(&self, at: usize, far_enough: impl Fn(&LaneEnd) -> bool) -> Result<bool, ReadError> {
        let segment = &self.segments[at];
        let Some(trailer) = segment.trailer() else {
            return Ok(true);
        };
        let lanes = self.shared.footer_lanes(segment, &trailer)?;
        let found = lanes.binary_search_by_key(&self.lane, |row| row.lane);
        Ok(found.is_ok_and(|found| far_enough(&lanes[found].end)))
    }

    /// Looks at the lane's rows in a segment.
    fn with_rows<T>(&self, segment: &Segment<D>, look: impl FnOnce(&[Row]) -> T) -> Result<T, ReadError> {
        let trailer = match &*segment.index() {
            Index::Memory(_, index) => return Ok(look(index.rows(self.lane))),
            Index::Footer(trailer) => *trailer,
        };
        let lanes = self.shared.footer_lanes(segment, &trailer)?;
        match lanes.binary_search_by_key(&self.lane, |row| row.lane) {
            Ok(found) if lanes[found].rows > 0 => {
                Ok(look(&self.shared.footer_rows(segment, &trailer, &lanes[found])?))
            }
            _ => Ok(look(&[])),
        }
    }
}

/// What a read has taken so far.
struct Taken<D: Disk> {
    places: Vec<Place<D>>,
    limits: ReadLimits,
    from_counter: u64,
    bytes: u64,
    records: u64,
}

impl<D: Disk> Taken<D> {
    /// Takes the chunk if the read may still have it.
    fn take(&mut self, segment: &Arc<Segment<D>>, row: &Row) -> bool {
        let bytes = self.bytes + u64::from(row.length_bytes);
        let beyond = bytes > self.limits.bytes || self.records >= self.limits.records;
        if beyond && !self.places.is_empty() {
            return false;
        }
        self.bytes = bytes;
        self.records += row.end_counter() - row.first_counter.max(self.from_counter);
        self.places.push(Place { segment: Arc::clone(segment), row: *row });
        true
    }
}
