//! Where one connection reads: which shard, and from which iterator. Pure: it says which call is next and is told what
//! was answered.

use std::sync::Arc;

use super::answer::Got;
use super::plan::{From, Gets};

/// A shard of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShardOfStream {
    /// The stream's name.
    pub(crate) stream: Arc<str>,
    /// The shard's id.
    pub(crate) shard_id: String,
}

/// One connection's reading, which walks every `step`-th shard in turn.
#[derive(Debug)]
pub(crate) struct Cursor {
    shards: Arc<[ShardOfStream]>,
    current: usize,
    step: usize,
    gets: Gets,
    iterator: Option<String>,
}

/// The next call of a connection that reads: its operation and JSON members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadCall<'a> {
    /// GetShardIterator.
    Iterator {
        /// Of which shard.
        shard: &'a ShardOfStream,
        /// From where.
        from: From,
    },
    /// GetRecords.
    Records {
        /// From where.
        iterator: &'a str,
        /// At most so many.
        limit: u32,
    },
}

impl Cursor {
    /// The reading of connection `index` of `connections`; at least one shard.
    pub(crate) fn new(shards: Arc<[ShardOfStream]>, index: usize, connections: usize, gets: Gets) -> Self {
        // More connections than shards: several read the same one.
        let (current, step) = (index % shards.len(), connections.min(shards.len()));
        Self { shards, current, step, gets, iterator: None }
    }

    /// The next call.
    pub(crate) fn next_call(&self) -> ReadCall<'_> {
        match &self.iterator {
            Some(iterator) => ReadCall::Records { iterator, limit: self.gets.limit },
            None => ReadCall::Iterator { shard: &self.shards[self.current], from: self.gets.from },
        }
    }

    /// GetShardIterator was answered.
    pub(crate) fn iterator_answered(&mut self, iterator: String) {
        self.iterator = Some(iterator);
    }

    /// GetRecords was answered. At the end of what is there a catch-up reader begins the next shard, or this one again.
    pub(crate) fn records_answered(&mut self, got: Got) {
        let stays = match self.gets.from {
            From::TrimHorizon => !got.caught_up,
            From::Latest => true,
        };
        self.iterator = got.next_iterator.filter(|_| stays);
        if self.iterator.is_none() {
            self.next_shard();
        }
    }

    /// A call failed: the iterator may have expired or its stream may be gone, so the shard is begun again.
    pub(crate) fn failed(&mut self) {
        self.iterator = None;
    }

    fn next_shard(&mut self) {
        self.current += self.step;
        if self.current >= self.shards.len() {
            self.current %= self.step;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(shards: usize, index: usize, connections: usize, from: From) -> Cursor {
        let shards =
            (0..shards).map(|shard| ShardOfStream { stream: Arc::from("s"), shard_id: shard.to_string() }).collect();
        Cursor::new(shards, index, connections, Gets { limit: 10, from })
    }

    fn got(next: Option<&str>, caught_up: bool) -> Got {
        Got { records: 1, payload_bytes: None, next_iterator: next.map(str::to_owned), caught_up }
    }

    /// The shards a reader goes through when each is caught up at once.
    fn walked(mut cursor: Cursor, count: usize) -> Vec<String> {
        let mut walked = Vec::new();
        for _ in 0..count {
            let ReadCall::Iterator { shard, .. } = cursor.next_call() else { panic!("has an iterator") };
            walked.push(shard.shard_id.clone());
            cursor.iterator_answered("i".to_owned());
            cursor.records_answered(got(Some("j"), true));
        }
        walked
    }

    #[test]
    fn connections_divide_the_shards_and_begin_again_at_the_end() {
        assert_eq!(walked(cursor(5, 0, 2, From::TrimHorizon), 4), ["0", "2", "4", "0"]);
        assert_eq!(walked(cursor(5, 1, 2, From::TrimHorizon), 3), ["1", "3", "1"]);
        assert_eq!(walked(cursor(1, 7, 16, From::TrimHorizon), 2), ["0", "0"]);
    }

    #[test]
    fn a_shard_is_read_page_by_page_until_nothing_more_is_there() {
        let mut cursor = cursor(2, 0, 1, From::TrimHorizon);
        cursor.iterator_answered("a".to_owned());
        cursor.records_answered(got(Some("b"), false));
        assert_eq!(cursor.next_call(), ReadCall::Records { iterator: "b", limit: 10 });
        cursor.failed();
        assert!(matches!(cursor.next_call(), ReadCall::Iterator { shard, .. } if shard.shard_id == "0"));
        cursor.iterator_answered("c".to_owned());
        cursor.records_answered(got(None, true));
        assert!(matches!(cursor.next_call(), ReadCall::Iterator { shard, .. } if shard.shard_id == "1"));
    }

    #[test]
    fn a_tailing_reader_stays_on_its_shard() {
        let mut cursor = cursor(2, 0, 1, From::Latest);
        cursor.iterator_answered("a".to_owned());
        cursor.records_answered(got(Some("b"), true));
        assert_eq!(cursor.next_call(), ReadCall::Records { iterator: "b", limit: 10 });
    }
}
