//! Every limit and default of Kinesis that code decides by, by name; forbids a bare number anywhere else. What only a
//! member's shape says stands at the shape, where a test holds it against the model.
//!
//! Sources: *model* is the service model of 2026-11-17; *quotas* the developer guide's page "Quotas and limits"; an
//! operation's name means that operation's page of the API reference.

/// Bytes in a KiB.
pub const KIB: u64 = 1024;
/// Bytes in a MiB.
pub const MIB: u64 = 1024 * KIB;
const SECOND_MS: u64 = 1000;
const MINUTE_MS: u64 = 60 * SECOND_MS;
/// Milliseconds in an hour.
pub const HOUR_MS: u64 = 60 * MINUTE_MS;

// Writing.

/// Records in one PutRecords. Source: model, `PutRecordsRequestEntryList`.
pub const PUT_RECORDS_COUNT_MAX: usize = 500;
/// Data and partition keys of one PutRecords together, in bytes. Source: PutRecords.
pub const PUT_RECORDS_BYTES_MAX: u64 = 10 * MIB;
/// Data of one record, in bytes, whatever the stream's setting. Source: model, `Data`.
pub const DATA_BYTES_MAX: usize = 10_485_760;
/// The smallest `MaxRecordSizeInKiB`, and the default. Source: model; UpdateMaxRecordSize.
pub const MAX_RECORD_SIZE_KIB_MIN: u32 = 1024;
/// The largest `MaxRecordSizeInKiB`. Source: model.
pub const MAX_RECORD_SIZE_KIB_MAX: u32 = 10_240;
/// Characters of a partition key. Source: model, `PartitionKey`.
pub const PARTITION_KEY_CHARACTERS_MAX: usize = 256;
/// Records a shard takes in a second. Source: quotas.
pub const SHARD_WRITE_RECORDS_PER_SECOND: u64 = 1000;
/// Bytes, partition keys included, a shard takes in a second. Source: quotas.
pub const SHARD_WRITE_BYTES_PER_SECOND: u64 = MIB;

// Reading.

/// Records in one answer of GetRecords, and the default of `Limit`. Source: model, `GetRecordsInputLimit`.
pub const GET_RECORDS_COUNT_MAX: u32 = 10_000;
/// Bytes in one answer of GetRecords. Source: GetRecords.
pub const GET_RECORDS_BYTES_MAX: u64 = 10 * MIB;
/// Calls of GetRecords a shard answers in a second. Source: quotas.
pub const SHARD_READ_CALLS_PER_SECOND: u64 = 5;
/// Bytes a shard hands out in a second. Source: quotas.
pub const SHARD_READ_BYTES_PER_SECOND: u64 = 2 * MIB;
/// Age at which a shard iterator expires. Source: GetShardIterator.
pub const SHARD_ITERATOR_AGE_MAX_MS: u64 = 300 * SECOND_MS;
/// Characters of a shard iterator. Source: model, `ShardIterator`.
pub const SHARD_ITERATOR_CHARACTERS_MAX: usize = 512;

// Retention.

/// The shortest retention, and the default, in hours. Source: DecreaseStreamRetentionPeriod.
pub const RETENTION_HOURS_MIN: u32 = 24;
/// The longest retention, in hours: 365 days. Source: IncreaseStreamRetentionPeriod.
pub const RETENTION_HOURS_MAX: u32 = 8760;

// Streams and shards.

/// Open shards of an account unless set otherwise. Source: quotas; 20,000 in three regions, 1,000 or 500 elsewhere.
pub const ACCOUNT_SHARDS_DEFAULT: u32 = 500;
/// On-demand streams of an account. Source: quotas.
pub const ON_DEMAND_STREAMS_DEFAULT: u32 = 50;
/// Shards of a stream created on demand without a count. Source: CreateStream's answer, recorded.
pub const ON_DEMAND_SHARDS: u32 = 4;
/// Largest index of a shard: a sequence number carries it as a signed 32-bit field.
pub const SHARD_INDEX_MAX: u32 = i32::MAX.cast_unsigned();
/// UpdateShardCount refuses more than this multiple of the open shards. Source: UpdateShardCount.
pub const SCALE_UP_FACTOR_MAX: u32 = 2;
/// UpdateShardCount refuses less than the open shards divided by this. Source: UpdateShardCount.
pub const SCALE_DOWN_DIVISOR_MAX: u32 = 2;
/// UpdateShardCount refuses to scale a stream beyond this many shards. Source: UpdateShardCount.
pub const SCALE_TARGET_SHARDS_MAX: u32 = 10_000;
/// UpdateShardCount calls of a stream in a rolling day. Source: UpdateShardCount.
pub const SCALES_PER_DAY: usize = 10;
/// Switches of a stream's mode in a rolling day. Source: UpdateStreamMode.
pub const MODE_SWITCHES_PER_DAY: usize = 2;

// Lists.

/// Shards in one answer of ListShards, and the default. Source: ListShards.
pub const LIST_SHARDS_MAX: u32 = 1000;
/// Shards in one answer of DescribeStream unless named. Source: DescribeStream.
pub const DESCRIBE_STREAM_SHARDS_DEFAULT: u32 = 100;
/// Streams in one answer of ListStreams unless named. Source: ListStreams.
pub const LIST_STREAMS_DEFAULT: u32 = 100;
/// Consumers in one answer of ListStreamConsumers unless named. Source: ListStreamConsumers.
pub const LIST_STREAM_CONSUMERS_DEFAULT: u32 = 100;
/// Age at which a `NextToken` expires. Source: ListShards.
pub const NEXT_TOKEN_AGE_MAX_MS: u64 = 300 * SECOND_MS;

// Consumers and tags.

/// Consumers of a stream. Source: RegisterStreamConsumer; 50 with On-demand Advantage, which is absent here.
pub const CONSUMERS_PER_STREAM_MAX: usize = 20;
/// Tags of a resource. Source: AddTagsToStream.
pub const TAGS_PER_RESOURCE_MAX: usize = 50;

// Signatures.

/// How far a signature's time may lie from ours. Source: the text of "Signature expired".
pub const SIGNATURE_SKEW_MAX_MS: u64 = 5 * MINUTE_MS;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_answer_blocks_a_shards_reader_for_five_seconds() {
        assert_eq!(GET_RECORDS_BYTES_MAX / SHARD_READ_BYTES_PER_SECOND, 5);
    }

    #[test]
    fn the_largest_setting_is_the_models_largest_record() {
        assert_eq!(u64::from(MAX_RECORD_SIZE_KIB_MAX) * KIB, DATA_BYTES_MAX as u64);
    }
}
