//! A file of zeros that becomes the next segment.
//!
//! Written and not only reserved: a write into reserved space changes the file system's own records too, and every
//! sync would pay for that.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Disk, File, write_bytes_at};
use crate::error::DiskError;
use crate::format::SegmentHeader;
use crate::index::MemoryIndex;
use crate::mutation;
use crate::names;
use crate::segment::{Index, Segment};

/// What is synced at once: small steps, or the log's own syncs would wait behind all of it.
const STEP_BYTES: u64 = 4 << 20;

/// See the module.
#[derive(Debug)]
pub(crate) struct BlankFile<F> {
    pub(crate) file: F,
    pub(crate) path: PathBuf,
    pub(crate) size_bytes: u64,
}

impl<F: File> BlankFile<F> {
    /// Writes and syncs a file of zeros. On an error the file is removed: the next try is another one, of which a sync
    /// that failed says nothing.
    pub(crate) fn create<D: Disk<File = F>>(disk: &D, path: PathBuf, size_bytes: u64) -> Result<Self, DiskError> {
        let file = disk.create(&path).map_err(DiskError::of("create", &path))?;
        let mut blank = Self { file, path, size_bytes: 0 };
        match blank.fill(size_bytes) {
            Ok(()) => Ok(blank),
            Err(error) => {
                blank.remove(disk);
                Err(error)
            }
        }
    }

    fn fill(&mut self, size_bytes: u64) -> Result<(), DiskError> {
        while self.size_bytes < size_bytes {
            let until = size_bytes.min(self.size_bytes + STEP_BYTES);
            self.file.write_zeros(self.size_bytes, until).map_err(DiskError::of("write", &self.path))?;
            self.file.sync_data().map_err(DiskError::of("sync", &self.path))?;
            self.size_bytes = until;
        }
        Ok(())
    }

    /// Gives its space back. A name that stays is removed at the next start.
    pub(crate) fn remove<D: Disk<File = F>>(self, disk: &D) {
        let _ = disk.unlink(&self.path);
    }

    /// Writes the header of the segment the file is to become, not synced yet.
    pub(crate) fn write_header(&self, header: &SegmentHeader) -> Result<(), DiskError> {
        write_bytes_at(&self.file, &header.encode(), 0).map_err(DiskError::of("write", &self.path))
    }

    /// Makes the header durable. After an error the file is not to be used.
    pub(crate) fn sync_header(&self) -> Result<(), DiskError> {
        self.file.sync_data().map_err(DiskError::of("sync", &self.path))
    }

    /// Gives the file the segment's name, not durable yet. On an error it has the one it had.
    pub(crate) fn rename<D: Disk>(&self, disk: &D, directory: &Path, header: &SegmentHeader) -> Result<(), DiskError> {
        let path = names::segment(directory, header.first_index());
        disk.rename(&self.path, &path).map_err(DiskError::of("rename", &self.path))
    }

    /// The segment that the file is once it has header and name, durable when this returns.
    pub(crate) fn become_segment<D: Disk<File = F>>(
        self,
        disk: &D,
        directory: &Path,
        header: SegmentHeader,
    ) -> Result<(Segment<D>, Arc<F>), DiskError> {
        if !mutation::is("no_directory_sync") {
            disk.sync_dir(directory).map_err(DiskError::of("sync", directory))?;
        }
        let (file, path) = (Arc::new(self.file), names::segment(directory, header.first_index()));
        Ok((Segment::new(header, path, Index::Memory(Arc::clone(&file), MemoryIndex::default())), file))
    }
}
