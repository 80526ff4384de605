//! Finding a log's files at a start: every one that must be there is, is this log's, and follows the one before.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::disk::{Disk, File, read_up_to};
use crate::entry::{Owner, Position};
use crate::error::{Damage, DiskError, OpenError, ReadError};
use crate::format::{HardState, SEGMENT_HEADER_BYTES, SegmentHeader, Snapshot, TRAILER_BYTES, Trailer};
use crate::hard_state_file::HardStateFile;
use crate::index::MemoryIndex;
use crate::log::Ownership;
use crate::names;
use crate::segment::{Index, Segment};

/// Reads the hard state and checks whose it is.
pub(crate) fn open_hard_state<D: Disk>(
    disk: &D,
    directory: &Path,
    ownership: Ownership,
) -> Result<HardStateFile<D::File>, OpenError> {
    let Some(found) = HardStateFile::open(disk, directory)? else {
        let names = disk.list(directory).map_err(DiskError::of("list", directory))?;
        if !names.iter().any(|name| names::parse_segment(name).is_some()) {
            return Err(OpenError::NotInitialised(directory.to_owned()));
        }
        return Err(Damage::at(&directory.join(names::HARD_STATE), 0, "neither of its copies is intact").into());
    };
    let HardState { range, incarnation, initialised, owner, .. } = *found.state();
    if (owner, range, incarnation) != (ownership.owner, ownership.range, ownership.incarnation) {
        return Err(OpenError::Other { directory: directory.to_owned(), range, incarnation });
    }
    if !initialised {
        return Err(OpenError::NotInitialised(directory.to_owned()));
    }
    Ok(found)
}

/// Reads the snapshot; `None` where nothing was ever trimmed.
pub(crate) fn read_snapshot<D: Disk>(disk: &D, directory: &Path) -> Result<Option<Snapshot>, ReadError> {
    let path = directory.join(names::SNAPSHOT);
    let file = match disk.open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(DiskError::of("open", &path)(error).into()),
    };
    let size_bytes = file.size_bytes().map_err(DiskError::of("measure", &path))?;
    let length = usize::try_from(size_bytes).map_err(|_| Damage::at(&path, 0, "it is too large"))?;
    let bytes = read_up_to(&file, 0, length).map_err(DiskError::of("read", &path))?;
    match Snapshot::decode(&bytes) {
        Some(snapshot) => Ok(Some(snapshot)),
        None => Err(Damage::at(&path, 0, "the checksum of the snapshot fails").into()),
    }
}

/// Opens every segment, oldest first. What lies below the snapshot was trimmed and is removed, like what a start
/// never needs.
pub(crate) fn open_segments<D: Disk>(
    disk: &D,
    directory: &Path,
    ownership: Ownership,
    snapshot: Option<&Snapshot>,
) -> Result<Vec<Arc<Segment<D>>>, OpenError> {
    let before = snapshot.map_or(Position::default(), |snapshot| snapshot.last);
    let mut first_indexes = remove_leftovers(disk, directory, before.index)?;
    first_indexes.sort_unstable();
    let oldest = names::segment(directory, before.index + 1);
    if first_indexes.first() != Some(&(before.index + 1)) {
        return Err(Damage::at(&oldest, 0, "it is missing, and no snapshot stands for it").into());
    }
    let mut segments: Vec<Arc<Segment<D>>> = Vec::with_capacity(first_indexes.len());
    for (at, first_index) in first_indexes.iter().enumerate() {
        let wanted = if at + 1 < first_indexes.len() { Footer::IfIntact } else { Footer::Never };
        let segment = open_segment(disk, names::segment(directory, *first_index), *first_index, ownership, wanted)?;
        segments.push(Arc::new(segment));
    }
    if segments[0].header.previous != before {
        let what = format!("it follows entry {}, and the snapshot ends at another", segments[0].header.previous.index);
        return Err(Damage::at(&oldest, 0, what).into());
    }
    check_footers(&segments)?;
    Ok(segments)
}

/// Removes files no start needs and returns the first indexes of the segments that are left.
fn remove_leftovers<D: Disk>(disk: &D, directory: &Path, trimmed_to: u64) -> Result<Vec<u64>, OpenError> {
    let names = disk.list(directory).map_err(DiskError::of("list", directory))?;
    let (goes, stays): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| {
        names::is_leftover(name) || names::parse_segment(name).is_some_and(|first_index| first_index <= trimmed_to)
    });
    if !goes.is_empty() {
        // The snapshot's name may not be durable yet, and must be before what it stands for goes.
        disk.sync_dir(directory).map_err(DiskError::of("sync", directory))?;
    }
    for name in goes {
        let path = directory.join(name);
        disk.unlink(&path).map_err(DiskError::of("remove", &path))?;
    }
    Ok(stays.iter().filter_map(|name| names::parse_segment(name)).collect())
}

/// Whether a segment may be looked up in its footer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Footer {
    IfIntact,
    /// The newest segment has none.
    Never,
}

fn open_segment<D: Disk>(
    disk: &D,
    path: std::path::PathBuf,
    first_index: u64,
    ownership: Ownership,
    footer: Footer,
) -> Result<Segment<D>, OpenError> {
    let file = disk.open(&path).map_err(DiskError::of("open", &path))?;
    let length = usize::try_from(SEGMENT_HEADER_BYTES).expect("4096");
    let bytes = read_up_to(&file, 0, length).map_err(DiskError::of("read", &path))?;
    let header = SegmentHeader::decode(&bytes).map_err(|what| Damage::at(&path, 0, what))?;
    check_header(&header, first_index, ownership).map_err(|what| Damage::at(&path, 0, what))?;
    let trailer = match footer {
        Footer::Never => None,
        Footer::IfIntact => read_trailer(&file, &header).map_err(DiskError::of("read", &path))?,
    };
    let index = match trailer {
        Some(trailer) => Index::Footer(trailer),
        None => Index::Memory(Arc::new(file), MemoryIndex::default()),
    };
    Ok(Segment::new(header, path, index))
}

fn check_header(header: &SegmentHeader, first_index: u64, ownership: Ownership) -> Result<(), String> {
    let owner: Owner = header.owner;
    if (owner, header.range) != (ownership.owner, ownership.range) {
        return Err(format!("it belongs to range {}", header.range));
    }
    if header.first_index() != first_index {
        return Err(format!("its first entry is {}, not the one its name says", header.first_index()));
    }
    Ok(())
}

fn read_trailer(file: &impl File, header: &SegmentHeader) -> io::Result<Option<Trailer>> {
    let size_bytes = file.size_bytes()?;
    let Some(offset) = size_bytes.checked_sub(TRAILER_BYTES as u64) else {
        return Ok(None);
    };
    let bytes = read_up_to(file, offset, TRAILER_BYTES)?;
    let trailer = Trailer::decode(&bytes, size_bytes);
    Ok(trailer.filter(|trailer| trailer.salt == header.salt && trailer.first_index == header.first_index()))
}

/// Each segment must follow the one before it; where that one has no footer, its replay tells.
fn check_footers<D: Disk>(segments: &[Arc<Segment<D>>]) -> Result<(), OpenError> {
    for pair in segments.windows(2) {
        let previous = pair[1].header.previous;
        if pair[0].trailer().is_some_and(|trailer| trailer.last != previous) {
            let what = format!(
                "it follows entry {} of term {}, which is not the last one before it",
                previous.index, previous.term
            );
            return Err(Damage::at(&pair[1].path, 0, what).into());
        }
    }
    Ok(())
}
