//! The API's enums as types, each value verbatim.

use std::str::FromStr;

use crate::wire::{Output, Writer};

/// A text that is none of an enum's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("none of the enum's values")]
pub struct UnknownValue;

macro_rules! enums {
    ($($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident $text:literal,)+ })+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum $name {
                $($(#[$value_doc])* $value,)+
            }

            impl $name {
                /// The texts on the wire, in the order in which AWS lists them.
                pub const TEXTS: &'static [&'static str] = &[$($text),+];

                /// The text on the wire.
                pub const fn text(self) -> &'static str {
                    match self {
                        $(Self::$value => $text,)+
                    }
                }
            }

            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(self.text())
                }
            }

            impl FromStr for $name {
                type Err = UnknownValue;

                fn from_str(text: &str) -> Result<Self, UnknownValue> {
                    match text {
                        $($text => Ok(Self::$value),)+
                        _ => Err(UnknownValue),
                    }
                }
            }

            impl Output for $name {
                fn write(&self, writer: &mut impl Writer) {
                    writer.plain(self.text());
                }
            }
        )+
    };
}

enums! {
    /// How a stream's capacity is chosen.
    StreamMode {
        /// By a number of shards.
        Provisioned "PROVISIONED",
        /// By what it is used for.
        OnDemand "ON_DEMAND",
    }

    /// What a stream is doing.
    StreamStatus {
        /// It is not there yet.
        Creating "CREATING",
        /// It is on its way out.
        Deleting "DELETING",
        /// Nothing is under way.
        Active "ACTIVE",
        /// Its shards are changing.
        Updating "UPDATING",
    }

    /// What a registered consumer is doing.
    ConsumerStatus {
        /// It is not there yet.
        Creating "CREATING",
        /// It is on its way out.
        Deleting "DELETING",
        /// It can read.
        Active "ACTIVE",
    }

    /// How records are spread over shards.
    RecordDistributionStrategy {
        /// By the server, whatever their keys.
        Auto "AUTO",
        /// By their partition keys.
        UserPartitionKey "USER_PARTITION_KEY",
    }

    /// How UpdateShardCount divides the hash keys.
    ScalingType {
        /// Into equal parts.
        Uniform "UNIFORM_SCALING",
    }

    /// Where a shard iterator starts; the order of its texts is the one AWS was recorded with.
    ShardIteratorType {
        /// After a record.
        AfterSequenceNumber "AFTER_SEQUENCE_NUMBER",
        /// After the newest record.
        Latest "LATEST",
        /// At the first record of a time or later.
        AtTimestamp "AT_TIMESTAMP",
        /// At a record.
        AtSequenceNumber "AT_SEQUENCE_NUMBER",
        /// At the oldest record.
        TrimHorizon "TRIM_HORIZON",
    }

    /// Which shards ListShards lists.
    ShardFilterType {
        /// Those after one.
        AfterShardId "AFTER_SHARD_ID",
        /// Those open at the trim horizon.
        AtTrimHorizon "AT_TRIM_HORIZON",
        /// All from the trim horizon on.
        FromTrimHorizon "FROM_TRIM_HORIZON",
        /// Those open now.
        AtLatest "AT_LATEST",
        /// Those open at a time.
        AtTimestamp "AT_TIMESTAMP",
        /// All from a time on.
        FromTimestamp "FROM_TIMESTAMP",
    }

    /// A shard-level metric.
    MetricsName {
        /// Bytes put.
        IncomingBytes "IncomingBytes",
        /// Records put.
        IncomingRecords "IncomingRecords",
        /// Bytes read.
        OutgoingBytes "OutgoingBytes",
        /// Records read.
        OutgoingRecords "OutgoingRecords",
        /// Puts refused for a shard's limit.
        WriteProvisionedThroughputExceeded "WriteProvisionedThroughputExceeded",
        /// Reads refused for a shard's limit.
        ReadProvisionedThroughputExceeded "ReadProvisionedThroughputExceeded",
        /// Age of the last record read.
        IteratorAgeMilliseconds "IteratorAgeMilliseconds",
        /// All of the others.
        All "ALL",
    }

    /// Whether an account is committed to a minimum throughput.
    BillingCommitmentStatus {
        /// It is.
        Enabled "ENABLED",
        /// It is not.
        Disabled "DISABLED",
        /// It is until it may end.
        EnabledUntilEarliestAllowedEnd "ENABLED_UNTIL_EARLIEST_ALLOWED_END",
    }
}
