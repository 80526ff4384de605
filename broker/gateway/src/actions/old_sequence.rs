//! Sequence numbers of AWS's first layout. None was ever issued here; they are read only because AWS tells a number of
//! another shard from one that is none, and small numbers such as `0` and `5` are of this layout.

use std::str::FromStr;

use forebay_protocol::words::ShardId;

/// A number below 2^128 of the first layout: after a constant 1, 36 bits of creation second, 8 bits, 64 random bits and
/// 16 bits of shard index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OldSequenceNumber {
    /// The shard it encodes.
    pub(super) shard: ShardId,
}

/// A number of no layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ParseOldSequenceNumberError;

/// AWS refuses seconds from here on.
const CREATED_S_END: u64 = 16_025_175_000;

impl FromStr for OldSequenceNumber {
    type Err = ParseOldSequenceNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number: u128 = text.parse().map_err(|_| ParseOldSequenceNumberError)?;
        let created_s = u64::try_from(number >> 88 & 0xf_ffff_ffff).map_err(|_| ParseOldSequenceNumberError)?;
        let shard = u32::try_from(number & 0xffff).map_err(|_| ParseOldSequenceNumberError)?;
        if created_s >= CREATED_S_END { Err(ParseOldSequenceNumberError) } else { Ok(Self { shard: ShardId(shard) }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_observed_on_aws_encode_the_shards_it_named() {
        for (text, shard) in [
            ("5", 5),
            ("0", 0),
            ("425352958651173072921826052383309826", 2),
            ("323967779318214083113652499498014277632", 0),
        ] {
            assert_eq!(text.parse(), Ok(OldSequenceNumber { shard: ShardId(shard) }), "{text}");
        }
    }

    #[test]
    fn a_second_beyond_awss_end_is_of_no_layout() {
        let text = "26227199374822427428162556223570313216";
        assert_eq!(text.parse::<OldSequenceNumber>(), Err(ParseOldSequenceNumberError));
        assert_eq!("9".repeat(56).parse::<OldSequenceNumber>(), Err(ParseOldSequenceNumberError));
    }
}
