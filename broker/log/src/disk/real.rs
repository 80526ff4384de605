//! The disk of the machine.

use std::fs;
use std::io::{self, IoSlice};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;

use super::{Disk, File, Volume, whole};

/// The file system of the machine; takes nothing and keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

/// An open file of the machine.
#[derive(Debug)]
pub struct RealFile(fs::File);

/// A directory held for this process by an advisory lock on the file `lock` in it.
#[derive(Debug)]
pub struct RealLock {
    _file: fs::File,
}

/// Records and keys are read by whom the process belongs to, and by nobody else.
const OWNER_ONLY: u32 = 0o600;

/// The name of the file whose lock holds a directory; its content means nothing.
const LOCK_NAME: &str = "lock";

impl Disk for RealDisk {
    type File = RealFile;
    type Lock = RealLock;

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(path)? {
            // The log's own names are ASCII; another is nobody's business here.
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn create(&self, path: &Path) -> io::Result<RealFile> {
        let mut options = fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true).mode(OWNER_ONLY).open(path).map(RealFile)
    }

    fn open(&self, path: &Path) -> io::Result<RealFile> {
        fs::OpenOptions::new().read(true).write(true).open(path).map(RealFile)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        fs::File::open(path)?.sync_all()
    }

    fn volume(&self, path: &Path) -> io::Result<Volume> {
        let stat = rustix::fs::statvfs(path)?;
        Ok(Volume { free_bytes: stat.f_bavail * stat.f_frsize, size_bytes: stat.f_blocks * stat.f_frsize })
    }

    fn lock(&self, path: &Path) -> io::Result<RealLock> {
        let mut options = fs::OpenOptions::new();
        let file =
            options.read(true).write(true).create(true).truncate(false).mode(OWNER_ONLY).open(path.join(LOCK_NAME))?;
        file.try_lock().map_err(io::Error::from)?;
        Ok(RealLock { _file: file })
    }
}

impl File for RealFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }

    fn append_at(&self, buffer: &mut Vec<u8>, offset: u64) -> io::Result<usize> {
        Ok(rustix::io::pread(&self.0, rustix::buffer::spare_capacity(buffer), offset)?)
    }

    fn write_at(&self, slices: &[IoSlice<'_>], offset: u64) -> io::Result<usize> {
        Ok(rustix::io::pwritev(&self.0, slices, offset)?)
    }

    fn write_zeros(&self, from: u64, to: u64) -> io::Result<()> {
        let reached = write_zeros_directly(&self.0, from, to)?;
        whole::write_zeros(self, reached, to)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn size_bytes(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn set_size_bytes(&self, size_bytes: u64) -> io::Result<()> {
        self.0.set_len(size_bytes)
    }
}

/// What direct writes begin at and are a multiple of, on every file system that takes them.
const DIRECT_BYTES: u64 = 4096;

/// Zeros at an address that direct writes take. Large enough to be worth a write, small enough that the log's own writes
/// and syncs do not wait long behind one.
#[repr(align(4096))]
struct Zeros([u8; 512 << 10]);

static ZEROS: Zeros = Zeros([0; 512 << 10]);

/// Writes zeros past the page cache, which would take a processor's time for bytes that nobody reads and then be in the
/// way of others. Returns how far it came: not to the end where that is not on a block's boundary, and nowhere on a file
/// system that takes no such writes.
fn write_zeros_directly(file: &fs::File, from: u64, to: u64) -> io::Result<u64> {
    let end = to / DIRECT_BYTES * DIRECT_BYTES;
    if !from.is_multiple_of(DIRECT_BYTES) {
        return Ok(from);
    }
    let flags = fcntl_getfl(file)?;
    if fcntl_setfl(file, flags | OFlags::DIRECT).is_err() {
        return Ok(from);
    }
    let outcome = write_pieces(from, end, |zeros, offset| file.write_at(zeros, offset));
    fcntl_setfl(file, flags)?;
    outcome
}

/// Writes zeros piece by piece and returns how far it came: not to the end where a piece was cut short, or is refused for
/// another reason than the disk's. A short one may have left the boundary; the rest is written like any other bytes.
fn write_pieces(from: u64, end: u64, mut write: impl FnMut(&[u8], u64) -> io::Result<usize>) -> io::Result<u64> {
    let mut offset = from;
    while offset < end {
        let step = usize::try_from((end - offset).min(ZEROS.0.len() as u64)).expect("at most the buffer");
        match write(&ZEROS.0[..step], offset) {
            Ok(written) if written < step => return Ok(offset + written as u64),
            Ok(written) => offset += written as u64,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if super::is_full(&error) || error.raw_os_error() == Some(Errno::IO.raw_os_error()) => {
                return Err(error);
            }
            Err(_) => return Ok(offset),
        }
    }
    Ok(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECE: u64 = 512 << 10;

    #[test]
    fn zeros_are_written_in_pieces_as_far_as_they_are_taken() {
        let refusal = |errno: Errno| move |at: u64| if at < PIECE { Ok(None) } else { Err(io::Error::from(errno)) };
        let reached = |answer: &dyn Fn(u64) -> io::Result<Option<usize>>| {
            write_pieces(0, 3 * PIECE - 4096, |zeros, at| Ok(answer(at)?.unwrap_or(zeros.len())))
        };
        assert_eq!(reached(&|_| Ok(None)).expect("all"), 3 * PIECE - 4096);
        assert_eq!(reached(&|at| Ok((at > 0).then_some(100))).expect("a short one"), PIECE + 100);
        assert_eq!(reached(&refusal(Errno::INVAL)).expect("no direct writes"), PIECE);
        assert_eq!(reached(&refusal(Errno::OPNOTSUPP)).expect("no direct writes"), PIECE);
        for errno in [Errno::NOSPC, Errno::DQUOT, Errno::IO] {
            assert_eq!(reached(&refusal(errno)).expect_err("the disk's").raw_os_error(), Some(errno.raw_os_error()));
        }
    }

    #[test]
    fn a_file_of_any_length_is_full_of_zeros() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = RealDisk.create(&directory.path().join("next-1")).expect("created");
        for (from, to) in [(0, 4 << 20), (4 << 20, (4 << 20) + 777), ((4 << 20) + 777, 5 << 20)] {
            file.write_zeros(from, to).expect("written");
            assert_eq!(file.size_bytes().expect("a length"), to);
        }
        assert!(whole::read_all(&file).expect("read").iter().all(|byte| *byte == 0));
        assert_eq!(fcntl_getfl(&file.0).expect("flags") & OFlags::DIRECT, OFlags::empty(), "later writes are cached");
    }
}
