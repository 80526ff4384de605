//! Removal: a log's directory with all that is in it.

use std::io;
use std::path::Path;

use crate::disk::Disk;
use crate::error::DiskError;

/// Removes a log that nobody has open, durably; one that is not there is no error. Cut short, it is to be called
/// again: what is left is no log.
pub fn remove<D: Disk>(disk: &D, directory: &Path) -> Result<(), DiskError> {
    match disk.list(directory) {
        Ok(names) => {
            for name in names {
                let path = directory.join(name);
                disk.unlink(&path).map_err(DiskError::of("remove", &path))?;
            }
            disk.remove_dir(directory).map_err(DiskError::of("remove", directory))?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(DiskError::of("list", directory)(error)),
    }
    match directory.parent() {
        Some(above) => disk.sync_dir(above).map_err(DiskError::of("sync", above)),
        None => Ok(()),
    }
}
