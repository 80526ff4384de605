//! MergeShards: two neighbours become one shard.

use forebay_protocol::words::{HashKeyRange, ShardId, TimestampMs};

use crate::lanes::Lanes;
use crate::reshard::{Reshard, reshard};
use crate::topology::{Parents, Topology};

/// Why two shards are not merged. The texts, which name stream and account, are the gateway's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MergeRefusal {
    /// No such shard.
    #[error("no shard {0}")]
    NoSuchShard(ShardId),
    /// Split or merged before.
    #[error("{0} is closed")]
    Closed(ShardId),
    /// The second does not begin where the first ends.
    #[error("{0} is not followed by {1}")]
    NotAdjacent(ShardId, ShardId),
    /// 2^31 shards were opened.
    #[error("no shard ids are left")]
    NoIdsLeft,
}

/// The reshard that merges `shard` with `adjacent`, which must follow it in the hash key space.
pub(crate) fn merge(
    topology: &Topology,
    lanes: &Lanes,
    time: TimestampMs,
    shard: ShardId,
    adjacent: ShardId,
) -> Result<Reshard, MergeRefusal> {
    let find = |id| topology.shard(id).ok_or(MergeRefusal::NoSuchShard(id));
    let (lower, upper) = (find(shard)?, find(adjacent)?);
    let close = |parent| lanes.closing_parent(parent).ok_or(MergeRefusal::Closed(parent.id));
    let closing = [close(lower)?, close(upper)?];
    if !lower.hash_keys.is_followed_by(&upper.hash_keys) {
        return Err(MergeRefusal::NotAdjacent(shard, adjacent));
    }
    let hash_keys = HashKeyRange { start: lower.hash_keys.start, end: upper.hash_keys.end };
    let child = (hash_keys, Parents::Merge { lower: shard, upper: adjacent });
    reshard(topology, time, &closing, &[child]).ok_or(MergeRefusal::NoIdsLeft)
}
