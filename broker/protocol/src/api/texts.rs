//! AWS's well-known refusals whose texts name what exists: streams, shards, limits. What decides on them lies in the
//! gateway; here is only how they are said.

use super::{ApiError, ErrorCode, StreamStatus};
use crate::words::{AccountId, HashKeyRange, Region, ShardId, StreamName};

/// No stream of this name, or one that is not there yet.
pub fn stream_not_found(stream: &StreamName, account: AccountId) -> ApiError {
    not_found(format!("Stream {stream} under account {account} not found."))
}

/// A shard id that a read names does not exist, or its stream does not.
pub fn shard_does_not_exist(shard: ShardId, stream: &StreamName, account: AccountId) -> ApiError {
    not_found(format!("Shard {shard} in stream {stream} under account {account} does not exist"))
}

/// A text that is no shard id, in any call, or a shard that a reshard names and that does not exist.
pub fn could_not_find_shard(shard: &str, stream: &StreamName, account: AccountId) -> ApiError {
    not_found(format!("Could not find shard {shard} in stream {stream} under account {account}."))
}

/// A stream of this name exists already.
pub fn stream_exists(stream: &StreamName, account: AccountId) -> ApiError {
    in_use(format!("Stream {stream} under account {account} already exists."))
}

/// A stream in another state cannot be resharded.
pub fn stream_not_active(stream: &StreamName, account: AccountId, status: StreamStatus) -> ApiError {
    in_use(format!("Stream {stream} under account {account} not ACTIVE, instead in state {status}"))
}

/// A shard's write or read limit is used up.
pub fn rate_exceeded(shard: ShardId, stream: &StreamName, account: AccountId) -> ApiError {
    let text = format!("Rate exceeded for shard {shard} in stream {stream} under account {account}.");
    ApiError::new(ErrorCode::ProvisionedThroughputExceeded, text)
}

/// An explicit hash key of 2^128 or more.
pub fn explicit_hash_key_out_of_range(text: &str) -> ApiError {
    invalid(format!(
        "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {text}"
    ))
}

/// A SequenceNumberForOrdering that was never issued or lies in the future.
pub fn ordering_invalid(number: &str, stream: &StreamName, account: AccountId) -> ApiError {
    invalid(format!(
        "ExclusiveMinimumSequenceNumber {number} used in PutRecord on stream {stream} under account {account} is \
         invalid."
    ))
}

/// A StartingSequenceNumber that was never issued.
pub fn starting_number_invalid(number: &str, shard: ShardId, stream: &StreamName, account: AccountId) -> ApiError {
    invalid(starting_number(number, shard, stream, account) + ".")
}

/// A StartingSequenceNumber of another stream, or of an earlier one of this name.
pub fn starting_number_foreign(number: &str, shard: ShardId, stream: &StreamName, account: AccountId) -> ApiError {
    invalid(starting_number(number, shard, stream, account) + " because it did not come from this stream.")
}

fn starting_number(number: &str, shard: ShardId, stream: &StreamName, account: AccountId) -> String {
    format!(
        "StartingSequenceNumber {number} used in GetShardIterator on shard {shard} in stream {stream} under account \
         {account} is invalid"
    )
}

/// A StartingSequenceNumber of another shard.
pub fn starting_number_of_other_shard(encoded: ShardId, shard: ShardId) -> ApiError {
    invalid(format!(
        "Invalid StartingSequenceNumber. It encodes {encoded}, while it was used in a call to a shard with {shard}"
    ))
}

/// AFTER_SEQUENCE_NUMBER at a shard's ending sequence number.
pub fn starting_number_is_the_last() -> ApiError {
    ApiError::new(
        ErrorCode::InvalidArgument,
        "Invalid SequenceNumber for ShardIteratorType AFTER_SEQUENCE_NUMBER, SequenceNumber has reached max possible \
         value for the shard.",
    )
}

/// A token that was not issued here, or was changed.
pub fn iterator_invalid() -> ApiError {
    ApiError::new(ErrorCode::InvalidArgument, "Invalid ShardIterator.")
}

/// A shard that is closed already.
pub fn shard_closed(shard: ShardId, stream: &StreamName, account: AccountId) -> ApiError {
    invalid(format!(
        "Shard {shard} in stream {stream} under account {account} has already been merged or split, and thus is not \
         eligible for merging or splitting."
    ))
}

/// A NewStartingHashKey that is not strictly inside its shard, or no hash key at all.
pub fn split_point_invalid(
    key: &str,
    shard: ShardId,
    hash_keys: HashKeyRange,
    stream: &StreamName,
    account: AccountId,
) -> ApiError {
    let HashKeyRange { start, end } = hash_keys;
    invalid(format!(
        "NewStartingHashKey {key} used in SplitShard() on shard {shard} in stream {stream} under account {account} is \
         not both greater than one plus the shard's StartingHashKey {start} and less than the shard's EndingHashKey \
         {end}."
    ))
}

/// Two shards that are no neighbours in the order given.
pub fn shards_not_adjacent(shard: ShardId, other: ShardId, stream: &StreamName, account: AccountId) -> ApiError {
    invalid(format!(
        "Shards {shard} and {other} in stream {stream} under account {account} are not an adjacent pair of shards \
         eligible for merging"
    ))
}

/// More shards than an account may have.
pub fn shard_limit(account: AccountId, region: &Region, current: u32, limit: u32, additional: u32) -> ApiError {
    ApiError::new(
        ErrorCode::LimitExceeded,
        format!(
            "This request would exceed the shard limit for the account {account} in {region}. Current shard count for \
             the account: {current}. Limit: {limit}. Number of additional shards that would have resulted from this \
             request: {additional}. Refer to the AWS Service Limits page \
             (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to \
             request higher limits."
        ),
    )
}

fn not_found(text: String) -> ApiError {
    ApiError::new(ErrorCode::ResourceNotFound, text)
}

fn in_use(text: String) -> ApiError {
    ApiError::new(ErrorCode::ResourceInUse, text)
}

fn invalid(text: String) -> ApiError {
    ApiError::new(ErrorCode::InvalidArgument, text)
}
