//! GetShardIterator.

use super::decode::Input;
use super::enums::ShardIteratorType;
use super::{ApiError, ErrorCode, Parsed, StreamRef, shapes};
use crate::wire::{Fields, Member, Output, Shape, Writer};
use crate::words::{SequenceNumber, ShardId, TimestampMs};

/// Where to read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetShardIterator {
    /// The stream.
    pub stream: StreamRef,
    /// The shard.
    pub shard: Parsed<ShardId>,
    /// The place, or the refusal of what was given, which AWS says only once it has found the shard.
    pub start: Result<StartingPosition, ApiError>,
    /// Whether to try only.
    pub dry_run: bool,
}

/// A place in a shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartingPosition {
    /// At a record.
    AtSequenceNumber(Parsed<SequenceNumber>),
    /// After a record.
    AfterSequenceNumber(Parsed<SequenceNumber>),
    /// At the oldest record.
    TrimHorizon,
    /// After the newest record.
    Latest,
    /// At the first record of a time or later.
    AtTimestamp(TimestampMs),
}

static ITERATOR_TYPE: Shape = Shape::choice("ShardIteratorType", ShardIteratorType::TEXTS);

static INPUT: Shape = Shape::structure(
    "GetShardIteratorInput",
    &[
        Member::required("ShardId", &shapes::SHARD_ID),
        Member::required("ShardIteratorType", &ITERATOR_TYPE),
        Member::optional("StartingSequenceNumber", &shapes::SEQUENCE_NUMBER),
        shapes::BY_ID,
        shapes::BY_ARN,
        shapes::BY_NAME,
        Member::optional("Timestamp", &shapes::TIMESTAMP),
        shapes::DRY_RUN,
    ],
);

impl Input<'_> for GetShardIterator {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            stream: StreamRef::take(&mut fields)?,
            shard: fields.parsed("ShardId").expect("required by the shape"),
            start: starting_position(&mut fields),
            dry_run: fields.flag("DryRun"),
        })
    }
}

fn starting_position(fields: &mut Fields<'_>) -> Result<StartingPosition, ApiError> {
    let kind: ShardIteratorType = fields.parsed("ShardIteratorType").expect("required by the shape");
    let number = fields.parsed("StartingSequenceNumber");
    match (kind, number) {
        (ShardIteratorType::AtSequenceNumber, Some(number)) => Ok(StartingPosition::AtSequenceNumber(number)),
        (ShardIteratorType::AfterSequenceNumber, Some(number)) => Ok(StartingPosition::AfterSequenceNumber(number)),
        (ShardIteratorType::TrimHorizon, None) => Ok(StartingPosition::TrimHorizon),
        (ShardIteratorType::Latest, None) => Ok(StartingPosition::Latest),
        (ShardIteratorType::AtTimestamp, None) => {
            let at = fields.timestamp("Timestamp").ok_or_else(|| {
                let text = "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current \
                            request has no timestamp parameter.";
                ApiError::new(ErrorCode::InvalidArgument, text)
            });
            at.map(StartingPosition::AtTimestamp)
        }
        (_, number) => Err(mismatched(kind, number.is_some())),
    }
}

fn mismatched(kind: ShardIteratorType, numbered: bool) -> ApiError {
    let given = if numbered { "also a StartingSequenceNumber" } else { "no StartingSequenceNumber" };
    ApiError::new(
        ErrorCode::InvalidArgument,
        format!(
            "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) \
             TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified {kind} and {given}."
        ),
    )
}

/// A shard iterator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetShardIteratorOutput {
    /// The sealed token, of an alphabet that no dialect escapes.
    pub iterator: String,
}

impl Output for GetShardIteratorOutput {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.member("ShardIterator", &self.iterator);
        writer.end_map();
    }
}
