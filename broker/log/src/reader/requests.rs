//! Which requests were logged of late: what a start needs to answer those who ask again.

use std::sync::Arc;

use crate::disk::{Disk, read_up_to};
use crate::entry::{ChunkHead, Position};
use crate::error::{Damage, DiskError, ReadError};
use crate::format::{FRAME_BYTES_MAX, FRAME_HEADER_BYTES, FrameHeader, RequestRow, parse_tables};
use crate::segment::Segment;

use super::Reader;

/// A request found in a footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRequest {
    /// Its id.
    pub id: u128,
    /// The entry it is in.
    pub position: Position,
    /// Its chunks.
    pub chunks: Vec<ChunkHead>,
}

impl<D: Disk> Reader<D> {
    /// The requests of closed segments that hold anything as late as `since_ms`, newest segment first, in order
    /// within each; at most `requests_max`. Those of segments without a footer are among the recovered entries.
    pub fn requests_since(&self, since_ms: u64, requests_max: usize) -> Result<Vec<KnownRequest>, ReadError> {
        let mut known = Vec::new();
        for segment in self.shared.segments().iter().rev() {
            let Some(trailer) = segment.trailer() else {
                continue;
            };
            if trailer.counts.newest_time_ms < since_ms || known.len() >= requests_max {
                break;
            }
            for row in self.shared.footer_requests(segment, &trailer)? {
                if known.len() < requests_max {
                    known.push(self.request(segment, &row)?);
                }
            }
        }
        Ok(known)
    }

    /// Reads the tables of the entry a request is in.
    fn request(&self, segment: &Arc<Segment<D>>, row: &RequestRow) -> Result<KnownRequest, ReadError> {
        let offset = u64::from(row.frame_offset);
        let file = self.shared.file(segment)?;
        let cannot_read = || DiskError::of("read", &segment.path);
        let header = read_up_to(&*file, offset, FRAME_HEADER_BYTES).map_err(cannot_read())?;
        let header = FrameHeader::peek(&header).filter(|header| header.fits(FRAME_BYTES_MAX));
        let length = usize::try_from(header.map_or(0, |header| header.tables_end())).expect("bounded by a frame");
        let tables = read_up_to(&*file, offset, length).map_err(cannot_read())?;
        let found = parse_tables(&tables, segment.header.salt).and_then(|(header, chunks)| {
            let from = row.first_chunk as usize;
            let chunks = chunks.get(from..from.checked_add(row.chunks as usize)?)?.to_vec();
            let position = Position { term: header.stamp.term, index: header.stamp.index };
            (position.index == row.index).then_some(KnownRequest { id: row.id, position, chunks })
        });
        found.ok_or_else(|| Damage::at(&segment.path, offset, format!("entry {} is not intact", row.index)).into())
    }
}
