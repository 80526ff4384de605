//! StreamId: the name of a stream's incarnation in requests, `[a-z0-9]{20}-[a-z0-9]{3}`.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::Incarnation;

/// 23 base-36 digits derived one way from an incarnation: stable for its life, different for a stream made again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId([u8; Self::DIGITS]);

/// A text that is not of the pattern `[a-z0-9]{20}-[a-z0-9]{3}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a stream id: {0:?}")]
pub struct ParseStreamIdError(pub String);

impl StreamId {
    const DIGITS: usize = 23;
    const BEFORE_DASH: usize = 20;

    /// The id of an incarnation. 23 digits hold 118 of the digest's bits: no two of 2^50 streams are likely to meet.
    pub fn of(incarnation: Incarnation) -> Self {
        let digest = Sha256::new().chain_update(b"forebay stream id").chain_update(incarnation.0).finalize();
        let mut head = [0; 16];
        head.copy_from_slice(&digest[..16]);
        let mut rest = u128::from_be_bytes(head);
        let mut digits = [0; Self::DIGITS];
        for digit in &mut digits {
            *digit = b"0123456789abcdefghijklmnopqrstuvwxyz"[(rest % 36) as usize];
            rest /= 36;
        }
        Self(digits)
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = std::str::from_utf8(&self.0).expect("base-36 digits are ASCII");
        let (before, after) = text.split_at(Self::BEFORE_DASH);
        write!(f, "{before}-{after}")
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamId({self})")
    }
}

impl FromStr for StreamId {
    type Err = ParseStreamIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: Option<Vec<u8>> = match text.split_once('-') {
            Some((before, after)) if before.len() == Self::BEFORE_DASH => {
                let digits = before.bytes().chain(after.bytes());
                digits.map(|byte| (byte.is_ascii_lowercase() || byte.is_ascii_digit()).then_some(byte)).collect()
            }
            _ => None,
        };
        let digits = digits.and_then(|digits| digits.try_into().ok());
        digits.map(Self).ok_or_else(|| ParseStreamIdError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_of_the_models_pattern_and_survives_its_text() {
        let id = StreamId::of(Incarnation([7; 16]));
        assert_eq!(id.to_string().len(), 24);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_ne!(id, StreamId::of(Incarnation([8; 16])));
    }

    #[test]
    fn other_patterns_are_refused() {
        for text in
            ["", "-", "abc-def", "ABCDEFGHIJKLMNOPQRST-abc", "abcdefghijklmnopqrst-ab", "abcdefghijklmnopqrst-abcd"]
        {
            assert!(text.parse::<StreamId>().is_err(), "{text}");
        }
    }
}
