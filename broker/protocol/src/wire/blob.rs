//! The bytes of a record as they stand in a request: raw in CBOR, base64 in JSON, decoded straight into the caller's
//! buffer and nowhere else.

use std::borrow::Cow;

use base64_simd::STANDARD;

/// Bytes, not yet decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blob<'a> {
    /// Base64 of the standard alphabet, padded.
    Base64(Cow<'a, [u8]>),
    /// The bytes themselves.
    Raw(Cow<'a, [u8]>),
}

/// A text that is no base64: the request it came in must be read again by `api::explain`, which says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("invalid base64")]
pub struct InvalidBase64;

impl Blob<'_> {
    /// How many bytes it decodes to; exact for valid base64.
    pub fn decoded_len(&self) -> usize {
        match self {
            Self::Raw(bytes) => bytes.len(),
            Self::Base64(text) => {
                let padding = text.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
                (text.len() / 4 * 3).saturating_sub(padding)
            }
        }
    }

    /// Appends the bytes. If the base64 is invalid, nothing has been appended.
    pub fn decode_into(&self, into: &mut Vec<u8>) -> Result<(), InvalidBase64> {
        match self {
            Self::Raw(bytes) => into.extend_from_slice(bytes),
            Self::Base64(text) => STANDARD.decode_append(text, into).map_err(|_| InvalidBase64)?,
        }
        Ok(())
    }

    /// Whether it will decode.
    pub fn is_valid(&self) -> bool {
        match self {
            Self::Raw(_) => true,
            Self::Base64(text) => STANDARD.check(text).is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base64(text: &str) -> Blob<'_> {
        Blob::Base64(Cow::Borrowed(text.as_bytes()))
    }

    #[test]
    fn base64_decodes_to_the_length_it_foretells() {
        for (text, bytes) in
            [("", &b""[..]), ("YQ==", b"a"), ("YWI=", b"ab"), ("YWJj", b"abc"), ("+/+/", &[251, 255, 191])]
        {
            let mut decoded = b"before".to_vec();
            base64(text).decode_into(&mut decoded).expect("valid");
            assert_eq!(&decoded[6..], bytes);
            assert_eq!(base64(text).decoded_len(), bytes.len());
        }
    }

    #[test]
    fn invalid_base64_leaves_the_buffer_as_it_was() {
        let long = format!("{}!===", "A".repeat(1000));
        for text in ["a", "YQ=", "YQ", "=+/=", "+/+=", "YR==", "Y Q=", "YQ==\n", "====", "YQ==YQ==", "-_-_", &long] {
            let mut into = b"before".to_vec();
            assert_eq!(base64(text).decode_into(&mut into), Err(InvalidBase64), "{text}");
            assert_eq!(into, b"before");
            assert!(!base64(text).is_valid());
        }
    }
}
