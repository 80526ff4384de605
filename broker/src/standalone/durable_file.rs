//! Small files that are replaced whole: after a crash a reader finds the old content or the new, never a part.

use std::io;
use std::path::{Path, PathBuf};

use forebay_log::{Disk, File, read_all, write_bytes_at};

/// What a replacement is written under until it is whole.
const STAGED: &str = "new";

/// Replaces `path` with `content`, synced, by a rename within its directory. After an error either may be found.
pub(crate) fn replace<D: Disk>(disk: &D, path: &Path, content: &[u8]) -> io::Result<()> {
    let staged = staged(path);
    // Not the file of a try before, of which a sync that failed says nothing.
    unlink(disk, &staged)?;
    let file = disk.create(&staged)?;
    write_bytes_at(&file, content, 0)?;
    file.sync_data()?;
    disk.rename(&staged, path)?;
    disk.sync_dir(directory(path))
}

/// Removes `path` and what a replacement left of it, synced; nothing there is no error.
pub(crate) fn remove<D: Disk>(disk: &D, path: &Path) -> io::Result<()> {
    unlink(disk, &staged(path))?;
    unlink(disk, path)?;
    disk.sync_dir(directory(path))
}

fn unlink<D: Disk>(disk: &D, path: &Path) -> io::Result<()> {
    match disk.unlink(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The content, or nothing if there is no such file.
pub(crate) fn read<D: Disk>(disk: &D, path: &Path) -> io::Result<Option<String>> {
    let file = match disk.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let text = String::from_utf8(read_all(&file)?);
    text.map(Some).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

fn staged(path: &Path) -> PathBuf {
    let mut staged = path.as_os_str().to_owned();
    staged.push(".");
    staged.push(STAGED);
    staged.into()
}

fn directory(path: &Path) -> &Path {
    path.parent().expect("a file has a directory")
}

#[cfg(test)]
mod tests {
    use forebay_log::RealDisk;

    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_removed_once() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("installation.json");
        assert_eq!(read(&RealDisk, &path).expect("readable"), None);
        replace(&RealDisk, &path, b"one").expect("written");
        replace(&RealDisk, &path, b"two").expect("replaced");
        assert_eq!(read(&RealDisk, &path).expect("readable").as_deref(), Some("two"));
        assert_eq!(std::fs::read_dir(directory.path()).expect("listed").count(), 1);
        remove(&RealDisk, &path).expect("removed");
        remove(&RealDisk, &path).expect("nothing left to remove");
        assert_eq!(read(&RealDisk, &path).expect("readable"), None);
    }
}
