//! MergeShards.

use super::decode::Input;
use super::{ApiError, Parsed, StreamRef, shapes};
use crate::wire::{Fields, Member, Shape};
use crate::words::ShardId;

/// Two shards to join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeShards {
    /// The stream.
    pub stream: StreamRef,
    /// The shard with the lower hash keys.
    pub shard: Parsed<ShardId>,
    /// Its neighbour.
    pub adjacent: Parsed<ShardId>,
}

static INPUT: Shape = Shape::structure(
    "MergeShardsInput",
    &[
        Member::required("ShardToMerge", &shapes::SHARD_ID),
        Member::required("AdjacentShardToMerge", &shapes::SHARD_ID),
        shapes::BY_ID,
        shapes::BY_ARN,
        shapes::BY_NAME,
    ],
);

impl Input<'_> for MergeShards {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            stream: StreamRef::take(&mut fields)?,
            shard: fields.parsed("ShardToMerge").expect("required by the shape"),
            adjacent: fields.parsed("AdjacentShardToMerge").expect("required by the shape"),
        })
    }
}
