//! A shard as answers show it.

use crate::wire::{Output, Writer};
use crate::words::{HashKeyRange, SequenceNumber, ShardId};

/// A shard as DescribeStream and ListShards show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    /// Its id.
    pub id: ShardId,
    /// The shard it was split or merged from.
    pub parent: Option<ShardId>,
    /// The other shard it was merged from.
    pub adjacent_parent: Option<ShardId>,
    /// Its hash keys.
    pub hash_keys: HashKeyRange,
    /// The sequence number below all of its records.
    pub starting_sequence: SequenceNumber,
    /// The sequence number above all of its records, once it is closed.
    pub ending_sequence: Option<SequenceNumber>,
}

impl Output for Shard {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.member("ShardId", &self.id);
        writer.optional("ParentShardId", self.parent.as_ref());
        writer.optional("AdjacentParentShardId", self.adjacent_parent.as_ref());
        writer.member("HashKeyRange", &self.hash_keys);
        writer.name("SequenceNumberRange");
        writer.begin_map();
        writer.member("StartingSequenceNumber", &self.starting_sequence);
        writer.optional("EndingSequenceNumber", self.ending_sequence.as_ref());
        writer.end_map();
        writer.end_map();
    }
}

/// A shard that took over hash keys of one whose end a reader has reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildShard {
    /// Its id.
    pub id: ShardId,
    /// The one or two shards it came from; KCL takes an answer without them for broken.
    pub parents: Vec<ShardId>,
    /// Its hash keys.
    pub hash_keys: HashKeyRange,
}

impl Output for ChildShard {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.member("ShardId", &self.id);
        writer.member("ParentShards", &self.parents);
        writer.member("HashKeyRange", &self.hash_keys);
        writer.end_map();
    }
}

impl Output for HashKeyRange {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.member("StartingHashKey", &self.start);
        writer.member("EndingHashKey", &self.end);
        writer.end_map();
    }
}
