//! Hash keys: the 128-bit space that the shards of a stream divide among them.

use std::fmt;
use std::str::FromStr;

/// A point in the hash key space: MD5 of a partition key read as a big-endian number, or an explicit hash key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HashKey(pub u128);

/// A text that is no hash key: `0` or up to 39 digits without a leading zero, at most 2^128 - 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseHashKeyError {
    /// Not of the pattern `0|([1-9]\d{0,38})`.
    #[error("not a hash key")]
    Malformed,
    /// Of the pattern, but 2^128 or more.
    #[error("hash key above 2^128-1")]
    TooLarge,
}

impl HashKey {
    /// The hash key of a partition key, as AWS routes it.
    pub fn of_partition_key(partition_key: &str) -> Self {
        Self(u128::from_be_bytes(md5::compute(partition_key.as_bytes()).0))
    }
}

impl fmt::Display for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for HashKey {
    type Err = ParseHashKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let canonical = text == "0" || !text.starts_with('0');
        if !canonical || text.is_empty() || text.len() > 39 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ParseHashKeyError::Malformed);
        }
        text.parse().map(Self).map_err(|_| ParseHashKeyError::TooLarge)
    }
}

/// The hash keys of one shard, both ends inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HashKeyRange {
    /// The first key.
    pub start: HashKey,
    /// The last key, at least `start`.
    pub end: HashKey,
}

impl HashKeyRange {
    /// The whole space.
    pub const WHOLE: Self = Self { start: HashKey(0), end: HashKey(u128::MAX) };

    /// Whether a key lies within.
    pub fn contains(&self, key: HashKey) -> bool {
        self.start <= key && key <= self.end
    }

    /// The part `index` of `count` equal ones: each floor(2^128 / count) keys wide, the last taking the rest, as
    /// CreateStream divides it.
    ///
    /// # Panics
    /// If there is no such part.
    pub fn part(index: u32, count: u32) -> Self {
        assert!(index < count, "part {index} of {count}");
        let width = part_width(count);
        let start = u128::from(index) * width;
        let end = if index + 1 == count { u128::MAX } else { start + (width - 1) };
        Self { start: HashKey(start), end: HashKey(end) }
    }

    /// Whether `other` begins where this ends.
    pub fn is_followed_by(&self, other: &Self) -> bool {
        self.end.0.checked_add(1) == Some(other.start.0)
    }
}

/// floor(2^128 / count) for a count of two or more; for one part the width does not fit and is never used.
fn part_width(count: u32) -> u128 {
    let divisor = u128::from(count);
    let quotient = u128::MAX / divisor;
    if u128::MAX % divisor == divisor - 1 && count > 1 { quotient + 1 } else { quotient }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_tile_the_space_as_aws_divides_it() {
        for count in [1_u32, 2, 3, 4, 5, 7, 16, 1000, 10_000] {
            let parts: Vec<_> = (0..count).map(|index| HashKeyRange::part(index, count)).collect();
            assert_eq!(parts[0].start, HashKey(0));
            assert_eq!(parts[parts.len() - 1].end, HashKey(u128::MAX));
            assert!(parts.windows(2).all(|pair| pair[0].is_followed_by(&pair[1])), "{count}");
        }
        assert_eq!(HashKeyRange::part(0, 4).end.to_string(), "85070591730234615865843651857942052863");
        assert_eq!(HashKeyRange::part(0, 3).end.to_string(), "113427455640312821154458202477256070484");
    }

    #[test]
    fn a_partition_key_hashes_as_aws_hashes_it() {
        assert_eq!(HashKey::of_partition_key("a").to_string(), "16955237001963240173058271559858726497");
    }

    #[test]
    fn only_canonical_decimals_are_hash_keys() {
        assert_eq!("0".parse(), Ok(HashKey(0)));
        assert_eq!(u128::MAX.to_string().parse(), Ok(HashKey(u128::MAX)));
        assert_eq!("340282366920938463463374607431768211456".parse::<HashKey>(), Err(ParseHashKeyError::TooLarge));
        for text in ["", "00", "01", "-1", "+1", "1e3", " 1", &"9".repeat(40)] {
            assert_eq!(text.parse::<HashKey>(), Err(ParseHashKeyError::Malformed), "{text}");
        }
    }
}
