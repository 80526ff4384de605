//! Every typed request in one enum.

use super::decode::{Input, Way, read};
use super::{
    AddTagsToStream, ApiError, CreateStream, DecreaseStreamRetentionPeriod, DeleteStream, DeregisterStreamConsumer,
    DescribeAccountSettings, DescribeLimits, DescribeStream, DescribeStreamConsumer, DescribeStreamSummary,
    DisableEnhancedMonitoring, EnableEnhancedMonitoring, GetRecords, GetShardIterator, IncreaseStreamRetentionPeriod,
    ListShards, ListStreamConsumers, ListStreams, ListTagsForResource, ListTagsForStream, MergeShards, Operation,
    PutRecord, PutRecords, RegisterStreamConsumer, RemoveTagsFromStream, SplitShard, TagResource, UntagResource,
    UpdateMaxRecordSize, UpdateShardCount, UpdateStreamMode,
};
use crate::wire::{Encoding, Shape};

macro_rules! requests {
    ($($operation:ident $(<$life:lifetime>)?,)+) => {
        /// A request past the front door.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each is documented at its type")]
        pub enum Request<'a> {
            $($operation($operation $(<$life>)?),)+
        }

        impl<'a> Request<'a> {
            /// The operation it is for.
            pub const fn operation(&self) -> Operation {
                match self {
                    $(Self::$operation(_) => Operation::$operation,)+
                }
            }

            pub(super) fn read(
                operation: Operation,
                encoding: Encoding,
                body: &'a [u8],
                way: Way,
            ) -> Result<Self, ApiError> {
                match operation {
                    $(Operation::$operation => read(encoding, body, way).map(Self::$operation),)+
                    absent => Err(absent.absent()),
                }
            }
        }

        impl Operation {
            /// The shape of its input, if it is implemented.
            pub const fn input(self) -> Option<&'static Shape> {
                match self {
                    $(Self::$operation => Some(<$operation as Input<'_>>::SHAPE),)+
                    _ => None,
                }
            }
        }
    };
}

requests! {
    AddTagsToStream,
    CreateStream,
    DecreaseStreamRetentionPeriod,
    DeleteStream,
    DeregisterStreamConsumer,
    DescribeAccountSettings,
    DescribeLimits,
    DescribeStream,
    DescribeStreamConsumer,
    DescribeStreamSummary,
    DisableEnhancedMonitoring,
    EnableEnhancedMonitoring,
    GetRecords,
    GetShardIterator,
    IncreaseStreamRetentionPeriod,
    ListShards,
    ListStreamConsumers,
    ListStreams,
    ListTagsForResource,
    ListTagsForStream,
    MergeShards,
    PutRecord<'a>,
    PutRecords<'a>,
    RegisterStreamConsumer,
    RemoveTagsFromStream,
    SplitShard,
    TagResource,
    UntagResource,
    UpdateMaxRecordSize,
    UpdateShardCount,
    UpdateStreamMode,
}

impl Request<'_> {
    /// Whether all base64 in the request decodes; if not, [`explain`](super::explain) says what is wrong with it.
    pub fn has_valid_data(&self) -> bool {
        match self {
            Self::PutRecord(put) => put.record.data.is_valid(),
            Self::PutRecords(put) => put.records.iter().all(|record| record.data.is_valid()),
            _ => true,
        }
    }
}
