//! SplitShard.

use super::decode::Input;
use super::{ApiError, Parsed, StreamRef, shapes};
use crate::wire::{Fields, Member, Shape};
use crate::words::{HashKey, ShardId};

/// A shard to divide in two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitShard {
    /// The stream.
    pub stream: StreamRef,
    /// The shard.
    pub shard: Parsed<ShardId>,
    /// The first hash key of the second child.
    pub new_starting_hash_key: Parsed<HashKey>,
}

static INPUT: Shape = Shape::structure(
    "SplitShardInput",
    &[
        Member::required("NewStartingHashKey", &shapes::HASH_KEY),
        shapes::BY_ID,
        shapes::BY_ARN,
        shapes::BY_NAME,
        Member::required("ShardToSplit", &shapes::SHARD_ID),
    ],
);

impl Input<'_> for SplitShard {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            stream: StreamRef::take(&mut fields)?,
            shard: fields.parsed("ShardToSplit").expect("required by the shape"),
            new_starting_hash_key: fields.parsed("NewStartingHashKey").expect("required by the shape"),
        })
    }
}
