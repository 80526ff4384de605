//! CreateStream.

use super::decode::Input;
use super::enums::{RecordDistributionStrategy, StreamMode};
use super::{ApiError, ErrorCode, Tags, shapes, tags};
use crate::limits;
use crate::wire::{Fields, Member, Refusal, Shape};
use crate::words::StreamName;

/// A stream to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateStream {
    /// Its name.
    pub name: StreamName,
    /// Its open shards at first, at least one; on demand always [`limits::ON_DEMAND_SHARDS`].
    pub shard_count: u32,
    /// How its capacity is chosen.
    pub mode: StreamMode,
    /// Its tags.
    pub tags: Tags,
    /// The most KiB of one record, key and data.
    pub max_record_size_kib: u32,
}

static INPUT: Shape = Shape::structure(
    "CreateStreamInput",
    &[
        Member::optional("ShardCount", &shapes::POSITIVE_INTEGER),
        Member::optional("StreamModeDetails", &shapes::STREAM_MODE_DETAILS),
        Member::optional("Tags", &shapes::TAG_MAP),
        Member::optional("MaxRecordSizeInKiB", &shapes::MAX_RECORD_SIZE),
        Member::optional("WarmThroughputMiBps", &shapes::NATURAL_INTEGER),
        Member::optional("RecordDistributionStrategy", &shapes::DISTRIBUTION_STRATEGY),
        Member::required("StreamName", &shapes::STREAM_NAME),
    ],
);

impl Input<'_> for CreateStream {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        let mode = take_mode(&mut fields).unwrap_or(StreamMode::Provisioned);
        refuse_warm_throughput(&mut fields)?;
        if fields.parsed("RecordDistributionStrategy") == Some(RecordDistributionStrategy::Auto) {
            return Err(unsupported("RecordDistributionStrategy AUTO"));
        }
        Ok(Self {
            name: fields.parsed("StreamName").expect("required by the shape"),
            shard_count: shard_count(fields.count("ShardCount"), mode)?,
            mode,
            tags: tags::take(&mut fields, "Tags"),
            max_record_size_kib: fields.count("MaxRecordSizeInKiB").unwrap_or(limits::MAX_RECORD_SIZE_KIB_MIN),
        })
    }
}

fn shard_count(given: Option<u32>, mode: StreamMode) -> Result<u32, ApiError> {
    match (mode, given) {
        (StreamMode::Provisioned, Some(count)) => Ok(count),
        (StreamMode::Provisioned, None) => {
            let text = "1 validation error detected: Value null at 'shardCount' failed to satisfy constraint: Member \
                        must not be null";
            Err(Refusal::Constraint(text.to_owned()).into())
        }
        (StreamMode::OnDemand, None) => Ok(limits::ON_DEMAND_SHARDS),
        (StreamMode::OnDemand, Some(_)) => {
            let text = "ShardCount cannot be specified for a stream in ON_DEMAND mode.";
            Err(ApiError::new(ErrorCode::InvalidArgument, text))
        }
    }
}

/// The mode in StreamModeDetails.
pub(super) fn take_mode(fields: &mut Fields<'_>) -> Option<StreamMode> {
    fields.structure("StreamModeDetails").and_then(|mut details| details.parsed("StreamMode"))
}

/// Refuses what would otherwise be promised and not kept.
pub(super) fn refuse_warm_throughput(fields: &mut Fields<'_>) -> Result<(), ApiError> {
    match fields.count("WarmThroughputMiBps") {
        Some(_) => Err(unsupported("WarmThroughputMiBps")),
        None => Ok(()),
    }
}

fn unsupported(what: &str) -> ApiError {
    ApiError::new(ErrorCode::InvalidArgument, format!("{what} is not implemented by this server."))
}
