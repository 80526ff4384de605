//! Closing for good: the footer goes behind the last frame, the file is cut there and synced, and readers look the
//! segment up in it from then on. Always the oldest closed segment first: later footers refer to earlier ones.

use std::sync::Arc;

use crate::disk::{Disk, File, write_bytes_at};
use crate::entry::{LaneEnd, Position};
use crate::error::DiskError;
use crate::format::{FooterParts, StoredSection, Trailer};
use crate::segment::{Index, Segment};

use super::jobs::Unfinished;

/// A closed segment that has no footer yet.
#[derive(Debug)]
pub(super) struct Closed<D: Disk> {
    pub(super) segment: Arc<Segment<D>>,
    pub(super) last: Position,
    pub(super) frames_end: u64,
    /// Every lane's end as of its last entry, ascending.
    pub(super) lanes: Vec<(u32, LaneEnd)>,
    /// The caller's state as of its last entry, once given.
    pub(super) state: Option<Vec<StoredSection>>,
}

/// The job of writing one footer.
#[derive(Debug)]
pub(super) struct WriteFooter<D: Disk> {
    pub(super) segment: Arc<Segment<D>>,
    pub(super) last: Position,
    pub(super) frames_end: u64,
    pub(super) lanes: Vec<(u32, LaneEnd)>,
    pub(super) state: Vec<StoredSection>,
}

impl<D: Disk> WriteFooter<D> {
    /// Writes, cuts and syncs. Readers go on meanwhile. On a full volume it is written again, from the same place on.
    pub(super) fn run(&self) -> Result<Option<Trailer>, Unfinished> {
        let Some((file, bytes, trailer)) = self.encode() else {
            return Ok(None);
        };
        let path = &self.segment.path;
        let written = write_bytes_at(&*file, &bytes, self.frames_end).map_err(DiskError::of("write", path));
        written.map_err(Unfinished::of)?;
        let size_bytes = self.frames_end + bytes.len() as u64;
        file.set_size_bytes(size_bytes).map_err(DiskError::of("cut", path)).map_err(Unfinished::of)?;
        file.sync_data().map_err(DiskError::of("sync", path)).map_err(Unfinished::Failed)?;
        Ok(Some(trailer))
    }

    /// `None` where the segment has a footer already.
    fn encode(&self) -> Option<(Arc<D::File>, Vec<u8>, Trailer)> {
        let index = self.segment.index();
        let Index::Memory(file, index) = &*index else {
            return None;
        };
        let lanes = self.lanes.iter().map(|(lane, end)| (*lane, *end, index.rows(*lane))).collect();
        let parts = FooterParts {
            salt: self.segment.header.salt,
            first_index: self.segment.first_index(),
            last: self.last,
            frames_end: self.frames_end,
            counts: *index.counts(),
            lanes,
            requests: index.requests(),
            state: &self.state,
        };
        let (bytes, trailer) = parts.encode();
        Some((Arc::clone(file), bytes, trailer))
    }
}
