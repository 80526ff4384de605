//! The operations of the API's model of November 2026, by name, whether they are implemented here or not.

use super::{ApiError, ErrorCode};

/// Whether an operation does here what it does in AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It does; docs/compatibility.md says where it differs.
    Implemented,
    /// It answers an error that names it.
    Absent,
}

macro_rules! operations {
    ($($operation:ident)+) => {
        /// An operation of Kinesis.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the API reference documents each under its name")]
        pub enum Operation {
            $($operation,)+
        }

        impl Operation {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$operation,)+];

            /// Its name in the API.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$operation => stringify!($operation),)+
                }
            }

            /// The operation of a name.
            pub fn of_name(name: &str) -> Option<Self> {
                match name {
                    $(stringify!($operation) => Some(Self::$operation),)+
                    _ => None,
                }
            }
        }
    };
}

operations! {
    AcknowledgeDeadLetterQueueRecords AcknowledgeQueueRecords AddTagsToStream CreateChannel CreateQueue CreateStream
    DecreaseStreamRetentionPeriod DeleteChannel DeleteQueue DeleteResourcePolicy DeleteStream DeregisterStreamConsumer
    DescribeAccountSettings DescribeChannel DescribeLimits DescribeQueue DescribeStream DescribeStreamConsumer
    DescribeStreamSummary DisableEnhancedMonitoring EnableEnhancedMonitoring GetRecords GetResourcePolicy
    GetShardIterator IncreaseStreamRetentionPeriod ListChannels ListQueues ListShards ListStreamConsumers ListStreams
    ListTagsForResource ListTagsForStream MergeShards PutRecord PutRecords PutResourcePolicy
    ReceiveDeadLetterQueueRecords ReceiveQueueRecords RegisterStreamConsumer RemoveTagsFromStream
    RestoreDeadLetterQueueRecords SplitShard StartStreamEncryption StopStreamEncryption SubscribeToShard TagResource
    UntagResource UpdateAccountSettings UpdateChannel UpdateDeadLetterQueueRecordsVisibility UpdateMaxRecordSize
    UpdateQueue UpdateQueueRecordsVisibility UpdateShardCount UpdateStreamMode UpdateStreamRecordDistributionStrategy
    UpdateStreamWarmThroughput
}

impl Operation {
    /// The prefix of X-Amz-Target.
    pub const SERVICE: &'static str = "Kinesis_20131202";

    /// Whether it is implemented: it is if [`Request`](super::Request) has it, and whoever answers requests must then
    /// answer it.
    pub const fn support(self) -> Support {
        match self.input() {
            Some(_) => Support::Implemented,
            None => Support::Absent,
        }
    }

    /// The operation that X-Amz-Target names.
    pub fn of_target(target: &str) -> Result<Self, ApiError> {
        let unknown = || ApiError::new(ErrorCode::UnknownOperation, format!("{target} is no operation of Kinesis."));
        let (service, name) = target.split_once('.').ok_or_else(unknown)?;
        if service != Self::SERVICE {
            return Err(unknown());
        }
        Self::of_name(name).ok_or_else(unknown)
    }

    /// What an absent operation answers.
    pub fn absent(self) -> ApiError {
        ApiError::new(ErrorCode::UnknownOperation, format!("{} is not implemented by this server.", self.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_names_the_service_and_the_operation() {
        assert_eq!(Operation::of_target("Kinesis_20131202.PutRecords"), Ok(Operation::PutRecords));
        for target in ["", "PutRecords", "Kinesis_20131202", "Kinesis_20131202.", "Firehose_20150804.PutRecord"] {
            let error = Operation::of_target(target).expect_err("unknown");
            assert_eq!(error.code, ErrorCode::UnknownOperation, "{target}");
            assert!(error.message.contains(target));
        }
    }

    #[test]
    fn every_operation_is_found_by_its_name() {
        for operation in Operation::ALL {
            assert_eq!(Operation::of_name(operation.name()), Some(*operation));
        }
    }

    #[test]
    fn an_absent_operation_is_named_in_its_error() {
        let error = Operation::SubscribeToShard.absent();
        assert_eq!(error.message, "SubscribeToShard is not implemented by this server.");
    }
}
