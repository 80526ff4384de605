//! Which HTTP/1.1 requests say their length twice. hyper obeys Transfer-Encoding and takes Content-Length out of what it
//! shows, so the two together, which is how a request is smuggled past a proxy, can only be seen in the bytes. This
//! reads no more of them than it must: the names of headers, and Content-Length to find the next head.
//!
//! A connection's first chunked request is its last (the front door closes after it), so chunks are never followed.

/// Finds the heads of requests in the bytes of a connection.
#[derive(Debug)]
pub(super) struct Framing {
    state: State,
    /// The start of a line that the last bytes ended in.
    line: Vec<u8>,
    length: Option<u64>,
    chunked: bool,
    /// A head said its length twice, or in a way that cannot be followed. Nothing after it is trusted.
    refused: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a request line.
    Between,
    /// Within a head.
    Head,
    /// So many bytes of a body are to come.
    Body(u64),
    /// Chunks, HTTP/2, or what hyper will refuse: there is nothing more to find.
    Done,
}

/// What is known after some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// The bytes ended before a head or in a body.
    Whole,
    /// The bytes ended within a head.
    PartOfHead,
    /// A head says its length twice, or in a way that cannot be followed.
    BothFramings,
}

/// Longer than any line that is looked at; of the others only the start is kept.
const LINE_KEPT_MAX: usize = 64;

/// The first line of the preface of HTTP/2, whose heads are frames.
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0";

impl Framing {
    /// At the start of a connection.
    pub(super) fn new() -> Self {
        Self { state: State::Between, line: Vec::new(), length: None, chunked: false, refused: false }
    }

    /// Reads the next bytes of the connection.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> Seen {
        loop {
            match self.state {
                State::Done => return if self.refused { Seen::BothFramings } else { Seen::Whole },
                State::Body(left) => {
                    let skipped = left.min(bytes.len() as u64);
                    bytes = &bytes[usize::try_from(skipped).expect("no more than the bytes at hand")..];
                    self.state = if left == skipped { State::Between } else { State::Body(left - skipped) };
                    if left > skipped {
                        return Seen::Whole;
                    }
                }
                State::Between | State::Head => {
                    let Some(end) = memchr::memchr(b'\n', bytes) else {
                        self.keep(bytes);
                        let begun = self.state == State::Head || !self.line.is_empty();
                        return if begun { Seen::PartOfHead } else { Seen::Whole };
                    };
                    self.line_ends_with(&bytes[..end]);
                    bytes = &bytes[end + 1..];
                }
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LINE_KEPT_MAX - self.line.len().min(LINE_KEPT_MAX);
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn line_ends_with(&mut self, end: &[u8]) {
        if self.line.is_empty() {
            self.line(end);
        } else {
            self.keep(end);
            let line = std::mem::take(&mut self.line);
            self.line(&line);
        }
    }

    fn line(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match self.state {
            State::Between if line.is_empty() => {}
            State::Between if line == HTTP2_PREFACE => self.state = State::Done,
            State::Between => {
                self.state = State::Head;
                self.length = None;
            }
            State::Head if line.is_empty() => {
                self.refused |= self.chunked && self.length.is_some();
                self.state = match self.length {
                    _ if self.chunked || self.refused => State::Done,
                    Some(length) => State::Body(length),
                    None => State::Between,
                };
            }
            State::Head => self.header(line),
            State::Body(_) | State::Done => {}
        }
    }

    fn header(&mut self, line: &[u8]) {
        // Two letters rule out most headers before their names are looked for.
        if !matches!(line.first(), Some(b'c' | b'C' | b't' | b'T')) {
            return;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return };
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.chunked = true;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            let digits = str::from_utf8(value.trim_ascii()).ok();
            self.length = digits.and_then(|digits| digits.parse().ok());
            // hyper refuses what is no number; what is padded past the end of the kept line cannot be followed here.
            self.refused |= self.length.is_none() || line.len() >= LINE_KEPT_MAX;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Seen::{BothFramings, PartOfHead, Whole};
    use super::*;

    const CASES: &[(&str, &str, Seen)] = &[
        ("a length", "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab", Whole),
        ("no length", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", Whole),
        ("chunks", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", Whole),
        ("length first", "POST / HTTP/1.1\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n", BothFramings),
        ("chunks first", "POST / HTTP/1.1\r\nTRANSFER-ENCODING: x\r\nCONTENT-LENGTH: 2\r\n\r\n", BothFramings),
        ("bare line feeds", "POST / HTTP/1.1\nTransfer-Encoding: chunked\nContent-Length: 2\n\n", BothFramings),
        ("leading empty lines", "\r\n\r\nPOST / HTTP/1.1\r\nTe: x\r\nContent-Length: 0\r\n\r\n", Whole),
        (
            "a body that looks like a head",
            "POST / HTTP/1.1\r\nContent-Length: 26\r\n\r\nTransfer-Encoding: chunked",
            Whole,
        ),
        (
            "behind another request",
            "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcPOST / HTTP/1.1\r\nContent-Length: 3\r\n\
             Transfer-Encoding: chunked\r\n\r\n",
            BothFramings,
        ),
        (
            "behind a request without a body",
            "GET / HTTP/1.1\r\n\r\nPOST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
            BothFramings,
        ),
        (
            "the length of another request",
            "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\nPOST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            Whole,
        ),
        (
            "a head that has not ended",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n",
            PartOfHead,
        ),
        ("a request line that has not ended", "POS", PartOfHead),
        ("a body that has not ended", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab", Whole),
        ("a length that is no number", "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", BothFramings),
        (
            "a length behind more spaces than are kept",
            "POST / HTTP/1.1\r\nContent-Length:                                                        2\r\n\r\n",
            BothFramings,
        ),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Whole),
    ];

    #[test]
    fn both_framings_are_seen_wherever_a_head_stands() {
        for (case, bytes, seen) in CASES {
            assert_eq!(Framing::new().read(bytes.as_bytes()), *seen, "{case}");
        }
    }

    #[test]
    fn it_is_the_same_however_the_bytes_arrive() {
        for (case, bytes, seen) in CASES {
            for size in 1..bytes.len() {
                let mut framing = Framing::new();
                let last = bytes.as_bytes().chunks(size).map(|part| framing.read(part)).last();
                assert_eq!(last, Some(*seen), "{case}, {size} bytes at a time");
            }
        }
    }

    #[test]
    fn a_line_without_an_end_is_not_kept() {
        let mut framing = Framing::new();
        framing.read(b"POST / HTTP/1.1\r\nx: ");
        for _ in 0..1000 {
            assert_eq!(framing.read(&[b'a'; 100]), PartOfHead);
        }
        assert!(framing.line.capacity() <= 2 * LINE_KEPT_MAX);
    }
}
