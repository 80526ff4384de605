//! The shapes that several inputs share. Their names and limits are the model's; a test compares them.

use super::enums::{MetricsName, RecordDistributionStrategy, StreamMode};
use crate::wire::{Bounds, Member, Pattern, Shape};

pub(super) static STREAM_NAME: Shape = Shape::pattern("StreamName", Bounds::of(1, 128), Pattern::Name);
pub(super) static STREAM_ARN: Shape = Shape::pattern("StreamARN", Bounds::of(1, 2048), Pattern::StreamArn);
pub(super) static STREAM_ID: Shape = Shape::pattern("StreamId", Bounds::of(1, 24), Pattern::StreamId);
pub(super) static CONSUMER_NAME: Shape = Shape::pattern("ConsumerName", Bounds::of(1, 128), Pattern::Name);
pub(super) static CONSUMER_ARN: Shape = Shape::pattern("ConsumerARN", Bounds::of(1, 2048), Pattern::ConsumerArn);
pub(super) static RESOURCE_ARN: Shape = Shape::pattern("ResourceARN", Bounds::of(1, 2048), Pattern::ResourceArn);
pub(super) static SHARD_ID: Shape = Shape::pattern("ShardId", Bounds::of(1, 128), Pattern::Name);
pub(super) static HASH_KEY: Shape = Shape::pattern("HashKey", Bounds::NONE, Pattern::HashKey);
pub(super) static SEQUENCE_NUMBER: Shape = Shape::pattern("SequenceNumber", Bounds::NONE, Pattern::SequenceNumber);
pub(super) static PARTITION_KEY: Shape = Shape::text("PartitionKey", Bounds::of(1, 256));
pub(super) static DATA: Shape = Shape::blob("Data", Bounds::of(0, 10_485_760));
pub(super) static NEXT_TOKEN: Shape = Shape::text("NextToken", Bounds::of(1, 1_048_576));
pub(super) static TIMESTAMP: Shape = Shape::timestamp("Timestamp");
pub(super) static BOOLEAN: Shape = Shape::boolean("BooleanObject");
pub(super) static POSITIVE_INTEGER: Shape = Shape::integer("PositiveIntegerObject", Bounds::at_least(1));
pub(super) static NATURAL_INTEGER: Shape = Shape::integer("NaturalIntegerObject", Bounds::at_least(0));
pub(super) static RETENTION_PERIOD_HOURS: Shape = Shape::integer("RetentionPeriodHours", Bounds::NONE);
pub(super) static MAX_RECORD_SIZE: Shape = Shape::integer("MaxRecordSizeInKiB", Bounds::of(1024, 10_240));
pub(super) static TAG_KEY: Shape = Shape::text("TagKey", Bounds::of(1, 128));
pub(super) static TAG_VALUE: Shape = Shape::text("TagValue", Bounds::of(0, 256));
pub(super) static TAG_KEYS: Shape = Shape::list("TagKeyList", &TAG_KEY, Bounds::of(1, 50));
pub(super) static TAG_MAP: Shape = Shape::map("TagMap", &TAG_KEY, &TAG_VALUE, Bounds::of(1, 200));
pub(super) static STREAM_MODE: Shape = Shape::choice("StreamMode", StreamMode::TEXTS);
pub(super) static STREAM_MODE_DETAILS: Shape =
    Shape::structure("StreamModeDetails", &[Member::required("StreamMode", &STREAM_MODE)]);
pub(super) static DISTRIBUTION_STRATEGY: Shape =
    Shape::choice("RecordDistributionStrategy", RecordDistributionStrategy::TEXTS);
pub(super) static METRICS_NAME: Shape = Shape::choice("MetricsName", MetricsName::TEXTS);
pub(super) static METRICS_NAMES: Shape = Shape::list("MetricsNameList", &METRICS_NAME, Bounds::of(1, 7));

/// How most inputs name their stream; AWS checks these last.
pub(super) const BY_NAME: Member = Member::optional("StreamName", &STREAM_NAME);
pub(super) const BY_ARN: Member = Member::optional("StreamARN", &STREAM_ARN);
pub(super) const BY_ID: Member = Member::optional("StreamId", &STREAM_ID);
/// Whether to try only.
pub(super) const DRY_RUN: Member = Member::optional("DryRun", &BOOLEAN);
