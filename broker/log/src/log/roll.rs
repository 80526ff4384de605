//! The roll: the old segment is synced, the next one's header written and synced under a name that is never read,
//! then renamed and the directory synced; only then does a frame go into it.

use std::sync::Arc;

use crate::disk::Disk;
use crate::entry::Position;
use crate::error::{DiskError, WriteError};
use crate::format::{HardState, SEGMENT_HEADER_BYTES, SegmentHeader};
use crate::names;
use crate::segment::Segment;

use super::blank::BlankFile;
use super::footer::Closed;
use super::jobs::Refusal;
use super::{Log, OpenSegment, Options};

/// The header of a segment that begins behind `previous`.
pub(super) fn next_header<D: Disk>(
    options: &mut Options<D>,
    hard_state: &HardState,
    previous: Position,
) -> SegmentHeader {
    SegmentHeader {
        owner: options.ownership.owner,
        range: options.ownership.range,
        // Zero is what a blank file is full of.
        salt: (options.salts)().max(1),
        previous,
        term: hard_state.term,
        vote: hard_state.vote,
    }
}

impl<D: Disk> Log<D> {
    /// Closes the open segment if its first entry is older than `time_ms`: what an idle range holds must become
    /// removable too. Returns whether it did.
    pub fn close_older_than(&mut self, time_ms: u64) -> Result<bool, WriteError> {
        self.check_usable()?;
        let due = self.open.first_time_ms.is_some_and(|first_ms| first_ms < time_ms);
        if due {
            self.roll(0)?;
        }
        Ok(due)
    }

    /// Closes the open segment and begins the next one, with room for a first frame of this size.
    pub(super) fn roll(&mut self, first_frame_bytes: u64) -> Result<(), WriteError> {
        // Also where durability is memory: whatever has a segment behind it is durable, or recovery could not tell.
        self.sync_now()?;
        let blank = self.take_blank(first_frame_bytes)?;
        let header = next_header(&mut self.options, self.hard_state.state(), self.last);
        let capacity_bytes = blank.size_bytes;
        let (segment, file) = self.begin_segment(blank, header)?;
        let segment = Arc::new(segment);
        let mut segments = self.shared.segments().to_vec();
        // Nothing was in it: the new one took its name.
        let replaced = segments.pop_if(|last| last.first_index() == segment.first_index());
        segments.push(Arc::clone(&segment));
        self.shared.replace_segments(segments);
        let opened = OpenSegment::new(segment, file, capacity_bytes);
        let before = std::mem::replace(&mut self.open, opened);
        if replaced.is_none() {
            self.closed.push_back(self.close(before));
        }
        Ok(())
    }

    /// Header, sync, name, sync. Where the volume is full, the file serves the next roll, which writes a header over
    /// what there is of this one.
    fn begin_segment(
        &mut self,
        blank: BlankFile<D::File>,
        header: SegmentHeader,
    ) -> Result<(Segment<D>, Arc<D::File>), WriteError> {
        if let Err(error) = blank.write_header(&header) {
            self.keep_blank(blank);
            return Err(self.no_blank(error));
        }
        blank.sync_header().map_err(|error| self.fail(error))?;
        if let Err(error) = blank.rename(&self.disk, &self.directory, &header) {
            self.keep_blank(blank);
            return Err(self.no_blank(error));
        }
        blank.become_segment(&self.disk, &self.directory, header).map_err(|error| self.fail(error))
    }

    fn close(&self, open: OpenSegment<D>) -> Closed<D> {
        // As readers see them: the writer's own ends already include the entry that made the roll necessary.
        let mut lanes: Vec<_> = self.shared.lanes().iter().map(|(lane, end)| (*lane, *end)).collect();
        lanes.sort_unstable_by_key(|(lane, _)| *lane);
        Closed { segment: open.segment, last: self.last, frames_end: open.offset, lanes, state: None }
    }

    /// The file prewritten in the background if it is ready and large enough, else one written here and now.
    fn take_blank(&mut self, first_frame_bytes: u64) -> Result<BlankFile<D::File>, WriteError> {
        let needed_bytes = SEGMENT_HEADER_BYTES + first_frame_bytes;
        if let Some(blank) = self.blank.take_if(|blank| blank.size_bytes >= needed_bytes) {
            return Ok(blank);
        }
        let sizes = self.options.sizes;
        // While a larger one is on its way, or was refused, the smallest that does: the writer waits for it.
        let smallest = self.running.prewrite.is_some() || self.running.prewrite_refusal != Refusal::None;
        let next_bytes = if smallest { sizes.min_bytes } else { self.next_bytes() };
        let size_bytes = next_bytes.max(needed_bytes + sizes.min_bytes);
        let least_bytes = needed_bytes + sizes.min_bytes;
        let path = self.next_path();
        let created = match BlankFile::create(&self.disk, path, size_bytes) {
            // A full volume gets room by trimming, and trimming needs the old segment closed.
            Err(error) if error.is_full() && size_bytes > least_bytes => {
                let path = self.next_path();
                BlankFile::create(&self.disk, path, least_bytes)
            }
            created => created,
        };
        created.map_err(|error| self.no_blank(error))
    }

    fn no_blank(&mut self, error: DiskError) -> WriteError {
        if error.is_full() { WriteError::NoSpace(error) } else { self.fail(error) }
    }

    /// Keeps a file for the next roll. Of two it is the newer, which is at least as large as what was wanted last.
    pub(super) fn keep_blank(&mut self, blank: BlankFile<D::File>) {
        if let Some(before) = self.blank.replace(blank) {
            before.remove(&self.disk);
        }
    }

    /// The size of the next segment: twice that of the open one while that fills, twice what it holds where it is closed
    /// by age, so that a trickle does not end in the largest segments.
    pub(super) fn next_bytes(&self) -> u64 {
        let sizes = self.options.sizes;
        let OpenSegment { offset, capacity_bytes, .. } = self.open;
        let held_bytes = if offset > capacity_bytes / 2 { capacity_bytes } else { offset };
        (held_bytes * 2).clamp(sizes.min_bytes, sizes.max_bytes.max(sizes.min_bytes))
    }

    /// A name no other file of this process has had.
    pub(super) fn next_path(&mut self) -> std::path::PathBuf {
        self.next_number += 1;
        names::next(&self.directory, self.next_number)
    }
}
