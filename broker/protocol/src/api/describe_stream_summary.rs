//! DescribeStreamSummary.

use super::decode::Input;
use super::describe_stream::{write_mode, write_monitoring};
use super::enums::{MetricsName, RecordDistributionStrategy, StreamMode, StreamStatus};
use super::{ApiError, StreamRef, shapes};
use crate::wire::{Fields, Output, Shape, Writer};
use crate::words::{StreamArn, StreamId, TimestampMs};

/// A stream to describe without its shards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeStreamSummary {
    /// The stream.
    pub stream: StreamRef,
}

static INPUT: Shape = Shape::structure("DescribeStreamSummaryInput", &[shapes::BY_ID, shapes::BY_ARN, shapes::BY_NAME]);

impl Input<'_> for DescribeStreamSummary {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self { stream: StreamRef::take(&mut fields)? })
    }
}

/// A stream in a few facts. What this server has none of (channels, queues, warm throughput) is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeStreamSummaryOutput {
    /// Its ARN, which holds its name.
    pub arn: StreamArn,
    /// The id of its incarnation.
    pub id: StreamId,
    /// What it is doing.
    pub status: StreamStatus,
    /// How its capacity is chosen.
    pub mode: StreamMode,
    /// How long records are kept.
    pub retention_hours: u32,
    /// When it was created.
    pub created: TimestampMs,
    /// The shard-level metrics that are on.
    pub metrics: Vec<MetricsName>,
    /// Its open shards.
    pub open_shard_count: u32,
    /// Its registered consumers.
    pub consumer_count: u32,
    /// The most KiB of one record.
    pub max_record_size_kib: u32,
}

impl Output for DescribeStreamSummaryOutput {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.name("StreamDescriptionSummary");
        writer.begin_map();
        writer.member("StreamName", &self.arn.name);
        writer.member("StreamARN", &self.arn);
        writer.member("StreamId", &self.id);
        writer.member("StreamStatus", &self.status);
        write_mode(writer, self.mode);
        writer.member("RetentionPeriodHours", &self.retention_hours);
        writer.member("StreamCreationTimestamp", &self.created);
        write_monitoring(writer, &self.metrics);
        writer.member("EncryptionType", "NONE");
        writer.member("OpenShardCount", &self.open_shard_count);
        writer.member("ConsumerCount", &self.consumer_count);
        writer.member("MaxRecordSizeInKiB", &self.max_record_size_kib);
        writer.member("RecordDistributionStrategy", &RecordDistributionStrategy::UserPartitionKey);
        writer.end_map();
        writer.end_map();
    }
}
