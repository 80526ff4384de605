//! The file of the measurements: as long as it will ever be, written and synced beforehand, so that no write grows it or
//! turns an unwritten extent into a written one.

use std::fs::File;
use std::path::Path;

use rustix::fs::{Advice, fadvise, fdatasync};
use rustix::io::Errno;

/// Long enough that a page is not rewritten while its last write is under way.
pub(crate) const SEGMENT_BYTES: u64 = 256 << 20;
/// Long enough that a server which keeps what it is given seldom comes to its end while it is measured.
pub(crate) const LOG_BYTES: u64 = 2 << 30;
/// What the cache holds whole.
const PAGE_BYTES: u64 = ZERO_PAGE.len() as u64;
static ZERO_PAGE: [u8; 4096] = [0; 4096];
const ZEROS_BYTES: usize = 1 << 20;

/// A prewritten file, unlinked as soon as it is open: nothing is left behind, however the run ends.
#[derive(Debug)]
pub(crate) struct Segment {
    /// The file.
    pub(crate) file: File,
    bytes: u64,
    next: u64,
}

impl Segment {
    /// Writes a file of so many bytes in a directory.
    pub(crate) fn prewritten(directory: &Path, bytes: u64) -> std::io::Result<Self> {
        let path = directory.join(format!("forebay-bench-roofline-{}", std::process::id()));
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
        std::fs::remove_file(&path)?;
        let zeros = vec![0; ZEROS_BYTES];
        for offset in (0..bytes).step_by(ZEROS_BYTES) {
            write_all_at(&file, &zeros, offset)?;
        }
        fdatasync(&file)?;
        Ok(Self { file, bytes, next: 0 })
    }

    /// The same, with none of it in the page cache: what is written there takes a page of memory that held something
    /// else, as every byte does that a log keeps.
    pub(crate) fn prewritten_past_the_cache(directory: &Path, bytes: u64) -> std::io::Result<Self> {
        let segment = Self::prewritten(directory, bytes)?;
        fadvise(&segment.file, 0, None, Advice::DontNeed)?;
        Ok(segment)
    }

    /// Zeros from an offset to the end of its page: a page that is written whole need not be read first.
    pub(crate) fn rest_of_page(&self, offset: u64) -> &'static [u8] {
        let end = offset.next_multiple_of(PAGE_BYTES).min(self.bytes);
        &ZERO_PAGE[..usize::try_from(end.saturating_sub(offset)).expect("less than a page")]
    }

    /// Where so many bytes go, 8-aligned as frames are; at the end of the file, from its beginning again.
    pub(crate) fn place(&mut self, bytes: u64) -> u64 {
        if self.next + bytes > self.bytes {
            self.next = 0;
        }
        let offset = self.next;
        self.next = (offset + bytes).next_multiple_of(8);
        offset
    }
}

/// Writes all bytes at an offset.
pub(crate) fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> Result<(), Errno> {
    while !bytes.is_empty() {
        let written = rustix::io::pwrite(file, bytes, offset)?;
        bytes = &bytes[written..];
        offset += written as u64;
    }
    Ok(())
}
