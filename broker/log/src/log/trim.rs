//! Trimming: whole segments, oldest first. Readers lose sight of them at once; the files go once a snapshot with
//! what they said of the state and the lanes is durable.

use std::path::PathBuf;
use std::sync::Arc;

use crate::disk::{Disk, File, write_bytes_at};
use crate::entry::{LaneEnd, Section};
use crate::error::{DiskError, ReadError};
use crate::format::Snapshot;
use crate::names;
use crate::recovery::read_snapshot;
use crate::segment::{Segment, Shared};

use super::Log;
use super::state::resolve;

impl<D: Disk> Log<D> {
    /// Trims the segments whose entries all lie below `index`: closed ones whose footer is durable. Returns the first
    /// index kept. After a crash they may be back, and are trimmed again.
    pub fn trim_before(&mut self, index: u64) -> u64 {
        let segments = self.shared.segments();
        let goes = |segment: &Segment<D>| segment.trailer().is_some_and(|trailer| trailer.last.index < index);
        let count = segments.iter().take_while(|segment| goes(segment)).count();
        let (trimmed, kept) = segments.split_at(count);
        if count > 0 {
            self.shared.replace_segments(kept.to_vec());
            self.trimmed.extend_from_slice(trimmed);
        }
        kept.first().map_or(1, |segment| segment.first_index())
    }

    pub(super) fn next_trim(&mut self) -> Option<Trim<D>> {
        if self.trimmed.is_empty() {
            return None;
        }
        let segments = std::mem::take(&mut self.trimmed);
        let (disk, directory) = (self.disk.clone(), self.directory.clone());
        Some(Trim { disk, directory, shared: Arc::clone(&self.shared), segments })
    }

    pub(super) fn trim_finished(&mut self, trimmed: &Trimmed<D>) {
        trimmed.0.iter().for_each(|segment| self.shared.let_go(segment));
        self.running.room_was_made();
    }

    /// After a full volume it is tried again: at once, where the blank file's room can be had for it.
    pub(super) fn trim_refused(&mut self, trim: Trim<D>) {
        let later = std::mem::replace(&mut self.trimmed, trim.segments);
        self.trimmed.extend(later);
        if let Some(blank) = self.blank.take() {
            blank.remove(&self.disk);
            self.running.room_is_for_upkeep();
        }
    }
}

/// The job of removing segments.
#[derive(Debug)]
pub(super) struct Trim<D: Disk> {
    disk: D,
    directory: PathBuf,
    shared: Arc<Shared<D>>,
    /// Oldest first; at least one.
    segments: Vec<Arc<Segment<D>>>,
}

/// Segments whose files are gone.
#[derive(Debug)]
pub(super) struct Trimmed<D: Disk>(Vec<Arc<Segment<D>>>);

impl<D: Disk> Trim<D> {
    pub(super) fn run(self) -> Result<Trimmed<D>, Box<(Self, ReadError)>> {
        match self.write_snapshot().and_then(|()| Ok(self.remove()?)) {
            Ok(()) => Ok(Trimmed(self.segments)),
            Err(error) => Err(Box::new((self, error))),
        }
    }

    fn write_snapshot(&self) -> Result<(), ReadError> {
        let newest = self.segments.last().expect("at least one");
        let snapshot = self.snapshot(newest)?;
        let (next, path) = (self.directory.join(names::SNAPSHOT_NEXT), self.directory.join(names::SNAPSHOT));
        let file = self.disk.create(&next).map_err(DiskError::of("create", &next))?;
        write_bytes_at(&file, &snapshot.encode(), 0).map_err(DiskError::of("write", &next))?;
        file.sync_data().map_err(DiskError::of("sync", &next))?;
        self.disk.rename(&next, &path).map_err(DiskError::of("rename", &next))?;
        Ok(self.disk.sync_dir(&self.directory).map_err(DiskError::of("sync", &self.directory))?)
    }

    fn snapshot(&self, newest: &Segment<D>) -> Result<Snapshot, ReadError> {
        let trailer = newest.trailer().expect("only segments with a footer are trimmed");
        let before = read_snapshot(&self.disk, &self.directory)?;
        let lanes = self.shared.footer_lanes(newest, &trailer)?;
        let state = resolve(&self.shared, &self.segments, before.as_ref(), newest)?;
        Ok(Snapshot {
            owner: newest.header.owner,
            range: newest.header.range,
            last: trailer.last,
            lanes: lanes.iter().map(|row| (row.lane, row.end)).collect::<Vec<(u32, LaneEnd)>>(),
            state: state.into_iter().map(|kept| kept.section).collect::<Vec<Section>>(),
        })
    }

    /// A name that comes back after a crash lies below the snapshot, and the next start removes it.
    fn remove(&self) -> Result<(), DiskError> {
        for segment in &self.segments {
            match self.disk.unlink(&segment.path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(DiskError::of("remove", &segment.path)(error));
                }
                _ => {}
            }
        }
        self.disk.sync_dir(&self.directory).map_err(DiskError::of("sync", &self.directory))
    }
}
