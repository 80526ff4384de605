//! Replays one segment: its index, its entries, where it ends, and which frames must be written again.

use std::io;
use std::path::Path;

use bytes::Bytes;

use super::scanner::Scanner;
use super::witness::find_witness;
use crate::disk::File;
use crate::entry::{ChunkHead, LaneEnd, Position, Request};
use crate::error::{Damage, DiskError, ReadError};
use crate::format::{EntryKind, Frame, FrameError, ROW_BYTES, RequestRow, Row, SegmentHeader};
use crate::index::{ByLane, MemoryIndex};
use crate::mutation;

/// An entry found in the log at a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecoveredEntry {
    /// Records: their tables. The lanes' ends already include them.
    Records {
        /// Where the entry stands.
        position: Position,
        /// Its requests.
        requests: Vec<Request>,
        /// Its chunks.
        chunks: Vec<ChunkHead>,
    },
    /// A change of the caller's state.
    Control {
        /// Where the entry stands.
        position: Position,
        /// When it happened, in milliseconds since the Unix epoch.
        time_ms: u64,
        /// The change.
        body: Bytes,
    },
}

impl RecoveredEntry {
    /// Where the entry stands.
    pub const fn position(&self) -> Position {
        match self {
            Self::Records { position, .. } | Self::Control { position, .. } => *position,
        }
    }
}

/// How far a segment is replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// A later segment says which entry is the last; anything before it that is not intact is damage.
    Entry(Position),
    /// The newest segment: up to its torn or clean end.
    Tail,
}

/// What a segment held.
#[derive(Debug)]
pub(crate) struct Replay {
    pub(crate) index: MemoryIndex,
    pub(crate) entries: Vec<RecoveredEntry>,
    /// The last entry; the one before the segment where it is empty.
    pub(crate) last: Position,
    /// Where the last frame ends and the next one goes.
    pub(crate) end: u64,
    /// Every frame: its index and where it begins.
    pub(crate) frames: Vec<(u64, u64)>,
    /// The highest index a frame says was durable; at least the one before the segment.
    pub(crate) durable: u64,
    /// What the index takes in a footer.
    pub(crate) index_bytes: usize,
    /// Why there is no frame at `end`.
    pub(crate) stopped_by: Option<FrameError>,
}

/// Replays a segment and moves the lanes' ends along.
pub(crate) fn replay<F: File>(
    header: &SegmentHeader,
    path: &Path,
    file: &F,
    lanes: &mut ByLane<LaneEnd>,
    until: Until,
) -> Result<Replay, ReadError> {
    let SegmentHeader { salt, previous, .. } = *header;
    let cannot_read = |error: io::Error| ReadError::Disk(DiskError::of("read", path)(error));
    let damage = |offset: u64, what: String| ReadError::Damaged(Damage::at(path, offset, what));
    let mut scanner = Scanner::new(file, salt).map_err(cannot_read)?;
    let mut found = Replay {
        index: MemoryIndex::default(),
        entries: Vec::new(),
        last: previous,
        end: scanner.offset(),
        frames: Vec::new(),
        durable: previous.index,
        index_bytes: 0,
        stopped_by: None,
    };
    while until != Until::Entry(found.last) {
        let begins = scanner.offset();
        let room = begins < scanner.size_bytes();
        match scanner.next().map_err(cannot_read)? {
            Ok(frame) if !continues(&frame, found.last, until) => break,
            Ok(frame) => {
                found.take(&frame, begins, lanes).map_err(|what| damage(begins, what))?;
                found.end = scanner.offset();
            }
            Err(error @ (FrameError::Version(_) | FrameError::Kind(_))) => {
                return Err(damage(begins, error.to_string()));
            }
            Err(error) => {
                found.stopped_by = room.then_some(error);
                break;
            }
        }
    }
    match until {
        Until::Entry(last) if last != found.last => {
            let why = found.stopped_by.map_or_else(|| "it ends early".to_owned(), |error| error.to_string());
            Err(damage(found.end, format!("{why}, and entry {} was durable", found.last.index + 1)))
        }
        Until::Entry(_) => Ok(found),
        Until::Tail => match find_witness(file, salt, found.end, found.last.index + 1).map_err(cannot_read)? {
            Some(_) if mutation::is("no_witness") => Ok(found),
            None => Ok(found),
            Some(witness) => {
                let next = found.last.index + 1;
                let why = found.stopped_by.map_or_else(|| "it ends early".to_owned(), |error| error.to_string());
                Err(damage(found.end, format!("{why}, and the frame at {witness} says entry {next} was durable")))
            }
        },
    }
}

/// Whether the frame is of this log and not left from before a torn tail: the first frame of a lower term than its
/// predecessor ends the log.
fn continues(frame: &Frame<'_>, last: Position, until: Until) -> bool {
    until != Until::Tail || frame.header.stamp.term >= last.term || mutation::is("no_term_check")
}

impl Replay {
    /// Takes a frame in; the error says why it cannot be the next one.
    fn take(&mut self, frame: &Frame<'_>, begins: u64, lanes: &mut ByLane<LaneEnd>) -> Result<(), String> {
        let stamp = frame.header.stamp;
        if stamp.index != self.last.index + 1 || stamp.term < self.last.term && !mutation::is("no_term_check") {
            let Position { term, index } = self.last;
            let Position { term: its_term, index: its_index } = Position { term: stamp.term, index: stamp.index };
            return Err(format!("entry {its_index} of term {its_term} follows entry {index} of term {term}"));
        }
        let position = Position { term: stamp.term, index: stamp.index };
        let entry = match frame.kind {
            EntryKind::Control => {
                frame.chunks().for_each(|chunk| self.index.push_time(chunk.time_ms));
                control(frame, position)
            }
            EntryKind::Records => {
                if frame.counts() {
                    self.index_chunks(frame, begins, lanes)?;
                }
                records(frame, position)
            }
        };
        self.entries.push(entry);
        self.frames.push((position.index, begins));
        self.last = position;
        self.durable = self.durable.max(stamp.durable);
        Ok(())
    }

    fn index_chunks(&mut self, frame: &Frame<'_>, begins: u64, lanes: &mut ByLane<LaneEnd>) -> Result<(), String> {
        for (chunk, at, _) in frame.bodies() {
            let offset = u32::try_from(begins + at as u64).map_err(|_| "the segment is too large".to_owned())?;
            let end = lanes.entry(chunk.lane).or_insert(LaneEnd { next_counter: chunk.first_counter, last_time_ms: 0 });
            if chunk.first_counter != end.next_counter {
                let (lane, next, first) = (chunk.lane, end.next_counter, chunk.first_counter);
                return Err(format!("lane {lane} goes on at counter {first} and not at {next}"));
            }
            *end = LaneEnd { next_counter: chunk.end_counter(), last_time_ms: chunk.time_ms };
            self.index.push(chunk.lane, Row::of(&chunk, offset));
            self.index_bytes += ROW_BYTES;
        }
        let frame_offset = u32::try_from(begins).map_err(|_| "the segment is too large".to_owned())?;
        for Request { id, first_chunk, chunks } in frame.requests() {
            let index = frame.header.stamp.index;
            self.index.push_request(RequestRow { id, index, frame_offset, first_chunk, chunks });
        }
        Ok(())
    }
}

fn control(frame: &Frame<'_>, position: Position) -> RecoveredEntry {
    let (chunk, _, body) = frame.bodies().next().expect("a control entry has one chunk");
    RecoveredEntry::Control { position, time_ms: chunk.time_ms, body: Bytes::copy_from_slice(body) }
}

/// An entry numbered in another term has no effect: it comes back empty.
fn records(frame: &Frame<'_>, position: Position) -> RecoveredEntry {
    if !frame.counts() {
        return RecoveredEntry::Records { position, requests: Vec::new(), chunks: Vec::new() };
    }
    RecoveredEntry::Records { position, requests: frame.requests().collect(), chunks: frame.chunks().collect() }
}
