//! The disk as an argument: what the log asks of a file system, so that a simulated one can own every fault.
//!
//! May not know what the log writes. Nothing here retries: an error goes to the log, which decides.

mod real;
#[cfg(feature = "simulated")]
mod simulated;
mod whole;

use std::fmt;
use std::io::{self, IoSlice};
use std::path::Path;

pub use real::{RealDisk, RealFile, RealLock};
#[cfg(feature = "simulated")]
pub use simulated::{Random, SimulatedDisk, SimulatedFile, SimulatedLock};
pub use whole::{read_all, write_bytes_at};
pub(crate) use whole::{read_exact_at, read_up_to, read_vec_at, write_all_at};

/// A file system. Names become durable by [`Disk::sync_dir`] alone, contents by [`File::sync_data`] alone.
pub trait Disk: Clone + fmt::Debug + Send + Sync + 'static {
    /// An open file.
    type File: File;
    /// Holds a directory for one process; dropping it lets go.
    type Lock: fmt::Debug + Send + 'static;

    /// Makes the directory, and those above it, where they are missing.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// The names in a directory, in no order.
    fn list(&self, path: &Path) -> io::Result<Vec<String>>;
    /// Makes an empty file for reading and writing; an existing one is emptied.
    fn create(&self, path: &Path) -> io::Result<Self::File>;
    /// Opens an existing file for reading and writing.
    fn open(&self, path: &Path) -> io::Result<Self::File>;
    /// Gives a file another name in the same directory, replacing what had it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file's name; open files stay readable.
    fn unlink(&self, path: &Path) -> io::Result<()>;
    /// Removes an empty directory.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a directory durable; the empty path is the directory of the process.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// The volume that holds the directory.
    fn volume(&self, path: &Path) -> io::Result<Volume>;
    /// Takes the directory for this process alone; [`io::ErrorKind::WouldBlock`] where another has it.
    fn lock(&self, path: &Path) -> io::Result<Self::Lock>;
}

/// A file, read and written at offsets; shared between a writer and any number of readers.
pub trait File: fmt::Debug + Send + Sync + 'static {
    /// Reads up to `buffer.len()` bytes; fewer is no error, zero is the end of the file.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Appends to the buffer what fits into its spare capacity; fewer bytes are no error, zero is the end of the file.
    fn append_at(&self, buffer: &mut Vec<u8>, offset: u64) -> io::Result<usize> {
        let length = buffer.len();
        buffer.resize(buffer.capacity(), 0);
        let outcome = self.read_at(&mut buffer[length..], offset);
        buffer.truncate(length + outcome.as_ref().copied().unwrap_or(0));
        outcome
    }
    /// Writes from the front of the slices; may write fewer bytes than they hold.
    fn write_at(&self, slices: &[IoSlice<'_>], offset: u64) -> io::Result<usize>;
    /// Writes zeros from one offset to another, where there was nothing. They may bypass what readers are served from.
    fn write_zeros(&self, from: u64, to: u64) -> io::Result<()> {
        whole::write_zeros(self, from, to)
    }
    /// Makes what was written durable, and the length as far as reading needs it. After an error the content of
    /// the unsynced ranges is unknown, and a later success says nothing about them.
    fn sync_data(&self) -> io::Result<()>;
    /// The length in bytes.
    fn size_bytes(&self) -> io::Result<u64>;
    /// Cuts the file, or extends it with zeros.
    fn set_size_bytes(&self, size_bytes: u64) -> io::Result<()>;
}

/// Bytes of a volume, as an unprivileged process may use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Volume {
    /// Bytes that can still be written.
    pub free_bytes: u64,
    /// Bytes in all.
    pub size_bytes: u64,
}

/// Whether an error says that the volume, or this user's share of it, is full.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
