//! The formats that outlive a release, byte by byte as docs/formats.md has them: pure encoding and decoding.
//!
//! No decoder here panics on any bytes or allocates beyond the order of its input.

mod fields;
mod file_kind;
mod footer;
mod frame;
mod hard_state;
#[cfg(test)]
mod hostile_bytes;
mod row;
mod segment_header;
mod snapshot;
mod state;

pub(crate) use fields::Fields;
pub(crate) use file_kind::FileKind;
pub(crate) use footer::{Counts, Extent, FooterParts, LaneRow, RequestRow, TRAILER_BYTES, Trailer, decode_rows};
pub(crate) use frame::{
    EntryKind, FRAME_BYTES_MAX, FRAME_HEADER_BYTES, Frame, FrameError, FrameHeader, Stamp, encode_tables, frame_bytes,
    padded, parse_tables,
};
pub use hard_state::HardState;
pub(crate) use hard_state::{HARD_STATE_SLOT_BYTES, decode_hard_state, encode_hard_state};
pub(crate) use row::{ROW_BYTES, Row};
pub(crate) use segment_header::{SEGMENT_HEADER_BYTES, SegmentHeader};
pub(crate) use snapshot::Snapshot;
pub(crate) use state::{Content, StoredSection};
