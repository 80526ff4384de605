//! DescribeStream.

use std::sync::Arc;

use forebay_protocol::api::{ApiError, DescribeStream, DescribeStreamOutput, Parsed, Shard, texts};
use forebay_protocol::words::ShardId;

use super::Answering;
use super::refusals::range_error;
use super::shard_selection::ShardSelection;
use crate::catalog::{Catalog, Stream, StreamStatus};
use crate::ranges::{Ranges, ShardFacts, ShardMap};

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn describe_stream(&self, request: &DescribeStream) -> Result<DescribeStreamOutput, ApiError> {
        let stream = self.stream(&request.stream)?;
        let after = request.exclusive_start.as_ref().map(|shard| shard_id(&stream, shard)).transpose()?;
        let (shards, has_more_shards) = match self.shard_map(&stream).await? {
            Some(map) => self.page_of_shards(&map, ShardSelection::Listed, after, request.limit),
            None => (vec![], false),
        };
        Ok(DescribeStreamOutput {
            arn: stream.arn.clone(),
            status: stream.status,
            mode: stream.mode,
            shards,
            has_more_shards,
            retention_hours: stream.retention_hours,
            created: stream.created,
            metrics: stream.shard_level_metrics.clone(),
        })
    }

    /// The shards of a stream; none while it is CREATING.
    pub(super) async fn shard_map(&self, stream: &Stream) -> Result<Option<Arc<ShardMap>>, ApiError> {
        if stream.status == StreamStatus::Creating {
            return Ok(None);
        }
        let map = self.actions.ranges.shard_map(stream.root).await;
        map.map(Some).map_err(|error| range_error(stream, error))
    }

    /// At most `limit` selected shards after one, and whether there are more.
    pub(super) fn page_of_shards(
        &self,
        map: &ShardMap,
        selection: ShardSelection,
        after: Option<ShardId>,
        limit: u32,
    ) -> (Vec<Shard>, bool) {
        let start = after.map_or(0, |after| map.shards.partition_point(|shard| shard.id <= after));
        let now = self.expiry_time();
        let mut selected = map.shards[start..].iter().filter(|shard| selection.takes(map, shard, now));
        let shards = selected.by_ref().take(limit as usize).map(described).collect();
        (shards, selected.next().is_some())
    }
}

/// A shard id that means something.
pub(super) fn shard_id(stream: &Stream, shard: &Parsed<ShardId>) -> Result<ShardId, ApiError> {
    let (name, account) = (&stream.arn.name, stream.arn.place.account);
    shard.valid().copied().map_err(|text| texts::could_not_find_shard(text, name, account))
}

fn described(facts: &ShardFacts) -> Shard {
    Shard {
        id: facts.id,
        parent: facts.parent,
        adjacent_parent: facts.adjacent_parent,
        hash_keys: facts.hash_keys,
        starting_sequence: facts.starting_sequence,
        ending_sequence: facts.closing.as_ref().map(|closing| closing.ending_sequence),
    }
}
