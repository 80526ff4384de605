//! A frame: one entry on disk. Header and tables are under one checksum, each chunk's body under its own.

use super::Fields;
use crate::checksum::{crc32c, crc32c_of_two};
use crate::entry::{CONTROL_LANE, Chunk, ChunkHead, Entry, Request};
use crate::mutation;

/// The largest frame: 16 MiB, so that the body of the largest request (10 MiB and its keys) fits with room, and
/// recovery never needs more memory than this for one entry.
pub(crate) const FRAME_BYTES_MAX: u64 = 16 << 20;
/// From the length to the numbers of table rows.
pub(crate) const FRAME_HEADER_BYTES: usize = 68;
const REQUEST_BYTES: usize = 24;
const CHUNK_BYTES: usize = 36;
/// The checksum lies behind the length and covers it.
const LENGTH_BYTES: usize = 4;
const CHECKED_FROM: usize = 8;
const VERSION: u8 = 1;

/// What an entry is, by the number it has on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Records = 1,
    Control = 2,
}

/// The numbers of a frame that do not come from its entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The salt of the segment's life; a frame with another one belongs to an earlier life.
    pub(crate) salt: u64,
    pub(crate) term: u64,
    pub(crate) index: u64,
    /// The highest index known to be committed when this entry's batch was made.
    pub(crate) committed: u64,
    /// The highest index this replica had synced when it wrote the frame.
    pub(crate) durable: u64,
}

/// The fixed part of a frame as its bytes have it; nothing is checked yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    /// From the length field to the last body, without padding.
    pub(crate) length_bytes: u32,
    pub(crate) crc32c: u32,
    pub(crate) kind: u8,
    pub(crate) version: u8,
    pub(crate) reserved: u16,
    pub(crate) stamp: Stamp,
    /// The term in which the entry's counters were assigned.
    pub(crate) built_term: u64,
    pub(crate) requests: u32,
    pub(crate) chunks: u32,
}

/// A frame whose header and tables are intact.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) header: FrameHeader,
    pub(crate) kind: EntryKind,
    requests: &'a [u8],
    chunks: &'a [u8],
    bodies: &'a [u8],
}

/// Why bytes are no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("no frame begins here")]
    Absent,
    #[error("the frame's length is impossible")]
    Length,
    #[error("the frame belongs to an earlier life of the file")]
    Salt,
    #[error("the checksum of the frame's header and tables fails")]
    Header,
    #[error("the tables of the frame contradict each other")]
    Tables,
    #[error("the checksum of chunk {0} fails")]
    Body(usize),
    #[error("the frame is of version {0}, newer than this program reads")]
    Version(u8),
    #[error("the entry is of kind {0}, newer than this program reads")]
    Kind(u8),
}

/// A length rounded up to where the next frame begins.
pub(crate) const fn padded(length_bytes: u64) -> u64 {
    length_bytes.next_multiple_of(8)
}

/// The length of an entry's frame without padding.
pub(crate) fn frame_bytes(entry: &Entry<'_>) -> u64 {
    let (requests, chunks, bodies) = match entry {
        Entry::Records { requests, chunks } => {
            (requests.len(), chunks.len(), chunks.iter().map(|chunk| chunk.body.len() as u64).sum())
        }
        Entry::Control { body, .. } => (0, 1, body.len() as u64),
    };
    (FRAME_HEADER_BYTES + requests * REQUEST_BYTES + chunks * CHUNK_BYTES) as u64 + bodies
}

/// Appends an entry's header and tables; its bodies follow them on disk, in order. The entry's frame is at most
/// [`FRAME_BYTES_MAX`].
pub(crate) fn encode_tables(into: &mut Vec<u8>, entry: &Entry<'_>, stamp: Stamp) {
    let start = into.len();
    let length = u32::try_from(frame_bytes(entry)).expect("the caller bounds the frame");
    let (kind, requests, chunks) = match entry {
        Entry::Records { requests, chunks } => (EntryKind::Records, *requests, *chunks),
        Entry::Control { .. } => (EntryKind::Control, &[][..], &[][..]),
    };
    let chunk_count = if kind == EntryKind::Control { 1 } else { chunks.len() };
    into.reserve(FRAME_HEADER_BYTES + requests.len() * REQUEST_BYTES + chunk_count * CHUNK_BYTES);
    into.extend_from_slice(&length.to_le_bytes());
    into.extend_from_slice(&[0; 4]);
    into.extend_from_slice(&[kind as u8, VERSION, 0, 0]);
    for field in [stamp.salt, stamp.term, stamp.index, stamp.committed, stamp.durable, stamp.term] {
        into.extend_from_slice(&field.to_le_bytes());
    }
    for rows in [requests.len(), chunk_count] {
        into.extend_from_slice(&u32::try_from(rows).expect("rows are fewer than the frame's bytes").to_le_bytes());
    }
    for request in requests {
        into.extend_from_slice(&request.id.to_le_bytes());
        into.extend_from_slice(&request.first_chunk.to_le_bytes());
        into.extend_from_slice(&request.chunks.to_le_bytes());
    }
    match entry {
        Entry::Records { chunks, .. } => chunks.iter().for_each(|chunk| into.extend_from_slice(&chunk_row(chunk))),
        Entry::Control { time_ms, body } => into.extend_from_slice(&chunk_row(&control_chunk(*time_ms, body, stamp))),
    }
    let crc = crc32c_of_two(&into[start..start + LENGTH_BYTES], &into[start + CHECKED_FROM..]);
    into[start + LENGTH_BYTES..start + CHECKED_FROM].copy_from_slice(&crc.to_le_bytes());
}

/// A control entry's body as the one chunk of no lane.
fn control_chunk(time_ms: u64, body: &bytes::Bytes, stamp: Stamp) -> Chunk {
    Chunk {
        lane: CONTROL_LANE,
        first_counter: stamp.index,
        count: 1,
        time_ms,
        crc32c: crc32c(body),
        codec: 0,
        flags: 0,
        key_id: 0,
        body: body.clone(),
    }
}

/// One write of a whole row: field by field it costs five times as much, and an entry may have thousands.
fn chunk_row(chunk: &Chunk) -> [u8; CHUNK_BYTES] {
    let length = u32::try_from(chunk.body.len()).expect("a body is smaller than its frame");
    let mut row = [0; CHUNK_BYTES];
    row[0..4].copy_from_slice(&chunk.lane.to_le_bytes());
    row[4..12].copy_from_slice(&chunk.first_counter.to_le_bytes());
    row[12..16].copy_from_slice(&chunk.count.to_le_bytes());
    row[16..24].copy_from_slice(&chunk.time_ms.to_le_bytes());
    row[24..28].copy_from_slice(&length.to_le_bytes());
    row[28..32].copy_from_slice(&chunk.crc32c.to_le_bytes());
    row[32] = chunk.codec;
    row[33] = chunk.flags;
    row[34..36].copy_from_slice(&chunk.key_id.to_le_bytes());
    row
}

impl FrameHeader {
    /// Reads the fixed part; `None` only if there are not enough bytes for it.
    pub(crate) fn peek(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        Some(Self {
            length_bytes: fields.u32()?,
            crc32c: fields.u32()?,
            kind: fields.u8()?,
            version: fields.u8()?,
            reserved: fields.u16()?,
            stamp: Stamp {
                salt: fields.u64()?,
                term: fields.u64()?,
                index: fields.u64()?,
                committed: fields.u64()?,
                durable: fields.u64()?,
            },
            built_term: fields.u64()?,
            requests: fields.u32()?,
            chunks: fields.u32()?,
        })
    }

    /// How many bytes header and tables take together.
    pub(crate) const fn tables_end(&self) -> u64 {
        FRAME_HEADER_BYTES as u64
            + self.requests as u64 * REQUEST_BYTES as u64
            + self.chunks as u64 * CHUNK_BYTES as u64
    }

    /// Whether the length could be a frame's that ends within `room_bytes`.
    pub(crate) fn fits(&self, room_bytes: u64) -> bool {
        let length = u64::from(self.length_bytes);
        length <= FRAME_BYTES_MAX && length <= room_bytes && self.tables_end() <= length
    }

    /// Whether the checksum is that of the frame's header and tables, which `bytes` begins with.
    pub(crate) fn checks_out(&self, bytes: &[u8]) -> bool {
        let Some(tables) = usize::try_from(self.tables_end()).ok().and_then(|end| bytes.get(CHECKED_FROM..end)) else {
            return false;
        };
        mutation::is("no_crc") || crc32c_of_two(&bytes[..LENGTH_BYTES], tables) == self.crc32c
    }
}

impl<'a> Frame<'a> {
    /// Reads the frame at the front of the bytes and checks header and tables, not the bodies.
    pub(crate) fn parse(bytes: &'a [u8], salt: u64) -> Result<Self, FrameError> {
        let header = FrameHeader::peek(bytes).ok_or(FrameError::Absent)?;
        if header.length_bytes == 0 {
            return Err(FrameError::Absent);
        }
        if !header.fits(bytes.len() as u64) {
            return Err(FrameError::Length);
        }
        if header.stamp.salt != salt {
            return Err(FrameError::Salt);
        }
        if !header.checks_out(bytes) {
            return Err(FrameError::Header);
        }
        let kind = match (header.version, header.reserved, header.kind) {
            (VERSION, 0, 1) => EntryKind::Records,
            (VERSION, 0, 2) => EntryKind::Control,
            (VERSION, 0, kind) => return Err(FrameError::Kind(kind)),
            (version, _, _) => return Err(FrameError::Version(version)),
        };
        Self::split(bytes, header, kind).ok_or(FrameError::Tables)
    }

    /// Cuts the bytes into tables and bodies; `None` where they contradict each other.
    fn split(bytes: &'a [u8], header: FrameHeader, kind: EntryKind) -> Option<Self> {
        let mut fields = Fields(bytes.get(FRAME_HEADER_BYTES..usize::try_from(header.length_bytes).ok()?)?);
        let requests = fields.bytes((header.requests as usize).checked_mul(REQUEST_BYTES)?)?;
        let chunks = fields.bytes((header.chunks as usize).checked_mul(CHUNK_BYTES)?)?;
        let frame = Self { header, kind, requests, chunks, bodies: fields.0 };
        let bodies: u64 = frame.chunks().map(|chunk| u64::from(chunk.length_bytes)).sum();
        let requests_fit = frame
            .requests()
            .all(|request| u64::from(request.first_chunk) + u64::from(request.chunks) <= u64::from(header.chunks));
        let lanes_fit = match kind {
            EntryKind::Control => header.chunks == 1 && frame.chunks().all(|chunk| chunk.lane == CONTROL_LANE),
            EntryKind::Records => frame.chunks().all(|chunk| chunk.lane != CONTROL_LANE),
        };
        (bodies == frame.bodies.len() as u64 && requests_fit && lanes_fit).then_some(frame)
    }

    /// The table of requests.
    pub(crate) fn requests(&self) -> impl ExactSizeIterator<Item = Request> + use<'a> {
        self.requests.chunks_exact(REQUEST_BYTES).map(|row| parse_request_row(row).expect("rows are of this size"))
    }

    /// The table of chunks.
    pub(crate) fn chunks(&self) -> impl ExactSizeIterator<Item = ChunkHead> + use<'a> {
        self.chunks.chunks_exact(CHUNK_BYTES).map(|row| parse_chunk_row(row).expect("rows are of this size"))
    }

    /// Every chunk with its body and where the body begins, counted from the frame's first byte.
    pub(crate) fn bodies(&self) -> impl Iterator<Item = (ChunkHead, usize, &'a [u8])> + use<'a> {
        let mut offset = FRAME_HEADER_BYTES + self.requests.len() + self.chunks.len();
        let mut left = self.bodies;
        self.chunks().map(move |chunk| {
            let (body, rest) = left.split_at(chunk.length_bytes as usize);
            let at = offset;
            left = rest;
            offset += body.len();
            (chunk, at, body)
        })
    }

    /// Checks every body against the checksum its table has.
    pub(crate) fn check_bodies(&self) -> Result<(), FrameError> {
        if mutation::is("no_crc") {
            return Ok(());
        }
        match self.bodies().position(|(chunk, _, body)| crc32c(body) != chunk.crc32c) {
            None => Ok(()),
            Some(chunk) => Err(FrameError::Body(chunk)),
        }
    }

    /// Whether the chunks count: an entry numbered in another term than the one it is logged in has no effect.
    pub(crate) fn counts(&self) -> bool {
        self.header.built_term == self.header.stamp.term
    }
}

/// Reads a frame's header and table of chunks, without its bodies; `None` where they are not intact.
pub(crate) fn parse_tables(bytes: &[u8], salt: u64) -> Option<(FrameHeader, Vec<ChunkHead>)> {
    let header = FrameHeader::peek(bytes)?;
    if header.stamp.salt != salt || !header.checks_out(bytes) {
        return None;
    }
    let chunks_at = FRAME_HEADER_BYTES + (header.requests as usize).checked_mul(REQUEST_BYTES)?;
    let chunks = bytes.get(chunks_at..usize::try_from(header.tables_end()).ok()?)?;
    Some((header, chunks.chunks_exact(CHUNK_BYTES).map_while(parse_chunk_row).collect()))
}

fn parse_request_row(row: &[u8]) -> Option<Request> {
    let mut fields = Fields(row);
    Some(Request { id: fields.u128()?, first_chunk: fields.u32()?, chunks: fields.u32()? })
}

fn parse_chunk_row(row: &[u8]) -> Option<ChunkHead> {
    let mut fields = Fields(row);
    Some(ChunkHead {
        lane: fields.u32()?,
        first_counter: fields.u64()?,
        count: fields.u32()?,
        time_ms: fields.u64()?,
        length_bytes: fields.u32()?,
        crc32c: fields.u32()?,
        codec: fields.u8()?,
        flags: fields.u8()?,
        key_id: fields.u16()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const STAMP: Stamp = Stamp { salt: 77, term: 3, index: 9, committed: 8, durable: 7 };

    fn chunk(lane: u32, first_counter: u64, body: &'static [u8]) -> Chunk {
        let crc32c = crc32c(body);
        let body = Bytes::from_static(body);
        Chunk { lane, first_counter, count: 2, time_ms: 5, crc32c, codec: 1, flags: 2, key_id: 3, body }
    }

    fn records() -> Vec<u8> {
        let chunks = [chunk(4, 10, b"abc"), chunk(5, 0, b""), chunk(4, 12, b"defgh")];
        let requests = [Request { id: 99, first_chunk: 1, chunks: 2 }];
        let mut bytes = Vec::new();
        encode_tables(&mut bytes, &Entry::Records { requests: &requests, chunks: &chunks }, STAMP);
        for chunk in &chunks {
            bytes.extend_from_slice(&chunk.body);
        }
        bytes
    }

    #[test]
    fn a_records_frame_comes_back_as_it_was_written() {
        let bytes = records();
        let frame = Frame::parse(&bytes, 77).expect("intact");
        assert_eq!((frame.kind, frame.header.stamp, frame.header.built_term), (EntryKind::Records, STAMP, 3));
        assert_eq!(frame.requests().collect::<Vec<_>>(), [Request { id: 99, first_chunk: 1, chunks: 2 }]);
        let bodies: Vec<_> =
            frame.bodies().map(|(chunk, at, body)| (chunk.lane, chunk.end_counter(), at, body)).collect();
        assert_eq!(bodies, [(4, 12, 200, &b"abc"[..]), (5, 2, 203, b""), (4, 14, 203, b"defgh")]);
        assert_eq!(frame.check_bodies(), Ok(()));
    }

    #[test]
    fn a_control_frame_is_one_chunk_of_no_lane() {
        let body = Bytes::from_static(b"change");
        let mut bytes = Vec::new();
        let entry = Entry::Control { time_ms: 44, body: &body };
        encode_tables(&mut bytes, &entry, STAMP);
        bytes.extend_from_slice(&body);
        assert_eq!(bytes.len() as u64, frame_bytes(&entry));
        let frame = Frame::parse(&bytes, 77).expect("intact");
        let chunk = frame.chunks().next().expect("one chunk");
        assert_eq!((frame.kind, chunk.lane, chunk.time_ms), (EntryKind::Control, CONTROL_LANE, 44));
        assert_eq!(frame.check_bodies(), Ok(()));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let intact = records();
        for bit in 0..intact.len() * 8 {
            let mut bytes = intact.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let outcome = Frame::parse(&bytes, 77).and_then(|frame| frame.check_bodies());
            assert!(outcome.is_err(), "bit {bit}");
        }
    }

    #[test]
    fn what_is_newer_is_told_from_what_is_damaged() {
        for (at, expected) in [(8, FrameError::Kind(9)), (9, FrameError::Version(9))] {
            let mut bytes = records();
            bytes[at] = 9;
            let end = usize::try_from(FrameHeader::peek(&bytes).expect("long enough").tables_end()).expect("small");
            let crc = crc32c_of_two(&bytes[..4], &bytes[8..end]);
            bytes[4..8].copy_from_slice(&crc.to_le_bytes());
            assert_eq!(Frame::parse(&bytes, 77).map(|_| ()), Err(expected));
        }
    }

    #[test]
    fn a_frame_of_another_life_or_cut_short_is_none() {
        let bytes = records();
        assert_eq!(Frame::parse(&bytes, 78).map(|_| ()), Err(FrameError::Salt));
        assert_eq!(Frame::parse(&bytes[..bytes.len() - 1], 77).map(|_| ()), Err(FrameError::Length));
        assert_eq!(Frame::parse(&bytes[..20], 77).map(|_| ()), Err(FrameError::Absent));
        assert_eq!(Frame::parse(&[0; 100], 77).map(|_| ()), Err(FrameError::Absent));
    }
}
