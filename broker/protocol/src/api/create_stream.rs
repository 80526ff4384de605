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
        let capacity = capacity(take_mode(&mut fields), fields.count("ShardCount"));
        refuse_warm_throughput(&mut fields)?;
        if fields.parsed("RecordDistributionStrategy") == Some(RecordDistributionStrategy::Auto) {
            return Err(unsupported("RecordDistributionStrategy AUTO"));
        }
        let (mode, shard_count) = capacity?;
        Ok(Self {
            name: fields.parsed("StreamName").expect("required by the shape"),
            shard_count,
            mode,
            tags: tags::take(&mut fields, "Tags"),
            max_record_size_kib: fields.count("MaxRecordSizeInKiB").unwrap_or(limits::MAX_RECORD_SIZE_KIB_MIN),
        })
    }
}

/// A stream without either is on demand: AWS was recorded to create one of four shards.
fn capacity(mode: Option<StreamMode>, shard_count: Option<u32>) -> Result<(StreamMode, u32), ApiError> {
    match (mode, shard_count) {
        (None | Some(StreamMode::Provisioned), Some(count)) => Ok((StreamMode::Provisioned, count)),
        (None | Some(StreamMode::OnDemand), None) => Ok((StreamMode::OnDemand, limits::ON_DEMAND_SHARDS)),
        (Some(StreamMode::Provisioned), None) => {
            let text = "1 validation error detected: Value null at 'shardCount' failed to satisfy constraint: Member \
                        must not be null";
            Err(Refusal::Constraint(text.to_owned()).into())
        }
        (Some(StreamMode::OnDemand), Some(_)) => {
            let text = "ShardCount is not expected when StreamMode=ON_DEMAND";
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_provisioned_if_it_has_a_count_and_on_demand_if_it_has_neither() {
        let (provisioned, on_demand) = (StreamMode::Provisioned, StreamMode::OnDemand);
        assert_eq!(capacity(None, None), Ok((on_demand, 4)));
        assert_eq!(capacity(None, Some(2)), Ok((provisioned, 2)));
        assert_eq!(capacity(Some(provisioned), Some(2)), Ok((provisioned, 2)));
        assert_eq!(capacity(Some(on_demand), None), Ok((on_demand, 4)));
        let code = |mode, count| capacity(Some(mode), count).map_err(|error| error.code);
        assert_eq!(code(provisioned, None), Err(ErrorCode::Validation));
        assert_eq!(code(on_demand, Some(4)), Err(ErrorCode::InvalidArgument));
    }
}
