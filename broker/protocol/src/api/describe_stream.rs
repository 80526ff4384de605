//! DescribeStream.

use super::decode::Input;
use super::enums::{MetricsName, StreamMode, StreamStatus};
use super::{ApiError, Parsed, Shard, StreamRef, shapes};
use crate::limits;
use crate::wire::{Bounds, Fields, Member, Output, Shape, Writer};
use crate::words::{ShardId, StreamArn, TimestampMs};

/// A stream to describe with its shards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeStream {
    /// The stream.
    pub stream: StreamRef,
    /// At most so many shards.
    pub limit: u32,
    /// Only shards after this one.
    pub exclusive_start: Option<Parsed<ShardId>>,
}

static LIMIT: Shape = Shape::integer("DescribeStreamInputLimit", Bounds::of(1, 10_000));

static INPUT: Shape = Shape::structure(
    "DescribeStreamInput",
    &[
        Member::optional("Limit", &LIMIT),
        Member::optional("ExclusiveStartShardId", &shapes::SHARD_ID),
        shapes::BY_ID,
        shapes::BY_ARN,
        shapes::BY_NAME,
    ],
);

impl Input<'_> for DescribeStream {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            stream: StreamRef::take(&mut fields)?,
            limit: fields.count("Limit").unwrap_or(limits::DESCRIBE_STREAM_SHARDS_DEFAULT),
            exclusive_start: fields.parsed("ExclusiveStartShardId"),
        })
    }
}

/// A stream and some of its shards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeStreamOutput {
    /// Its ARN, which holds its name.
    pub arn: StreamArn,
    /// What it is doing.
    pub status: StreamStatus,
    /// How its capacity is chosen.
    pub mode: StreamMode,
    /// Its shards, by id; none while it is CREATING.
    pub shards: Vec<Shard>,
    /// Whether there are more after those.
    pub has_more_shards: bool,
    /// How long records are kept.
    pub retention_hours: u32,
    /// When it was created.
    pub created: TimestampMs,
    /// The shard-level metrics that are on.
    pub metrics: Vec<MetricsName>,
}

impl Output for DescribeStreamOutput {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.name("StreamDescription");
        writer.begin_map();
        writer.member("StreamName", &self.arn.name);
        writer.member("StreamARN", &self.arn);
        writer.member("StreamStatus", &self.status);
        write_mode(writer, self.mode);
        writer.member("Shards", &self.shards);
        writer.member("HasMoreShards", &self.has_more_shards);
        writer.member("RetentionPeriodHours", &self.retention_hours);
        writer.member("StreamCreationTimestamp", &self.created);
        write_monitoring(writer, &self.metrics);
        writer.member("EncryptionType", "NONE");
        writer.end_map();
        writer.end_map();
    }
}

/// StreamModeDetails.
pub(super) fn write_mode(writer: &mut impl Writer, mode: StreamMode) {
    writer.name("StreamModeDetails");
    writer.begin_map();
    writer.member("StreamMode", &mode);
    writer.end_map();
}

/// EnhancedMonitoring: AWS has one element in the list, even if no metric is on.
pub(super) fn write_monitoring(writer: &mut impl Writer, metrics: &[MetricsName]) {
    writer.name("EnhancedMonitoring");
    writer.begin_list();
    writer.begin_map();
    writer.member("ShardLevelMetrics", metrics);
    writer.end_map();
    writer.end_list();
}
