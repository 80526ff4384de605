//! The two ids every answer carries, as AWS writes them.

use std::fmt;

use base64_simd::STANDARD;
use http::HeaderValue;

/// What a request is called in answers and logs: `x-amzn-RequestId`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(pub u128);

/// Bytes of `x-amz-id-2` before base64.
const ID_2_BYTES: usize = 72;

/// Where a UUID has its dashes.
const DASHES: [usize; 4] = [8, 13, 18, 23];

impl RequestId {
    /// As a header.
    pub(super) fn header(self) -> HeaderValue {
        HeaderValue::from_bytes(&self.digits()).expect("hexadecimal digits and dashes are header text")
    }

    /// As a UUID is written; by hand, because every answer carries one.
    fn digits(self) -> [u8; 36] {
        let mut digits = [b'-'; 36];
        let mut rest = self.0;
        for place in (0..36).rev().filter(|place| !DASHES.contains(place)) {
            digits[place] = b"0123456789abcdef"[(rest & 0xf) as usize];
            rest >>= 4;
        }
        digits
    }

    /// `x-amz-id-2`: opaque text of AWS's length, derived from the id, so that a request needs no more randomness.
    pub(super) fn id_2(self) -> HeaderValue {
        let mut bytes = [0; ID_2_BYTES];
        let mut word = self.0;
        for chunk in bytes.chunks_exact_mut(8) {
            // An odd multiplier scatters the bits; nothing more is asked of an opaque text.
            word = word.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645).wrapping_add(1);
            chunk.copy_from_slice(&word.to_be_bytes()[..8]);
        }
        HeaderValue::try_from(STANDARD.encode_to_string(bytes)).expect("base64 is header text")
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.digits()).expect("hexadecimal digits and dashes are ASCII"))
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_of_awss_form() {
        let id = RequestId(0x0123_4567_89ab_cdef_0011_2233_4455_6677);
        assert_eq!(id.to_string(), "01234567-89ab-cdef-0011-223344556677");
        assert_eq!(id.id_2().len(), 96);
        assert_ne!(id.id_2(), RequestId(id.0 + 1).id_2());
    }
}
