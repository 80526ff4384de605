//! Values whose pattern the model gives, but whose meaning decides only later whether they exist.

use std::str::FromStr;

use crate::words::{HashKey, SequenceNumber, ShardId};

/// A text of the model's pattern and what it means, if anything.
///
/// AWS looks for the stream before it says that a shard id, hash key or sequence number names nothing; so the decoder
/// keeps the text, and the answer, which knows the stream, has it for its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed<T> {
    /// It means this.
    Valid(T),
    /// It means nothing; the text as given.
    Invalid(Box<str>),
}

impl<T> Parsed<T> {
    /// The value, or the text that is none.
    pub fn valid(&self) -> Result<&T, &str> {
        match self {
            Self::Valid(value) => Ok(value),
            Self::Invalid(text) => Err(text),
        }
    }
}

macro_rules! parsed {
    ($($word:ty: $parse:expr;)+) => {
        $(impl FromStr for Parsed<$word> {
            type Err = std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let parse: fn(&str) -> Option<$word> = $parse;
                Ok(parse(text).map_or_else(|| Self::Invalid(text.into()), Self::Valid))
            }
        })+
    };
}

parsed! {
    HashKey: |text| text.parse().ok();
    SequenceNumber: |text| text.parse().ok();
    // AWS reads what follows the first dash, whatever precedes it.
    ShardId: |text| text.split_once('-').map_or(text, |(_, digits)| digits).parse().ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_what_follows_the_first_dash() {
        for text in ["shardId-000000000003", "shardId-3", "3", "anything-3", "-0003"] {
            assert_eq!(text.parse(), Ok(Parsed::Valid(ShardId(3))), "{text}");
        }
        for text in ["2147483648", "shardId-002147483648", "ABKLFD8", "2.14E4", "a-b-3", "a-shardId", "-"] {
            assert_eq!(text.parse(), Ok(Parsed::<ShardId>::Invalid(text.into())), "{text}");
        }
    }
}
