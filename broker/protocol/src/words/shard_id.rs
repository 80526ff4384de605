//! A shard's id: `shardId-` and its index in twelve decimal digits.

use std::fmt;
use std::str::FromStr;

/// The index of a shard within its stream, in order of creation; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardId(pub u32);

/// A text that is no shard id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a shard id: {0:?}")]
pub struct ParseShardIdError(pub String);

impl fmt::Display for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shardId-{:012}", self.0)
    }
}

/// AWS takes `shardId-000000000003`, `shardId-3` and `3` alike in requests. The index stays below 2^31, because a
/// sequence number carries it as a signed 32-bit field.
impl FromStr for ShardId {
    type Err = ParseShardIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("shardId-").unwrap_or(text);
        let refused = || ParseShardIdError(text.to_owned());
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refused());
        }
        let index: u32 = digits.parse().map_err(|_| refused())?;
        if index > i32::MAX.cast_unsigned() {
            return Err(refused());
        }
        Ok(Self(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_shard_id_is_one_shard() {
        for text in ["shardId-000000000003", "shardId-3", "3", "003"] {
            assert_eq!(text.parse(), Ok(ShardId(3)), "{text}");
        }
        assert_eq!(ShardId(3).to_string(), "shardId-000000000003");
    }

    #[test]
    fn what_is_no_index_is_refused() {
        for text in ["", "shardId-", "shardId--1", "+1", "2147483648", "99999999999999999999", "shard-1"] {
            assert!(text.parse::<ShardId>().is_err(), "{text}");
        }
    }
}
