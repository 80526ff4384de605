//! The chunks of a segment by lane, in memory: of the open segment, and of a closed one until its footer is written.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::format::{Counts, RequestRow, Row};

/// A map by lane. Lanes are small numbers the caller gives out, so a multiplication spreads them well enough, at a
/// tenth of the default hash's cost.
pub(crate) type ByLane<T> = HashMap<u32, T, BuildHasherDefault<LaneHasher>>;

/// See [`ByLane`].
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct LaneHasher(u64);

impl Hasher for LaneHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, lane: u32) {
        let product = (self.0 ^ u64::from(lane)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = product ^ (product >> 32);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct MemoryIndex {
    lanes: ByLane<Vec<Row>>,
    requests: Vec<RequestRow>,
    counts: Counts,
}

impl Default for MemoryIndex {
    fn default() -> Self {
        let counts = Counts { records: 0, body_bytes: 0, oldest_time_ms: u64::MAX, newest_time_ms: 0 };
        Self { lanes: ByLane::default(), requests: Vec::new(), counts }
    }
}

impl MemoryIndex {
    /// Adds the lane's next chunk.
    pub(crate) fn push(&mut self, lane: u32, row: Row) {
        self.counts.records += u64::from(row.count);
        self.counts.body_bytes += u64::from(row.length_bytes);
        self.push_time(row.time_ms);
        self.lanes.entry(lane).or_default().push(row);
    }

    /// Adds the time of an entry.
    pub(crate) fn push_time(&mut self, time_ms: u64) {
        self.counts.oldest_time_ms = self.counts.oldest_time_ms.min(time_ms);
        self.counts.newest_time_ms = self.counts.newest_time_ms.max(time_ms);
    }

    /// Adds a request.
    pub(crate) fn push_request(&mut self, request: RequestRow) {
        self.requests.push(request);
    }

    /// The lane's chunks in ascending order; none is an empty slice.
    pub(crate) fn rows(&self, lane: u32) -> &[Row] {
        self.lanes.get(&lane).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn requests(&self) -> &[RequestRow] {
        &self.requests
    }

    pub(crate) const fn counts(&self) -> &Counts {
        &self.counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn neighbouring_lanes_do_not_collide() {
        let hash = |lane: u32| {
            let mut hasher = LaneHasher::default();
            hasher.write_u32(lane);
            hasher.finish()
        };
        assert_eq!((0..10_000).map(|lane| hash(lane) & 0xffff_ffff).collect::<HashSet<_>>().len(), 10_000);
        assert!((0..10_000).map(|lane| hash(lane) >> 57).collect::<HashSet<_>>().len() > 100);
    }
}
