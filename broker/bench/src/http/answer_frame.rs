//! Where an answer begins and ends in the bytes of a connection. One answer at a time: the client never pipelines.
//!
//! The buffer belongs here so that bytes go from the socket to where they are read without a copy; a chunked body is
//! joined in place.

use std::ops::Range;

/// The smallest read that is offered to the socket: below it, large answers would cost a system call per few KiB.
const READ_BYTES_MIN: usize = 64 << 10;
/// GetRecords answers at most 10 MiB of records, a third more as base64; more than twice that is no Kinesis answer.
const ANSWER_BYTES_MAX: usize = 32 << 20;
/// More headers than any server of this API sends.
const HEADERS_MAX: usize = 48;

/// The bytes received for one answer and how far they have been understood.
#[derive(Debug)]
pub(crate) struct AnswerReader {
    buffer: Vec<u8>,
    filled: usize,
    progress: Progress,
}

#[derive(Debug, Clone, Copy)]
enum Progress {
    Head,
    Sized { head: Head, end: usize },
    Chunked { head: Head, body_end: usize, next: usize },
}

#[derive(Debug, Clone, Copy)]
struct Head {
    status: u16,
    body_start: usize,
    connection: Connection,
}

/// Whether the connection may carry another request after this answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Connection {
    /// It may.
    KeptAlive,
    /// The server said `connection: close`, or speaks HTTP/1.0.
    Closes,
}

/// One whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Where the body lies, for [`AnswerReader::bytes`].
    pub(crate) body: Range<usize>,
    /// Whether the connection may be used again.
    pub(crate) connection: Connection,
}

/// Bytes that are no answer this client can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameError {
    /// Not HTTP/1, or more headers than anyone sends.
    #[error("malformed answer head")]
    Head,
    /// Neither a length nor chunks.
    #[error("answer without length")]
    Unframed,
    /// A chunk size that is no hexadecimal number, or a chunk without its end.
    #[error("malformed chunk")]
    Chunk,
    /// Beyond what the API can answer.
    #[error("answer too large")]
    TooLarge,
}

impl AnswerReader {
    /// An empty reader.
    pub(crate) fn new() -> Self {
        Self { buffer: Vec::new(), filled: 0, progress: Progress::Head }
    }

    /// Where the socket may write next; never empty.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        let wanted = match self.progress {
            Progress::Sized { end, .. } => end.max(self.filled + 1),
            _ => self.filled + READ_BYTES_MIN,
        };
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        &mut self.buffer[self.filled..]
    }

    /// Takes note of `count` bytes written into [`Self::space`] and returns the answer once it is whole.
    pub(crate) fn received(&mut self, count: usize) -> Result<Option<Answer>, FrameError> {
        self.filled += count;
        if self.filled > ANSWER_BYTES_MAX {
            return Err(FrameError::TooLarge);
        }
        if let Progress::Head = self.progress {
            match read_head(&self.buffer[..self.filled])? {
                Some(progress) => self.progress = progress,
                None => return Ok(None),
            }
        }
        match self.progress {
            Progress::Head => Ok(None),
            Progress::Sized { end, .. } if end > ANSWER_BYTES_MAX => Err(FrameError::TooLarge),
            Progress::Sized { head, end } => Ok((self.filled >= end).then(|| head.answer(end))),
            Progress::Chunked { head, body_end, next } => self.join_chunks(head, body_end, next),
        }
    }

    /// Moves each whole chunk to the end of the body joined so far.
    fn join_chunks(&mut self, head: Head, mut body_end: usize, mut next: usize) -> Result<Option<Answer>, FrameError> {
        let answer = loop {
            let waiting = &self.buffer[next..self.filled];
            let Some(line_end) = memchr::memmem::find(waiting, b"\r\n") else { break None };
            let size = chunk_size(&waiting[..line_end])?;
            let data = next + line_end + 2;
            let end = data.checked_add(size).filter(|end| *end <= ANSWER_BYTES_MAX).ok_or(FrameError::TooLarge)?;
            if self.filled < end + 2 {
                break None;
            }
            if &self.buffer[end..end + 2] != b"\r\n" {
                return Err(FrameError::Chunk);
            }
            if size == 0 {
                break Some(head.answer(body_end));
            }
            self.buffer.copy_within(data..end, body_end);
            body_end += size;
            next = end + 2;
        };
        self.progress = Progress::Chunked { head, body_end, next };
        Ok(answer)
    }

    /// The bytes of a body.
    pub(crate) fn bytes(&self, body: &Range<usize>) -> &[u8] {
        &self.buffer[body.clone()]
    }

    /// Forgets the answer, keeps the memory.
    pub(crate) fn reset(&mut self) {
        self.filled = 0;
        self.progress = Progress::Head;
    }
}

impl Head {
    fn answer(self, end: usize) -> Answer {
        Answer { status: self.status, body: self.body_start..end, connection: self.connection }
    }
}

fn read_head(bytes: &[u8]) -> Result<Option<Progress>, FrameError> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(body_start) = response.parse(bytes).map_err(|_| FrameError::Head)? else {
        return Ok(None);
    };
    let status = response.code.ok_or(FrameError::Head)?;
    let value = |name: &str| response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    let is = |name: &str, wanted: &[u8]| value(name).is_some_and(|header| header.value.eq_ignore_ascii_case(wanted));
    let closes = is("connection", b"close") || response.version == Some(0);
    let head = Head { status, body_start, connection: if closes { Connection::Closes } else { Connection::KeptAlive } };
    if is("transfer-encoding", b"chunked") {
        return Ok(Some(Progress::Chunked { head, body_end: body_start, next: body_start }));
    }
    let length = value("content-length").ok_or(FrameError::Unframed)?;
    let length: usize =
        std::str::from_utf8(length.value).ok().and_then(|text| text.trim().parse().ok()).ok_or(FrameError::Head)?;
    let end = body_start.checked_add(length).ok_or(FrameError::TooLarge)?;
    Ok(Some(Progress::Sized { head, end }))
}

/// The size before any extension, in hexadecimal.
fn chunk_size(line: &[u8]) -> Result<usize, FrameError> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
    let text = std::str::from_utf8(digits).map_err(|_| FrameError::Chunk)?;
    usize::from_str_radix(text.trim(), 16).map_err(|_| FrameError::Chunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds the bytes in pieces of `step` and returns the answer's parts.
    fn read(bytes: &[u8], step: usize) -> Result<Option<(u16, Vec<u8>, Connection)>, FrameError> {
        let mut reader = AnswerReader::new();
        for piece in bytes.chunks(step) {
            reader.space()[..piece.len()].copy_from_slice(piece);
            if let Some(answer) = reader.received(piece.len())? {
                return Ok(Some((answer.status, reader.bytes(&answer.body).to_vec(), answer.connection)));
            }
        }
        Ok(None)
    }

    #[test]
    fn an_answer_ends_where_its_head_says_however_it_arrives() {
        let sized = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        let empty = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let chunked =
            b"HTTP/1.1 400 Bad Request\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
        for step in [1, 2, 7, 1000] {
            assert_eq!(read(sized, step), Ok(Some((200, b"hello".to_vec(), Connection::KeptAlive))), "{step}");
            assert_eq!(read(empty, step), Ok(Some((200, Vec::new(), Connection::Closes))), "{step}");
            assert_eq!(read(chunked, step), Ok(Some((400, b"hello".to_vec(), Connection::KeptAlive))), "{step}");
        }
        assert_eq!(read(&sized[..sized.len() - 1], 9), Ok(None));
        assert_eq!(read(&chunked[..chunked.len() - 1], 9), Ok(None));
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        let refused: [(&[u8], FrameError); 5] = [
            (b"SSH-2.0\r\n\r\n", FrameError::Head),
            (b"HTTP/1.1 200 OK\r\n\r\n", FrameError::Unframed),
            (b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n", FrameError::TooLarge),
            (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", FrameError::Chunk),
            (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n", FrameError::Chunk),
        ];
        for (bytes, error) in refused {
            assert_eq!(read(bytes, 1000), Err(error), "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_reader_is_used_again_for_the_next_answer() {
        let mut reader = AnswerReader::new();
        for body in ["first", "second, longer", "3"] {
            let bytes = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            reader.space()[..bytes.len()].copy_from_slice(bytes.as_bytes());
            let answer = reader.received(bytes.len()).expect("well-formed").expect("whole");
            assert_eq!(reader.bytes(&answer.body), body.as_bytes());
            reader.reset();
        }
    }
}
