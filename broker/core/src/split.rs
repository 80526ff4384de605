//! SplitShard: one shard becomes two at a hash key.

use forebay_protocol::words::{HashKey, HashKeyRange, ShardId, TimestampMs};

use crate::lanes::Lanes;
use crate::reshard::{Reshard, reshard};
use crate::topology::{Parents, Topology};

/// Why a shard is not split. The texts, which name stream and account, are the gateway's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitRefusal {
    /// No such shard.
    #[error("no shard {0}")]
    NoSuchShard(ShardId),
    /// Split or merged before.
    #[error("{0} is closed")]
    Closed(ShardId),
    /// AWS wants the new starting hash key above the shard's start + 1 and below its end.
    #[error("the new starting hash key is not strictly inside {start} to {end}", start = .hash_keys.start, end = .hash_keys.end)]
    SplitPoint {
        /// The shard's hash keys.
        hash_keys: HashKeyRange,
    },
    /// 2^31 shards were opened.
    #[error("no shard ids are left")]
    NoIdsLeft,
}

/// The reshard that splits `shard` so that the second child begins at `new_start`.
pub(crate) fn split(
    topology: &Topology,
    lanes: &Lanes,
    time: TimestampMs,
    shard: ShardId,
    new_start: HashKey,
) -> Result<Reshard, SplitRefusal> {
    let parent = topology.shard(shard).ok_or(SplitRefusal::NoSuchShard(shard))?;
    let closing = lanes.closing_parent(parent).ok_or(SplitRefusal::Closed(shard))?;
    let hash_keys = parent.hash_keys;
    let above_start = hash_keys.start.0.checked_add(1).is_some_and(|least| new_start.0 > least);
    if !above_start || new_start >= hash_keys.end {
        return Err(SplitRefusal::SplitPoint { hash_keys });
    }
    let lower = HashKeyRange { start: hash_keys.start, end: HashKey(new_start.0 - 1) };
    let upper = HashKeyRange { start: new_start, end: hash_keys.end };
    let parents = Parents::Split(shard);
    reshard(topology, time, &[closing], &[(lower, parents), (upper, parents)]).ok_or(SplitRefusal::NoIdsLeft)
}
