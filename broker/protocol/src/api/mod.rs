//! The operations: one file each, with its typed request, its shape and its typed answer. Past this module no string
//! means a shard, a hash key or an ARN; nothing here knows which streams exist.

mod add_tags_to_stream;
mod create_stream;
mod decode;
mod delete_stream;
mod describe_stream;
mod describe_stream_summary;
mod enums;
mod error;
mod get_records;
mod get_shard_iterator;
mod list_shards;
mod list_streams;
mod operation;
mod parsed;
mod put_record;
mod put_records;
mod request;
mod shapes;
mod shard;
mod stream_ref;
mod tags;
pub mod texts;

pub use add_tags_to_stream::AddTagsToStream;
pub use create_stream::CreateStream;
pub use decode::{decode, explain};
pub use delete_stream::DeleteStream;
pub use describe_stream::{DescribeStream, DescribeStreamOutput};
pub use describe_stream_summary::{DescribeStreamSummary, DescribeStreamSummaryOutput};
pub use enums::{
    BillingCommitmentStatus, ConsumerStatus, MetricsName, RecordDistributionStrategy, ScalingType, ShardFilterType,
    ShardIteratorType, StreamMode, StreamStatus, UnknownValue,
};
pub use error::{ApiError, ErrorCode};
pub use get_records::{GetRecords, GetRecordsOutput, ReadRecord};
pub use get_shard_iterator::{GetShardIterator, GetShardIteratorOutput, StartingPosition};
pub use list_shards::{ListShards, ListShardsOutput, ListShardsStart, ShardFilter};
pub use list_streams::{ListStreams, ListStreamsOutput, StreamSummary};
pub use operation::{Operation, Support};
pub use parsed::Parsed;
pub use put_record::{PutRecord, PutRecordOutput};
pub use put_records::{PutRecords, PutRecordsEntry, PutRecordsOutput, PutRecordsResult};
pub use request::Request;
pub use shard::{ChildShard, Shard};
pub use stream_ref::{ConsumerRef, StreamRef};
pub use tags::Tags;
