//! CBOR as AWS writes it: structures and lists of indefinite length, blobs as byte strings, timestamps as tag 1 and
//! integer milliseconds.

use minicbor::Encoder;
use minicbor::data::IanaTag;

use super::Writer;
use crate::words::TimestampMs;

/// Appends one CBOR document to a buffer.
#[derive(Debug)]
pub struct CborWriter<'o> {
    cbor: Encoder<&'o mut Vec<u8>>,
}

/// Why nothing here can fail.
const INFALLIBLE: &str = "a Vec takes every byte";

impl<'o> CborWriter<'o> {
    /// A document that begins where the buffer ends.
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        Self { cbor: Encoder::new(out) }
    }
}

impl Writer for CborWriter<'_> {
    #[inline]
    fn begin_map(&mut self) {
        self.cbor.begin_map().expect(INFALLIBLE);
    }

    #[inline]
    fn end_map(&mut self) {
        self.cbor.end().expect(INFALLIBLE);
    }

    #[inline]
    fn begin_list(&mut self) {
        self.cbor.begin_array().expect(INFALLIBLE);
    }

    #[inline]
    fn end_list(&mut self) {
        self.cbor.end().expect(INFALLIBLE);
    }

    #[inline]
    fn name(&mut self, name: &str) {
        self.cbor.str(name).expect(INFALLIBLE);
    }

    #[inline]
    fn key(&mut self, key: &str) {
        self.cbor.str(key).expect(INFALLIBLE);
    }

    #[inline]
    fn text(&mut self, text: &str) {
        self.cbor.str(text).expect(INFALLIBLE);
    }

    #[inline]
    fn plain(&mut self, text: &str) {
        self.cbor.str(text).expect(INFALLIBLE);
    }

    #[inline]
    fn integer(&mut self, value: i64) {
        self.cbor.i64(value).expect(INFALLIBLE);
    }

    #[inline]
    fn boolean(&mut self, value: bool) {
        self.cbor.bool(value).expect(INFALLIBLE);
    }

    #[inline]
    fn timestamp(&mut self, at: TimestampMs) {
        self.cbor.tag(IanaTag::Timestamp).and_then(|cbor| cbor.u64(at.0)).expect(INFALLIBLE);
    }

    #[inline]
    fn blob(&mut self, bytes: &[u8]) {
        self.cbor.bytes(bytes).expect(INFALLIBLE);
    }
}
