//! The nouns of Kinesis as types: past the front door no string means a shard, a hash key or a sequence number.

mod arn;
mod hash_key;
mod incarnation;
mod sequence;
mod shard_id;
mod stream_id;

pub use arn::{
    AccountId, ConsumerArn, ConsumerName, ParseArnError, ParseNameError, Partition, Place, Region, ResourceArn,
    StreamArn, StreamName,
};
pub use hash_key::{HashKey, HashKeyRange, ParseHashKeyError};
pub use incarnation::{Incarnation, RangeUuid};
pub use sequence::{ParseSequenceNumberError, SequenceNumber};
pub use shard_id::{ParseShardIdError, ShardId};
pub use stream_id::{ParseStreamIdError, StreamId};

/// Milliseconds since the Unix epoch, as arrival times and creation times are kept everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TimestampMs(pub u64);

impl TimestampMs {
    /// Whole seconds since the epoch: the resolution of a sequence number.
    pub const fn seconds(self) -> u64 {
        self.0 / 1000
    }
}
