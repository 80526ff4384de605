//! ListShards.

use super::decode::Input;
use super::enums::ShardFilterType;
use super::{ApiError, ErrorCode, Parsed, Shard, StreamRef, shapes};
use crate::limits;
use crate::wire::{Bounds, Fields, Member, Output, Shape, Writer};
use crate::words::{ShardId, TimestampMs};

/// Which shards to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListShards {
    /// Where the list starts.
    pub start: ListShardsStart,
    /// At most so many; above 1,000 AWS lists 1,000.
    pub max_results: u32,
}

/// Where a list of shards starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListShardsStart {
    /// With a stream.
    Stream {
        /// The stream.
        stream: StreamRef,
        /// Only shards after this one.
        exclusive_start: Option<Parsed<ShardId>>,
        /// Which of them.
        filter: ShardFilter,
        /// Only if the stream was created then: tells one from another of its name.
        created: Option<TimestampMs>,
    },
    /// Where an earlier answer left off.
    Token {
        /// Opaque here.
        token: Box<str>,
        /// KCL names its stream beside the token.
        stream: Option<StreamRef>,
    },
}

/// Which shards of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShardFilter {
    /// Those after one.
    AfterShardId(Parsed<ShardId>),
    /// Those open at the trim horizon.
    AtTrimHorizon,
    /// All from the trim horizon on; AWS's default.
    FromTrimHorizon,
    /// Those open now.
    AtLatest,
    /// Those open at a time.
    AtTimestamp(TimestampMs),
    /// Those open at a time or later.
    FromTimestamp(TimestampMs),
}

static MAX_RESULTS: Shape = Shape::integer("ListShardsInputLimit", Bounds::of(1, 10_000));
static FILTER_TYPE: Shape = Shape::choice("ShardFilterType", ShardFilterType::TEXTS);
static FILTER: Shape = Shape::structure(
    "ShardFilter",
    &[
        Member::required("Type", &FILTER_TYPE),
        Member::optional("ShardId", &shapes::SHARD_ID),
        Member::optional("Timestamp", &shapes::TIMESTAMP),
    ],
);

static INPUT: Shape = Shape::structure(
    "ListShardsInput",
    &[
        Member::optional("MaxResults", &MAX_RESULTS),
        Member::optional("ExclusiveStartShardId", &shapes::SHARD_ID),
        Member::optional("ShardFilter", &FILTER),
        Member::optional("StreamCreationTimestamp", &shapes::TIMESTAMP),
        shapes::BY_ID,
        shapes::BY_ARN,
        shapes::BY_NAME,
        Member::optional("NextToken", &shapes::NEXT_TOKEN),
    ],
);

impl Input<'_> for ListShards {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        let max_results = fields.count("MaxResults").unwrap_or(limits::LIST_SHARDS_MAX);
        let start = match fields.text("NextToken") {
            Some(token) => from_token(token.into(), fields)?,
            None => from_stream(fields)?,
        };
        Ok(Self { start, max_results: max_results.min(limits::LIST_SHARDS_MAX) })
    }
}

fn from_token(token: Box<str>, mut fields: Fields<'_>) -> Result<ListShardsStart, ApiError> {
    let stream = StreamRef::take_optional(&mut fields)?;
    let other = match stream {
        Some(StreamRef::Name(_)) => Some("StreamName"),
        _ if fields.text("ExclusiveStartShardId").is_some() => Some("ExclusiveStartShardId"),
        _ if fields.timestamp("StreamCreationTimestamp").is_some() => Some("StreamCreationTimestamp"),
        _ => None,
    };
    match other {
        Some(other) => Err(invalid(format!("NextToken and {other} cannot be provided together."))),
        None => Ok(ListShardsStart::Token { token, stream }),
    }
}

fn from_stream(mut fields: Fields<'_>) -> Result<ListShardsStart, ApiError> {
    let stream = StreamRef::take_optional(&mut fields)?;
    Ok(ListShardsStart::Stream {
        stream: stream.ok_or_else(|| invalid("Either NextToken or StreamName should be provided."))?,
        exclusive_start: fields.parsed("ExclusiveStartShardId"),
        filter: fields.structure("ShardFilter").map_or(Ok(ShardFilter::FromTrimHorizon), filter)?,
        created: fields.timestamp("StreamCreationTimestamp"),
    })
}

fn filter(mut fields: Fields<'_>) -> Result<ShardFilter, ApiError> {
    let filter: ShardFilterType = fields.parsed("Type").expect("required by the shape");
    let needs = |what: &str| invalid(format!("{what} must be specified in a ShardFilter of type {filter}."));
    Ok(match filter {
        ShardFilterType::AfterShardId => {
            ShardFilter::AfterShardId(fields.parsed("ShardId").ok_or_else(|| needs("ShardId"))?)
        }
        ShardFilterType::AtTrimHorizon => ShardFilter::AtTrimHorizon,
        ShardFilterType::FromTrimHorizon => ShardFilter::FromTrimHorizon,
        ShardFilterType::AtLatest => ShardFilter::AtLatest,
        ShardFilterType::AtTimestamp => {
            ShardFilter::AtTimestamp(fields.timestamp("Timestamp").ok_or_else(|| needs("Timestamp"))?)
        }
        ShardFilterType::FromTimestamp => {
            ShardFilter::FromTimestamp(fields.timestamp("Timestamp").ok_or_else(|| needs("Timestamp"))?)
        }
    })
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> ApiError {
    ApiError::new(ErrorCode::InvalidArgument, message)
}

/// Some shards of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListShardsOutput {
    /// The shards, by id.
    pub shards: Vec<Shard>,
    /// Where the next answer goes on, if there are more.
    pub next_token: Option<String>,
}

impl Output for ListShardsOutput {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.member("Shards", &self.shards);
        writer.optional("NextToken", self.next_token.as_ref());
        writer.end_map();
    }
}
