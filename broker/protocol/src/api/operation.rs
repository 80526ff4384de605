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
    (implemented: $($implemented:ident)+; absent: $($absent:ident)+;) => {
        /// An operation of Kinesis.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the API reference documents each under its name")]
        pub enum Operation {
            $($implemented,)+
            $($absent,)+
        }

        impl Operation {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$implemented,)+ $(Self::$absent,)+];

            /// Its name in the API.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$implemented => stringify!($implemented),)+
                    $(Self::$absent => stringify!($absent),)+
                }
            }

            /// Whether it is implemented.
            pub const fn support(self) -> Support {
                match self {
                    $(Self::$implemented)|+ => Support::Implemented,
                    $(Self::$absent)|+ => Support::Absent,
                }
            }

            /// The operation of a name.
            pub fn of_name(name: &str) -> Option<Self> {
                match name {
                    $(stringify!($implemented) => Some(Self::$implemented),)+
                    $(stringify!($absent) => Some(Self::$absent),)+
                    _ => None,
                }
            }
        }
    };
}

operations! {
    implemented:
        AddTagsToStream CreateStream DecreaseStreamRetentionPeriod DeleteStream DeregisterStreamConsumer
        DescribeAccountSettings DescribeLimits DescribeStream DescribeStreamConsumer DescribeStreamSummary
        DisableEnhancedMonitoring EnableEnhancedMonitoring GetRecords GetShardIterator IncreaseStreamRetentionPeriod
        ListShards ListStreamConsumers ListStreams ListTagsForResource ListTagsForStream MergeShards PutRecord
        PutRecords RegisterStreamConsumer RemoveTagsFromStream SplitShard TagResource UntagResource
        UpdateMaxRecordSize UpdateShardCount UpdateStreamMode;
    absent:
        AcknowledgeDeadLetterQueueRecords AcknowledgeQueueRecords CreateChannel CreateQueue DeleteChannel DeleteQueue
        DeleteResourcePolicy DescribeChannel DescribeQueue GetResourcePolicy ListChannels ListQueues
        PutResourcePolicy ReceiveDeadLetterQueueRecords ReceiveQueueRecords RestoreDeadLetterQueueRecords
        StartStreamEncryption StopStreamEncryption SubscribeToShard UpdateAccountSettings UpdateChannel
        UpdateDeadLetterQueueRecordsVisibility UpdateQueue UpdateQueueRecordsVisibility
        UpdateStreamRecordDistributionStrategy UpdateStreamWarmThroughput;
}

impl Operation {
    /// The prefix of X-Amz-Target.
    pub const SERVICE: &'static str = "Kinesis_20131202";

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
