//! The footer of a closed segment: what readers and the next start need of it without reading its frames.
//!
//! Lanes, chunk rows by lane, requests, state, and a trailer of fixed size that ends the file. Each part has its own
//! checksum, so that each can be read alone.

use super::state::{SECTION_HEAD_BYTES, StoredSection, encode_state};
use super::{Fields, ROW_BYTES, Row};
use crate::checksum::crc32c;
use crate::entry::{LaneEnd, Position};

/// The trailer ends the file.
pub(crate) const TRAILER_BYTES: usize = 144;
const LANE_BYTES: usize = 32;
const REQUEST_BYTES: usize = 40;
const MAGIC: [u8; 8] = *b"forebayF";
const VERSION: u16 = 1;

/// One lane as of the segment's end, and its chunks in the segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LaneRow {
    pub(crate) lane: u32,
    pub(crate) end: LaneEnd,
    /// Its chunks among the rows: the first, and how many.
    pub(crate) rows_from: u32,
    pub(crate) rows: u32,
    pub(crate) rows_crc32c: u32,
}

/// A request of the segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestRow {
    pub(crate) id: u128,
    /// The entry it is in.
    pub(crate) index: u64,
    /// Where that entry's frame begins.
    pub(crate) frame_offset: u32,
    pub(crate) first_chunk: u32,
    pub(crate) chunks: u32,
}

/// What a segment holds in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) records: u64,
    pub(crate) body_bytes: u64,
    /// The times of its entries; (`u64::MAX`, 0) where it has none.
    pub(crate) oldest_time_ms: u64,
    pub(crate) newest_time_ms: u64,
}

/// The fixed part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trailer {
    /// The salt of the segment this footer is of.
    pub(crate) salt: u64,
    pub(crate) first_index: u64,
    pub(crate) last: Position,
    /// Where the frames end and the footer begins.
    pub(crate) frames_end: u64,
    pub(crate) counts: Counts,
    pub(crate) lanes: u32,
    pub(crate) lanes_crc32c: u32,
    pub(crate) rows: u32,
    pub(crate) requests: u32,
    pub(crate) requests_crc32c: u32,
    pub(crate) sections: u32,
    pub(crate) state_bytes: u64,
    pub(crate) heads_crc32c: u32,
}

/// What a footer is made of.
#[derive(Debug)]
pub(crate) struct FooterParts<'a> {
    pub(crate) salt: u64,
    pub(crate) first_index: u64,
    pub(crate) last: Position,
    pub(crate) frames_end: u64,
    pub(crate) counts: Counts,
    /// Every lane of the log, ascending, each with its chunks in the segment.
    pub(crate) lanes: Vec<(u32, LaneEnd, &'a [Row])>,
    pub(crate) requests: &'a [RequestRow],
    pub(crate) state: &'a [StoredSection],
}

impl FooterParts<'_> {
    /// The footer's bytes, and its trailer as it will be read back.
    pub(crate) fn encode(&self) -> (Vec<u8>, Trailer) {
        let mut rows = Vec::new();
        let mut bytes = Vec::new();
        for (lane, end, its_rows) in &self.lanes {
            let (rows_from, bytes_from) = (rows.len() / ROW_BYTES, rows.len());
            its_rows.iter().for_each(|row| rows.extend_from_slice(&row.encode()));
            let row = LaneRow {
                lane: *lane,
                end: *end,
                rows_from: number(rows_from),
                rows: number(its_rows.len()),
                rows_crc32c: crc32c(&rows[bytes_from..]),
            };
            row.encode(&mut bytes);
        }
        let lanes_crc32c = crc32c(&bytes);
        bytes.append(&mut rows);
        let requests_from = bytes.len();
        self.requests.iter().for_each(|request| request.encode(&mut bytes));
        let requests_crc32c = crc32c(&bytes[requests_from..]);
        let state_from = bytes.len();
        encode_state(&mut bytes, self.state);
        let heads_end = state_from + self.state.len() * SECTION_HEAD_BYTES;
        let trailer = Trailer {
            salt: self.salt,
            first_index: self.first_index,
            last: self.last,
            frames_end: self.frames_end,
            counts: self.counts,
            lanes: number(self.lanes.len()),
            lanes_crc32c,
            rows: number(self.lanes.iter().map(|(_, _, rows)| rows.len()).sum()),
            requests: number(self.requests.len()),
            requests_crc32c,
            sections: number(self.state.len()),
            state_bytes: (bytes.len() - state_from) as u64,
            heads_crc32c: crc32c(&bytes[state_from..heads_end]),
        };
        trailer.encode(&mut bytes);
        (bytes, trailer)
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("a segment holds fewer than 4 billion of anything")
}

impl LaneRow {
    fn encode(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.lane.to_le_bytes());
        into.extend_from_slice(&self.end.next_counter.to_le_bytes());
        into.extend_from_slice(&self.end.last_time_ms.to_le_bytes());
        for field in [self.rows_from, self.rows, self.rows_crc32c] {
            into.extend_from_slice(&field.to_le_bytes());
        }
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        Some(Self {
            lane: fields.u32()?,
            end: LaneEnd { next_counter: fields.u64()?, last_time_ms: fields.u64()? },
            rows_from: fields.u32()?,
            rows: fields.u32()?,
            rows_crc32c: fields.u32()?,
        })
    }
}

impl RequestRow {
    fn encode(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.id.to_le_bytes());
        into.extend_from_slice(&self.index.to_le_bytes());
        for field in [self.frame_offset, self.first_chunk, self.chunks, 0] {
            into.extend_from_slice(&field.to_le_bytes());
        }
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        Some(Self {
            id: fields.u128()?,
            index: fields.u64()?,
            frame_offset: fields.u32()?,
            first_chunk: fields.u32()?,
            chunks: fields.u32()?,
        })
    }
}

/// A part of a footer: where in the file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) offset: u64,
    pub(crate) length_bytes: u64,
}

impl Trailer {
    fn encode(&self, into: &mut Vec<u8>) {
        let start = into.len();
        into.extend_from_slice(&MAGIC);
        into.extend_from_slice(&VERSION.to_le_bytes());
        into.extend_from_slice(&[0; 6]);
        let Counts { records, body_bytes, oldest_time_ms, newest_time_ms } = self.counts;
        for field in [
            self.salt,
            self.first_index,
            self.last.term,
            self.last.index,
            self.frames_end,
            records,
            body_bytes,
            oldest_time_ms,
            newest_time_ms,
            self.state_bytes,
        ] {
            into.extend_from_slice(&field.to_le_bytes());
        }
        let numbers = [self.lanes, self.lanes_crc32c, self.rows, self.requests, self.requests_crc32c, self.sections];
        for field in numbers.into_iter().chain([self.heads_crc32c]) {
            into.extend_from_slice(&field.to_le_bytes());
        }
        into.resize(start + TRAILER_BYTES - 4, 0);
        let crc = crc32c(&into[start..]);
        into.extend_from_slice(&crc.to_le_bytes());
    }

    /// Reads the trailer a file of `size_bytes` ends with; `None` where it is not one or does not fit the file.
    pub(crate) fn decode(bytes: &[u8], size_bytes: u64) -> Option<Self> {
        let (checked, stored) = bytes.split_at_checked(TRAILER_BYTES - 4)?;
        let mut fields = Fields(checked);
        let intact = Fields(stored).u32()? == crc32c(checked) && stored.len() == 4;
        if !intact || fields.array() != Some(MAGIC) || fields.u16() != Some(VERSION) {
            return None;
        }
        fields.bytes(6)?;
        let mut trailer = Self {
            salt: fields.u64()?,
            first_index: fields.u64()?,
            last: Position { term: fields.u64()?, index: fields.u64()? },
            frames_end: fields.u64()?,
            counts: Counts {
                records: fields.u64()?,
                body_bytes: fields.u64()?,
                oldest_time_ms: fields.u64()?,
                newest_time_ms: fields.u64()?,
            },
            state_bytes: fields.u64()?,
            lanes: fields.u32()?,
            lanes_crc32c: fields.u32()?,
            rows: fields.u32()?,
            requests: fields.u32()?,
            requests_crc32c: fields.u32()?,
            sections: fields.u32()?,
            heads_crc32c: 0,
        };
        trailer.heads_crc32c = fields.u32()?;
        let state = trailer.state_extent();
        let end = state.offset.checked_add(state.length_bytes)?.checked_add(TRAILER_BYTES as u64)?;
        (end == size_bytes).then_some(trailer)
    }

    /// Where the lanes are.
    pub(crate) const fn lanes_extent(&self) -> Extent {
        Extent { offset: self.frames_end, length_bytes: self.lanes as u64 * LANE_BYTES as u64 }
    }

    /// Where a lane's chunk rows are.
    pub(crate) const fn rows_extent(&self, lane: &LaneRow) -> Extent {
        let rows = self.lanes_extent().end();
        let offset = rows.saturating_add(lane.rows_from as u64 * ROW_BYTES as u64);
        Extent { offset, length_bytes: lane.rows as u64 * ROW_BYTES as u64 }
    }

    /// Where the requests are.
    pub(crate) const fn requests_extent(&self) -> Extent {
        let offset = self.lanes_extent().end().saturating_add(self.rows as u64 * ROW_BYTES as u64);
        Extent { offset, length_bytes: self.requests as u64 * REQUEST_BYTES as u64 }
    }

    /// Where the state is.
    pub(crate) const fn state_extent(&self) -> Extent {
        Extent { offset: self.requests_extent().end(), length_bytes: self.state_bytes }
    }

    /// Reads the lanes; `None` where they are not what was written.
    pub(crate) fn decode_lanes(&self, bytes: &[u8]) -> Option<Vec<LaneRow>> {
        if crc32c(bytes) != self.lanes_crc32c || bytes.len() as u64 != self.lanes_extent().length_bytes {
            return None;
        }
        let lanes: Vec<_> = bytes.chunks_exact(LANE_BYTES).map_while(LaneRow::decode).collect();
        let within = |lane: &LaneRow| u64::from(lane.rows_from) + u64::from(lane.rows) <= u64::from(self.rows);
        let ascending = lanes.is_sorted_by(|one, next| one.lane < next.lane);
        (ascending && lanes.iter().all(within)).then_some(lanes)
    }

    /// Reads the requests; `None` where they are not what was written.
    pub(crate) fn decode_requests(&self, bytes: &[u8]) -> Option<Vec<RequestRow>> {
        let intact = crc32c(bytes) == self.requests_crc32c && bytes.len() as u64 == self.requests_extent().length_bytes;
        intact.then(|| bytes.chunks_exact(REQUEST_BYTES).map_while(RequestRow::decode).collect())
    }

    /// Reads the state; `None` where it is not what was written.
    pub(crate) fn decode_state(&self, bytes: &[u8]) -> Option<Vec<StoredSection>> {
        let heads = bytes.get(..(self.sections as usize).checked_mul(SECTION_HEAD_BYTES)?)?;
        if crc32c(heads) != self.heads_crc32c {
            return None;
        }
        super::state::decode_state(bytes, self.sections as usize)
    }
}

impl Extent {
    const fn end(&self) -> u64 {
        self.offset.saturating_add(self.length_bytes)
    }
}

/// Reads a lane's chunk rows; `None` where they are not what was written.
pub(crate) fn decode_rows(bytes: &[u8], lane: &LaneRow) -> Option<Vec<Row>> {
    let intact = crc32c(bytes) == lane.rows_crc32c && bytes.len() == (lane.rows as usize).checked_mul(ROW_BYTES)?;
    intact.then(|| bytes.chunks_exact(ROW_BYTES).map_while(Row::decode).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Content;
    use bytes::Bytes;

    fn row(first_counter: u64) -> Row {
        let (time_ms, count, offset) = (first_counter * 10, 1, 4200);
        Row { first_counter, time_ms, count, offset, length_bytes: 5, crc32c: 6, codec: 7, flags: 8, key_id: 9 }
    }

    fn footer() -> (Vec<u8>, Trailer) {
        let rows = [row(1), row(2), row(3)];
        let end = |next_counter| LaneEnd { next_counter, last_time_ms: 77 };
        let full = Content::Full(Bytes::from_static(b"topology"));
        FooterParts {
            salt: 5,
            first_index: 10,
            last: Position { term: 2, index: 19 },
            frames_end: 8192,
            counts: Counts { records: 3, body_bytes: 15, oldest_time_ms: 10, newest_time_ms: 30 },
            lanes: vec![(1, end(3), &rows[..2]), (4, end(9), &[]), (6, end(4), &rows[2..])],
            requests: &[RequestRow { id: 1 << 100, index: 12, frame_offset: 4096, first_chunk: 1, chunks: 2 }],
            state: &[StoredSection { id: 1, version: 1, content: full }],
        }
        .encode()
    }

    fn part(bytes: &[u8], extent: Extent) -> &[u8] {
        let from = usize::try_from(extent.offset - 8192).expect("small");
        &bytes[from..from + usize::try_from(extent.length_bytes).expect("small")]
    }

    type Parts = (Vec<LaneRow>, Vec<Row>, Vec<RequestRow>, Vec<StoredSection>);

    /// Everything a footer says, or `None` where any part of it is not intact.
    fn read(bytes: &[u8]) -> Option<Parts> {
        let trailer = &bytes[bytes.len().checked_sub(TRAILER_BYTES)?..];
        let trailer = Trailer::decode(trailer, 8192 + bytes.len() as u64)?;
        let lanes = trailer.decode_lanes(part(bytes, trailer.lanes_extent()))?;
        let mut rows = Vec::new();
        for lane in &lanes {
            rows.extend(decode_rows(part(bytes, trailer.rows_extent(lane)), lane)?);
        }
        let requests = trailer.decode_requests(part(bytes, trailer.requests_extent()))?;
        let state = trailer.decode_state(part(bytes, trailer.state_extent()))?;
        Some((lanes, rows, requests, state))
    }

    #[test]
    fn a_footer_comes_back_as_it_was_written() {
        let (bytes, trailer) = footer();
        let size = 8192 + bytes.len() as u64;
        assert_eq!(Trailer::decode(&bytes[bytes.len() - TRAILER_BYTES..], size), Some(trailer));
        assert_eq!(Trailer::decode(&bytes[bytes.len() - TRAILER_BYTES..], size + 1), None);
        let (lanes, rows, requests, state) = read(&bytes).expect("intact");
        assert_eq!(lanes.iter().map(|lane| (lane.lane, lane.rows)).collect::<Vec<_>>(), [(1, 2), (4, 0), (6, 1)]);
        assert_eq!(rows, [row(1), row(2), row(3)]);
        assert_eq!((requests[0].id, requests[0].index, state.len()), (1 << 100, 12, 1));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let (intact, _) = footer();
        for bit in 0..intact.len() * 8 {
            let mut bytes = intact.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&bytes).is_none(), "bit {bit}");
        }
    }
}
