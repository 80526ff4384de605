//! Creation: the one place where an empty directory becomes a log. A log never initialises itself at a start.

use std::io;
use std::path::Path;

use crate::disk::Disk;
use crate::entry::{Identity, Position};
use crate::error::{CreateError, Damage, DiskError};
use crate::format::HardState;
use crate::hard_state_file::HardStateFile;
use crate::names;

use super::Options;
use super::blank::BlankFile;
use super::roll::next_header;

/// What creation found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// There was nothing, or what an interrupted creation left.
    Created,
    /// The same range and incarnation were there already; nothing was changed.
    Existed,
}

/// Creates a log with an empty first segment in `directory`, which is made where missing. The same ownership again is
/// no change, another one is refused. `node` is the replica.
pub fn create<D: Disk>(
    disk: &D,
    directory: &Path,
    options: &mut Options<D>,
    node: Identity,
) -> Result<Creation, CreateError> {
    disk.create_dir(directory).map_err(DiskError::of("create", directory))?;
    let _lock = disk.lock(directory).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => CreateError::Locked(directory.to_owned()),
        _ => CreateError::Disk(DiskError::of("lock", directory)(error)),
    })?;
    let ownership = options.ownership;
    let names = disk.list(directory).map_err(DiskError::of("list", directory))?;
    match HardStateFile::open(disk, directory)? {
        Some(mut found) => {
            let HardState { range, incarnation, initialised, .. } = *found.state();
            if (range, incarnation) != (ownership.range, ownership.incarnation) {
                return Err(CreateError::Other { directory: directory.to_owned(), range, incarnation });
            }
            if initialised {
                // It may be in memory alone, left there by a process that ended before its sync.
                found.confirm()?;
                sync(disk, directory)?;
                return Ok(Creation::Existed);
            }
        }
        None if names.iter().any(|name| names::parse_segment(name).is_some()) => {
            let path = directory.join(names::HARD_STATE);
            return Err(Damage::at(&path, 0, "segments lie beside it, and neither of its copies is intact").into());
        }
        None => {}
    }
    remove_remains(disk, directory, &names)?;
    // The name of the directory itself, without which nothing in it would be found.
    if let Some(above) = directory.parent() {
        sync(disk, above)?;
    }
    let state = HardState {
        owner: ownership.owner,
        initialised: false,
        node,
        range: ownership.range,
        incarnation: ownership.incarnation,
        term: 0,
        vote: None,
    };
    let mut hard_state = HardStateFile::create(disk, directory, state)?;
    let header = next_header(options, &state, Position::default());
    let blank = BlankFile::create(disk, names::next(directory, 0), options.sizes.min_bytes)?;
    blank.write_header(&header)?;
    blank.sync_header()?;
    blank.rename(disk, directory, &header)?;
    blank.become_segment(disk, directory, header)?;
    hard_state.set(HardState { initialised: true, ..state })?;
    Ok(Creation::Created)
}

/// Removes what an interrupted creation or removal left; nothing in it is anybody's.
fn remove_remains<D: Disk>(disk: &D, directory: &Path, names: &[String]) -> Result<(), DiskError> {
    let is_remains =
        |name: &&String| names::parse_segment(name).is_some() || names::is_leftover(name) || *name == names::SNAPSHOT;
    for name in names.iter().filter(is_remains) {
        let path = directory.join(name);
        disk.unlink(&path).map_err(DiskError::of("remove", &path))?;
    }
    // Before the hard state is replaced: segments beside a damaged one would not be taken for remains.
    sync(disk, directory)
}

fn sync<D: Disk>(disk: &D, directory: &Path) -> Result<(), DiskError> {
    disk.sync_dir(directory).map_err(DiskError::of("sync", directory))
}
