//! Writing again what the disk may hold in memory alone.
//!
//! A sync that failed before a restart may have left bytes that read well and are never written: the system takes
//! them for clean. So everything nothing proves to be durable is written once more, in place, and synced, before
//! anything is shown or acknowledged.

use std::io;
use std::path::Path;

use super::Replay;
use crate::disk::{File, read_exact_at, write_bytes_at};
use crate::error::DiskError;
use crate::format::{SegmentHeader, Trailer};
use crate::mutation;

/// One step.
const STEP_BYTES: u64 = 1 << 20;

/// Writes the newest segment's header and every frame above the highest one a frame says was durable, then syncs.
pub(crate) fn rewrite_unproven<F: File>(
    file: &F,
    path: &Path,
    header: &SegmentHeader,
    newest: &Replay,
) -> Result<(), DiskError> {
    if !mutation::is("no_rewrite") {
        write_bytes_at(file, &header.encode(), 0).map_err(DiskError::of("write", path))?;
        let unproven = newest.frames.iter().find(|(index, _)| *index > newest.durable);
        if let Some((_, from)) = unproven {
            rewrite(file, *from, newest.end).map_err(DiskError::of("write", path))?;
        }
    }
    file.sync_data().map_err(DiskError::of("sync", path))
}

/// Writes the newest footer once more, then syncs: a footer behind it would prove that its own sync had succeeded.
pub(crate) fn rewrite_footer<F: File>(file: &F, path: &Path, trailer: &Trailer) -> Result<(), DiskError> {
    if !mutation::is("no_rewrite") {
        let size_bytes = file.size_bytes().map_err(DiskError::of("measure", path))?;
        rewrite(file, trailer.frames_end, size_bytes).map_err(DiskError::of("write", path))?;
    }
    file.sync_data().map_err(DiskError::of("sync", path))
}

fn rewrite(file: &impl File, from: u64, to: u64) -> io::Result<()> {
    let mut buffer = Vec::new();
    let mut offset = from;
    while offset < to {
        buffer.resize(usize::try_from((to - offset).min(STEP_BYTES)).expect("at most a step"), 0);
        read_exact_at(file, &mut buffer, offset)?;
        write_bytes_at(file, &buffer, offset)?;
        offset += buffer.len() as u64;
    }
    Ok(())
}
