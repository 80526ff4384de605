//! The roll: the old segment is synced, the next one's header written and synced under a name that is never read,
//! then renamed and the directory synced; only then does a frame go into it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Disk, File, write_bytes_at};
use crate::entry::Position;
use crate::error::{DiskError, WriteError};
use crate::format::{HardState, SEGMENT_HEADER_BYTES, SegmentHeader};
use crate::index::MemoryIndex;
use crate::names;
use crate::segment::Segment;

use super::{Log, OpenSegment, Options};

/// One write of zeros.
const ZEROS: [u8; 1 << 16] = [0; 1 << 16];

/// A file of zeros, written and not only reserved: a write into reserved space changes the file system's own
/// records too, and each sync would pay for that.
#[derive(Debug)]
pub(crate) struct BlankFile<F> {
    pub(crate) file: F,
    pub(crate) path: PathBuf,
    pub(crate) size_bytes: u64,
}

impl<F: File> BlankFile<F> {
    /// Writes a file of zeros, not synced yet. On an error the file is removed.
    pub(crate) fn create<D: Disk<File = F>>(disk: &D, path: PathBuf, size_bytes: u64) -> Result<Self, DiskError> {
        let file = disk.create(&path).map_err(DiskError::of("create", &path))?;
        let mut blank = Self { file, path, size_bytes: 0 };
        match blank.fill(size_bytes) {
            Ok(()) => Ok(blank),
            Err(error) => {
                // What is left behind is removed at the next start.
                let _ = disk.unlink(&blank.path);
                Err(error)
            }
        }
    }

    fn fill(&mut self, size_bytes: u64) -> Result<(), DiskError> {
        while self.size_bytes < size_bytes {
            let step = (size_bytes - self.size_bytes).min(ZEROS.len() as u64);
            let zeros = &ZEROS[..usize::try_from(step).expect("at most the buffer")];
            write_bytes_at(&self.file, zeros, self.size_bytes).map_err(DiskError::of("write", &self.path))?;
            self.size_bytes += step;
        }
        Ok(())
    }

    /// Makes the file the segment with this header: durable in content and name when it returns.
    pub(crate) fn become_segment<D: Disk<File = F>>(
        self,
        disk: &D,
        directory: &Path,
        header: SegmentHeader,
    ) -> Result<Segment<F>, RollError> {
        write_bytes_at(&self.file, &header.encode(), 0)
            .map_err(DiskError::of("write", &self.path))
            .map_err(RollError::before)?;
        self.file.sync_data().map_err(DiskError::of("sync", &self.path)).map_err(RollError::Failed)?;
        let path = names::segment(directory, header.first_index());
        disk.rename(&self.path, &path).map_err(DiskError::of("rename", &self.path)).map_err(RollError::Failed)?;
        disk.sync_dir(directory).map_err(DiskError::of("sync", directory)).map_err(RollError::Failed)?;
        Ok(Segment::new(header, path, self.file, MemoryIndex::default()))
    }
}

/// Why there is no next segment.
#[derive(Debug)]
pub(crate) enum RollError {
    /// The volume is full; nothing has changed.
    NoSpace(DiskError),
    /// What the disk holds is unknown.
    Failed(DiskError),
}

impl RollError {
    /// An error before anything that matters was changed.
    pub(crate) fn before(error: DiskError) -> Self {
        if error.is_full() { Self::NoSpace(error) } else { Self::Failed(error) }
    }

    pub(crate) fn into_disk_error(self) -> DiskError {
        match self {
            Self::NoSpace(error) | Self::Failed(error) => error,
        }
    }
}

/// The header of a segment that begins behind `previous`.
pub(crate) fn next_header(options: &mut Options, hard_state: &HardState, previous: Position) -> SegmentHeader {
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
    /// Closes the open segment and begins the next one, with room for a first frame of this size.
    pub(super) fn roll(&mut self, first_frame_bytes: u64) -> Result<(), WriteError> {
        // Also where durability is memory: whatever has a segment behind it is durable, or recovery could not tell.
        self.sync_now()?;
        let blank = self.next_blank(first_frame_bytes).map_err(|error| self.rolled_not(error))?;
        let header = next_header(&mut self.options, self.hard_state.state(), self.last);
        let capacity_bytes = blank.size_bytes;
        let segment = blank
            .become_segment(&self.disk, &self.directory, header)
            .map(Arc::new)
            .map_err(|error| self.rolled_not(error))?;
        let mut segments = self.shared.segments().to_vec();
        segments.push(Arc::clone(&segment));
        self.shared.replace_segments(segments);
        self.open = OpenSegment::new(segment, capacity_bytes);
        Ok(())
    }

    fn rolled_not(&mut self, error: RollError) -> WriteError {
        match error {
            RollError::NoSpace(error) => WriteError::NoSpace(error),
            RollError::Failed(error) => self.fail(error),
        }
    }

    fn next_blank(&mut self, first_frame_bytes: u64) -> Result<BlankFile<D::File>, RollError> {
        let sizes = self.options.sizes;
        self.next_bytes = (self.next_bytes * 2).min(sizes.max_bytes);
        let size_bytes = self.next_bytes.max(SEGMENT_HEADER_BYTES + first_frame_bytes + sizes.min_bytes);
        self.next_number += 1;
        let path = names::next(&self.directory, self.next_number);
        BlankFile::create(&self.disk, path, size_bytes).map_err(RollError::before)
    }
}

impl<D: Disk> OpenSegment<D> {
    /// An empty one.
    pub(super) const fn new(segment: Arc<Segment<D::File>>, capacity_bytes: u64) -> Self {
        Self { segment, offset: SEGMENT_HEADER_BYTES, capacity_bytes, index_bytes: 0, first_time_ms: None }
    }
}
