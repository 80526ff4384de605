//! The requests of the last five minutes that name themselves, so that one sent again is answered, not written again.

use std::collections::{HashMap, VecDeque};

use forebay_protocol::words::TimestampMs;

/// For how long a request is remembered: longer than any client waits for an answer.
pub const REQUEST_AGE_MAX_MS: u64 = 5 * 60_000;

/// How many are remembered: five minutes of 870 a second, in about 32 MiB.
pub const REQUESTS_MAX: usize = 262_144;

/// A request's own name, random. 0 names none: requests within the process are not sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(pub u128);

/// Where a request's chunks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The entry.
    pub index: u64,
    /// Its first chunk in the entry.
    pub first_chunk: u32,
    /// The number of its chunks.
    pub chunks: u32,
}

/// The requests of the last five minutes. Rebuilt from the log, never stored by itself.
#[derive(Debug, Default)]
pub struct RequestTable {
    places: HashMap<RequestId, Place>,
    /// In the order of their entries, and so of their times.
    remembered: VecDeque<(TimestampMs, RequestId)>,
}

impl RequestTable {
    /// Remembers a request whose entry was made at `time`. The first place of an id stands.
    pub fn remember(&mut self, id: RequestId, place: Place, time: TimestampMs) {
        self.forget_old(time);
        if id.0 == 0 || self.places.contains_key(&id) {
            return;
        }
        if self.remembered.len() >= REQUESTS_MAX {
            self.forget_oldest();
        }
        self.places.insert(id, place);
        self.remembered.push_back((time, id));
    }

    /// Where the chunks of a request are; none if it was never seen or is forgotten.
    pub fn find(&self, id: RequestId) -> Option<Place> {
        self.places.get(&id).copied()
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Forgets what is older than five minutes.
    pub fn forget_old(&mut self, time: TimestampMs) {
        let is_old = |remembered: &(TimestampMs, RequestId)| remembered.0.0 + REQUEST_AGE_MAX_MS < time.0;
        while self.remembered.front().is_some_and(is_old) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, id)) = self.remembered.pop_front() {
            self.places.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { index: 3, first_chunk: 1, chunks: 2 };

    #[test]
    fn a_request_is_found_for_five_minutes() {
        let mut table = RequestTable::default();
        table.remember(RequestId(7), PLACE, TimestampMs(1000));
        table.forget_old(TimestampMs(301_000));
        assert_eq!(table.find(RequestId(7)), Some(PLACE));
        table.forget_old(TimestampMs(301_001));
        assert_eq!(table.find(RequestId(7)), None);
        assert!(table.is_empty() && table.remembered.is_empty());
    }

    #[test]
    fn the_first_place_stands_and_no_name_is_no_request() {
        let mut table = RequestTable::default();
        table.remember(RequestId(7), PLACE, TimestampMs(0));
        table.remember(RequestId(7), Place { index: 9, ..PLACE }, TimestampMs(1));
        table.remember(RequestId(0), PLACE, TimestampMs(1));
        assert_eq!((table.find(RequestId(7)), table.find(RequestId(0)), table.len()), (Some(PLACE), None, 1));
    }

    #[test]
    fn of_too_many_the_oldest_are_forgotten() {
        let mut table = RequestTable::default();
        for id in 1..=REQUESTS_MAX as u128 + 10 {
            table.remember(RequestId(id), PLACE, TimestampMs(0));
        }
        assert_eq!((table.len(), table.remembered.len()), (REQUESTS_MAX, REQUESTS_MAX));
        assert_eq!((table.find(RequestId(10)), table.find(RequestId(11))), (None, Some(PLACE)));
    }
}
