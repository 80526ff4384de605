//! Removal: a log's directory with all that is in it.

use std::io;
use std::path::Path;

use crate::disk::Disk;
use crate::error::DiskError;
use crate::format::HardState;
use crate::hard_state_file::HardStateFile;
use crate::names;

/// A job that was running may still write a file beside those that are removed; one log has a few jobs at most.
const ROUNDS_MAX: u32 = 8;

/// Removes a log that nobody has open, durably; one that is not there is no error. Cut short, it is to be called again,
/// or the log to be created anew: what is left says that it is not initialised.
pub fn remove<D: Disk>(disk: &D, directory: &Path) -> Result<(), DiskError> {
    for round in 1.. {
        match remove_files(disk, directory) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(error),
        }
        match disk.remove_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty && round < ROUNDS_MAX => {}
            Err(error) => return Err(DiskError::of("remove", directory)(error)),
            Ok(()) => break,
        }
    }
    match directory.parent() {
        Some(above) => disk.sync_dir(above).map_err(DiskError::of("sync", above)),
        None => Ok(()),
    }
}

/// Removes what is in the directory, the hard state last; false where there is no such directory.
fn remove_files<D: Disk>(disk: &D, directory: &Path) -> Result<bool, DiskError> {
    let mut listed = match disk.list(directory) {
        Ok(listed) => listed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(DiskError::of("list", directory)(error)),
    };
    // Over what it was, so that it needs no room.
    if let Some(mut found) = HardStateFile::open(disk, directory)? {
        let state = HardState { initialised: false, ..*found.state() };
        if found.state().initialised {
            found.set(state)?;
        }
    }
    listed.retain(|name| name != names::HARD_STATE);
    for name in &listed {
        unlink(disk, &directory.join(name))?;
    }
    // Before the hard state goes: segments without one are no remains but damage.
    disk.sync_dir(directory).map_err(DiskError::of("sync", directory))?;
    unlink(disk, &directory.join(names::HARD_STATE))?;
    Ok(true)
}

fn unlink<D: Disk>(disk: &D, path: &Path) -> Result<(), DiskError> {
    match disk.unlink(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(DiskError::of("remove", path)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
