//! Trimming: whole segments, oldest first. Readers lose sight of them at once; the files go once a snapshot with
//! what they said of the state and the lanes is durable.
//!
//! What expires is removed whether it can be read or not: where the newest segment to go does not tell the state, an
//! older one does, and the rest goes once newer ones do.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Disk, File, write_bytes_at};
use crate::entry::{LaneEnd, Section};
use crate::error::{DiskError, ReadError};
use crate::format::Snapshot;
use crate::names;
use crate::recovery::read_snapshot;
use crate::segment::{Segment, Shared};

use super::Log;
use super::jobs::Unfinished;
use super::state::{Kept, Sources};

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
        let mut segments = std::mem::take(&mut self.unread);
        segments.append(&mut self.trimmed);
        let (disk, directory) = (self.disk.clone(), self.directory.clone());
        Some(Trim { disk, directory, shared: Arc::clone(&self.shared), kept: self.kept.clone(), segments })
    }

    /// `Err` where segments stay, saying why.
    pub(super) fn trim_finished(&mut self, trimmed: Trimmed<D>) -> Result<(), ReadError> {
        if trimmed.removed > 0 {
            self.running.room_was_made();
        }
        match trimmed.left {
            None => Ok(()),
            Some((segments, why)) => {
                self.unread = segments;
                Err(why)
            }
        }
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
    /// The state as the log has it now: what has not changed since need not be read.
    kept: Vec<Kept>,
    /// Oldest first; at least one. They follow what the snapshot there is stands for.
    segments: Vec<Arc<Segment<D>>>,
}

/// What a removal came to.
#[derive(Debug)]
pub(super) struct Trimmed<D: Disk> {
    /// How many files are gone.
    removed: usize,
    /// Those behind them whose files stay, and why.
    left: Option<(Vec<Arc<Segment<D>>>, ReadError)>,
}

/// How many of the oldest segments can go, and what must be durable before; `None` where it is.
struct Summary {
    segments: usize,
    snapshot: Option<Snapshot>,
}

impl<D: Disk> Trim<D> {
    pub(super) fn run(mut self) -> Result<Trimmed<D>, Box<(Self, Unfinished)>> {
        let (Summary { segments, snapshot }, why) = self.summarise();
        if let Err(error) = self.remove_behind(segments, snapshot) {
            return Err(Box::new((self, error)));
        }
        let left = self.segments.split_off(segments);
        let why = why.filter(|_| !left.is_empty());
        Ok(Trimmed { removed: segments, left: why.map(|why| (left, why)) })
    }

    /// The state as of the newest segment of which it can be told, and why of none behind it. One whose footer is
    /// damaged needs none of its own: it goes with one behind it.
    fn summarise(&self) -> (Summary, Option<ReadError>) {
        // Left by a try that met a full volume: a snapshot older than the one there is would have a gap behind it.
        let done = self.segments.partition_point(|segment| segment.is_trimmed());
        let before = read_snapshot(&self.disk, &self.directory);
        let mut why = None;
        for (at, newest) in self.segments.iter().enumerate().skip(done).rev() {
            let segments = &self.segments[done..];
            let snapshot = before.as_ref().map(Option::as_ref);
            let sources = Sources { shared: &self.shared, kept: &self.kept, segments, snapshot };
            match snapshot_as_of(newest, &sources) {
                Ok(snapshot) => return (Summary { segments: at + 1, snapshot: Some(snapshot) }, why),
                Err(error) => why = why.or(Some(error)),
            }
        }
        (Summary { segments: done, snapshot: None }, why)
    }

    fn remove_behind(&self, segments: usize, snapshot: Option<Snapshot>) -> Result<(), Unfinished> {
        let segments = &self.segments[..segments];
        if segments.is_empty() {
            return Ok(());
        }
        if let Some(snapshot) = snapshot {
            self.write_snapshot(&snapshot)?;
            for segment in segments {
                self.shared.let_go(segment);
            }
        }
        self.remove(segments)
    }

    fn write_snapshot(&self, snapshot: &Snapshot) -> Result<(), Unfinished> {
        let (next, path) = (self.directory.join(names::SNAPSHOT_NEXT), self.directory.join(names::SNAPSHOT));
        let written = self.write_file(&next, snapshot);
        if let Err(error) =
            written.and_then(|()| self.disk.rename(&next, &path).map_err(DiskError::of("rename", &next)))
        {
            // Its room, on a volume that may be full. The next try is another file, which this one's sync says nothing
            // of; a name that stays is removed at the next start.
            let _ = self.disk.unlink(&next);
            return Err(Unfinished::of(error));
        }
        self.sync_names()
    }

    fn write_file(&self, path: &Path, snapshot: &Snapshot) -> Result<(), DiskError> {
        let file = self.disk.create(path).map_err(DiskError::of("create", path))?;
        write_bytes_at(&file, &snapshot.encode(), 0).map_err(DiskError::of("write", path))?;
        file.sync_data().map_err(DiskError::of("sync", path))
    }

    /// A name that comes back after a crash lies below the snapshot, and the next start removes it.
    fn remove(&self, segments: &[Arc<Segment<D>>]) -> Result<(), Unfinished> {
        for segment in segments {
            match self.disk.unlink(&segment.path) {
                // By the try before this one.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                outcome => outcome.map_err(DiskError::of("remove", &segment.path)).map_err(Unfinished::of)?,
            }
        }
        self.sync_names()
    }

    fn sync_names(&self) -> Result<(), Unfinished> {
        self.disk.sync_dir(&self.directory).map_err(DiskError::of("sync", &self.directory)).map_err(Unfinished::Failed)
    }
}

fn snapshot_as_of<D: Disk>(newest: &Segment<D>, sources: &Sources<'_, D>) -> Result<Snapshot, ReadError> {
    let trailer = newest.trailer().expect("only segments with a footer are trimmed");
    let lanes = sources.shared.footer_lanes(newest, &trailer)?;
    let state = sources.state(newest)?;
    Ok(Snapshot {
        owner: newest.header.owner,
        range: newest.header.range,
        last: trailer.last,
        lanes: lanes.iter().map(|row| (row.lane, row.end)).collect::<Vec<(u32, LaneEnd)>>(),
        state: state.into_iter().map(|kept| kept.section).collect::<Vec<Section>>(),
    })
}
