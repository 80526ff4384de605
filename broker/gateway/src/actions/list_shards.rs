//! ListShards.

use std::sync::Arc;

use forebay_protocol::api::{ApiError, ListShards, ListShardsOutput, ListShardsStart, Parsed, ShardFilter, StreamRef};
use forebay_protocol::words::{Incarnation, ShardId, StreamId, TimestampMs};

use super::Answering;
use super::describe_stream::shard_id;
use super::next_token::{self, Page};
use super::shard_selection::ShardSelection;
use crate::catalog::{Catalog, Stream};
use crate::ranges::{Ranges, ShardMap};

/// One page of a list.
struct Listing {
    stream: Arc<Stream>,
    /// None while the stream is CREATING.
    map: Option<Arc<ShardMap>>,
    selection: ShardSelection,
    after: Option<ShardId>,
}

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn list_shards(&self, request: ListShards) -> Result<ListShardsOutput, ApiError> {
        let listing = match request.start {
            ListShardsStart::Stream { stream, exclusive_start, filter, created } => {
                self.first_page(&stream, exclusive_start.as_ref(), &filter, created).await?
            }
            ListShardsStart::Token { token, stream } => self.later_page(&token, stream.as_ref()).await?,
        };
        let Listing { stream, map: Some(map), selection, after } = listing else {
            return Ok(ListShardsOutput { shards: vec![], next_token: None });
        };
        let (shards, has_more) = self.page_of_shards(&map, selection, after, request.max_results);
        let last = shards.last().filter(|_| has_more);
        let page = |after| Page::Shards { stream: stream.incarnation, after, selection };
        let next_token = last.map(|last| page(last.id).to_token(self.now));
        Ok(ListShardsOutput { shards, next_token })
    }

    async fn first_page(
        &self,
        named: &StreamRef,
        exclusive_start: Option<&Parsed<ShardId>>,
        filter: &ShardFilter,
        created: Option<TimestampMs>,
    ) -> Result<Listing, ApiError> {
        let stream = self.stream_created(named, created)?;
        let start = exclusive_start.map(|shard| shard_id(&stream, shard)).transpose()?;
        let filter_start = match filter {
            ShardFilter::AfterShardId(shard) => Some(shard_id(&stream, shard)?),
            _ => None,
        };
        let map = self.shard_map(&stream).await?;
        let selection = map.as_ref().map_or(ShardSelection::Listed, |map| selection(filter, map, self.expiry_time()));
        Ok(Listing { stream, map, selection, after: start.max(filter_start) })
    }

    async fn later_page(&self, token: &str, named: Option<&StreamRef>) -> Result<Listing, ApiError> {
        let Page::Shards { stream: incarnation, after, selection } = self.page(token)? else {
            return Err(next_token::invalid());
        };
        let stream = self.stream_of_token(incarnation, named)?;
        let map = self.shard_map(&stream).await?;
        Ok(Listing { stream, map, selection, after: Some(after) })
    }

    /// The stream, if it was created then. Clients that print times know them to the second at best.
    pub(super) fn stream_created(
        &self,
        named: &StreamRef,
        created: Option<TimestampMs>,
    ) -> Result<Arc<Stream>, ApiError> {
        let stream = self.stream(named)?;
        let other = created.is_some_and(|created| created.seconds() != stream.created.seconds());
        if other { Err(self.stream_not_found(named)) } else { Ok(stream) }
    }

    /// The stream that a token continues; one named beside it must be the same.
    pub(super) fn stream_of_token(
        &self,
        incarnation: Incarnation,
        named: Option<&StreamRef>,
    ) -> Result<Arc<Stream>, ApiError> {
        let by_token = StreamRef::Id(StreamId::of(incarnation));
        let Some(named) = named else {
            return self.stream(&by_token);
        };
        let stream = self.stream(named)?;
        if stream.incarnation == incarnation { Ok(stream) } else { Err(next_token::invalid()) }
    }
}

fn selection(filter: &ShardFilter, map: &ShardMap, now: TimestampMs) -> ShardSelection {
    match filter {
        ShardFilter::AfterShardId(_) | ShardFilter::FromTrimHorizon => ShardSelection::Listed,
        ShardFilter::AtTrimHorizon => ShardSelection::at_trim_horizon(map, now),
        ShardFilter::AtLatest => ShardSelection::Open,
        ShardFilter::AtTimestamp(time) => ShardSelection::at_timestamp(map, *time, now),
        ShardFilter::FromTimestamp(time) => ShardSelection::EndingFrom(*time),
    }
}
