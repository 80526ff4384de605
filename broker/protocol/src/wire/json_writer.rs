//! JSON as AWS writes it: no spaces, blobs in base64, timestamps in seconds with a fraction.

use base64_simd::STANDARD;

use super::Writer;
use crate::words::TimestampMs;

/// Appends one JSON document to a buffer.
#[derive(Debug)]
pub struct JsonWriter<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
}

impl<'o> JsonWriter<'o> {
    /// A document that begins where the buffer ends.
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start }
    }

    /// A comma, if a value came before this one in the same list or structure: no complete value ends in a bracket
    /// that opens, nor in a colon.
    #[inline]
    fn separate(&mut self) {
        let first = self.out.len() == self.start || matches!(self.out.last(), Some(b'{' | b'[' | b':'));
        if !first {
            self.out.push(b',');
        }
    }

    fn quote(&mut self, text: &str) {
        let bytes = text.as_bytes();
        self.out.push(b'"');
        // Nearly every text is free of escapes, and a look without an early end is a few vector instructions.
        if bytes.iter().fold(false, |found, byte| found | needs_escape(*byte)) {
            self.quote_escaped(bytes);
        } else {
            self.out.extend_from_slice(bytes);
        }
        self.out.push(b'"');
    }

    #[cold]
    fn quote_escaped(&mut self, bytes: &[u8]) {
        let mut written = 0;
        for (at, byte) in bytes.iter().enumerate().filter(|(_, byte)| needs_escape(**byte)) {
            self.out.extend_from_slice(&bytes[written..at]);
            self.escape(*byte);
            written = at + 1;
        }
        self.out.extend_from_slice(&bytes[written..]);
    }

    fn escape(&mut self, byte: u8) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let short = match byte {
            b'"' | b'\\' => byte,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0c => b'f',
            _ => {
                let (high, low) = (DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 0xf)]);
                return self.out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
            }
        };
        self.out.extend_from_slice(&[b'\\', short]);
    }
}

fn needs_escape(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

impl Writer for JsonWriter<'_> {
    #[inline]
    fn begin_map(&mut self) {
        self.separate();
        self.out.push(b'{');
    }

    #[inline]
    fn end_map(&mut self) {
        self.out.push(b'}');
    }

    #[inline]
    fn begin_list(&mut self) {
        self.separate();
        self.out.push(b'[');
    }

    #[inline]
    fn end_list(&mut self) {
        self.out.push(b']');
    }

    #[inline]
    fn name(&mut self, name: &str) {
        self.plain(name);
        self.out.push(b':');
    }

    #[inline]
    fn key(&mut self, key: &str) {
        self.text(key);
        self.out.push(b':');
    }

    #[inline]
    fn text(&mut self, text: &str) {
        self.separate();
        self.quote(text);
    }

    #[inline]
    fn plain(&mut self, text: &str) {
        self.separate();
        self.out.push(b'"');
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(b'"');
    }

    #[inline]
    fn integer(&mut self, value: i64) {
        self.separate();
        self.out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    }

    #[inline]
    fn boolean(&mut self, value: bool) {
        self.separate();
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    #[inline]
    fn timestamp(&mut self, at: TimestampMs) {
        self.separate();
        self.out.extend_from_slice(itoa::Buffer::new().format(at.seconds()).as_bytes());
        let fraction = u32::try_from(at.0 % 1000).expect("below 1000");
        if fraction > 0 {
            let digit = |divisor: u32| b"0123456789"[(fraction / divisor % 10) as usize];
            self.out.extend_from_slice(&[b'.', digit(100), digit(10), digit(1)]);
        }
    }

    #[inline]
    fn blob(&mut self, bytes: &[u8]) {
        self.separate();
        // Room for the rest of a record too, so that it is not asked for name by name.
        self.out.reserve(bytes.len().div_ceil(3) * 4 + 512);
        self.out.push(b'"');
        STANDARD.encode_append(bytes, self.out);
        self.out.push(b'"');
    }
}
