//! SplitShard.

use std::sync::Arc;

use forebay_protocol::api::{ApiError, ErrorCode, Parsed, SplitShard, StreamMode, StreamRef, StreamStatus, texts};
use forebay_protocol::words::{HashKey, ShardId};

use super::Answering;
use super::addressing::called;
use super::refusals::range_error;
use crate::catalog::{Catalog, Stream};
use crate::ranges::{Held, Ranges, Reshard, ReshardError, ShardFacts};

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn split_shard(&self, request: &SplitShard) -> Result<(), ApiError> {
        let shard = self.shard_named(&request.shard, &request.stream)?;
        let (stream, [facts]) = self.shards_to_reshard(&request.stream, [shard]).await?;
        // One open shard becomes two. Until the range has them, nobody else is given the one that is more.
        let reserved = self.actions.catalog.reserve_shards(self.caller.account, 1).await;
        let reserved = reserved.map_err(|account| self.shard_limit(account, 1))?;
        let new_start = split_point(&stream, &facts, &request.new_starting_hash_key)?;
        check_active(&stream)?;
        let reshard = Reshard::Split { shard, new_start };
        let held = Held::from(Arc::new((reserved, self.held.clone())));
        let resharded = self.actions.ranges.reshard(stream.root, reshard, held).await;
        resharded.map_err(|error| reshard_error(&stream, error, reshard))
    }

    /// A shard id; AWS refuses a text that is none before it looks for the stream.
    pub(super) fn shard_named(&self, shard: &Parsed<ShardId>, stream: &StreamRef) -> Result<ShardId, ApiError> {
        shard.valid().copied().map_err(|text| texts::could_not_find_shard(text, &called(stream), self.caller.account))
    }

    /// The stream and its shards, each listed and open.
    pub(super) async fn shards_to_reshard<const N: usize>(
        &self,
        named: &StreamRef,
        shards: [ShardId; N],
    ) -> Result<(Arc<Stream>, [ShardFacts; N]), ApiError> {
        let stream = self.stream(named)?;
        let (name, account) = (&stream.arn.name, stream.arn.place.account);
        let map = self.shard_map(&stream).await?;
        let find = |shard: ShardId| {
            let facts = map
                .as_deref()
                .and_then(|map| map.shard(shard).filter(|facts| map.is_listed(facts, self.expiry_time())));
            facts.cloned().ok_or_else(|| texts::could_not_find_shard(&shard.to_string(), name, account))
        };
        let mut found = Vec::with_capacity(N);
        for shard in shards {
            found.push(find(shard)?);
        }
        if stream.mode == StreamMode::OnDemand {
            return Err(on_demand(&stream));
        }
        if let Some(closed) = found.iter().find(|facts| facts.closing.is_some()) {
            return Err(texts::shard_closed(closed.id, name, account));
        }
        let found = found.try_into().expect("one shard was found for each");
        Ok((stream, found))
    }
}

/// AWS's text for what only streams with a number of shards allow.
pub(super) fn on_demand(stream: &Stream) -> ApiError {
    let (name, account) = (&stream.arn.name, stream.arn.place.account);
    let text = format!("Request is invalid. Stream {name} under account {account} is in On-Demand mode.");
    ApiError::new(ErrorCode::Validation, text)
}

/// Refuses what a stream allows only while nothing is under way.
pub(super) fn check_active(stream: &Stream) -> Result<(), ApiError> {
    match stream.status {
        StreamStatus::Active => Ok(()),
        status => Err(texts::stream_not_active(&stream.arn.name, stream.arn.place.account, status)),
    }
}

/// A hash key; whether it lies inside the shard, the range decides.
fn split_point(stream: &Stream, shard: &ShardFacts, given: &Parsed<HashKey>) -> Result<HashKey, ApiError> {
    let (name, account) = (&stream.arn.name, stream.arn.place.account);
    given.valid().copied().map_err(|text| texts::split_point_invalid(text, shard.id, shard.hash_keys, name, account))
}

/// What a range refuses: where to split and what to merge, and shards that changed meanwhile.
pub(super) fn reshard_error(stream: &Stream, error: ReshardError, reshard: Reshard) -> ApiError {
    let (name, account) = (&stream.arn.name, stream.arn.place.account);
    match (error, reshard) {
        (ReshardError::Range(error), _) => range_error(stream, error),
        (ReshardError::NoSuchShard(shard), _) => texts::could_not_find_shard(&shard.to_string(), name, account),
        (ReshardError::SplitPoint { hash_keys }, Reshard::Split { shard, new_start }) => {
            texts::split_point_invalid(&new_start.to_string(), shard, hash_keys, name, account)
        }
        (ReshardError::SplitPoint { .. } | ReshardError::NotAdjacent, Reshard::Merge { shard, adjacent }) => {
            texts::shards_not_adjacent(shard, adjacent, name, account)
        }
        (ReshardError::Closed(shard), _) | (ReshardError::NotAdjacent, Reshard::Split { shard, .. }) => {
            texts::shard_closed(shard, name, account)
        }
    }
}
