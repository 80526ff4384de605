//! Work that may wait, handed out as values: run on any thread, then given back. At most one of each slot is out,
//! so footers and removals happen in order, and a slow disk has two of them to do at most.

use crate::disk::Disk;
use crate::error::{Damage, DiskError, ReadError};
use crate::format::Trailer;

use super::Log;
use super::blank::BlankFile;
use super::footer::WriteFooter;
use super::trim::{Trim, Trimmed};

/// A piece of work. Run it, and give what comes of it to [`Log::finished`].
#[derive(Debug)]
pub struct Job<D: Disk>(Work<D>);

#[derive(Debug)]
enum Work<D: Disk> {
    Prewrite { disk: D, path: std::path::PathBuf, size_bytes: u64 },
    Footer(WriteFooter<D>),
    Trim(Trim<D>),
}

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// Writes the next segment's file.
    Prewrite,
    /// Writes a closed segment's footer.
    Footer,
    /// Writes the snapshot and removes trimmed segments.
    Trim,
}

/// What came of a job.
#[derive(Debug)]
#[must_use = "the log waits for it"]
pub struct Outcome<D: Disk>(Done<D>);

#[derive(Debug)]
enum Done<D: Disk> {
    Prewrite(Result<BlankFile<D::File>, DiskError>),
    Footer(Result<Option<Trailer>, DiskError>),
    Trim(Result<Trimmed<D>, Box<(Trim<D>, ReadError)>>),
}

/// What a job came upon.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JobError {
    /// The disk failed; the log writes no more.
    #[error("a job of the log has failed")]
    Failed(#[source] DiskError),
    /// A footer that is to be summarised is damaged. The segments stay on the disk, unseen, until the next start;
    /// the log goes on.
    #[error(transparent)]
    Damaged(Damage),
}

/// Which jobs are out.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// The bytes of the file being written.
    pub(super) prewrite: Option<u64>,
    /// A footer or a removal.
    pub(super) upkeep: bool,
    /// A job met a full volume; it is tried again once there is room.
    pub(super) no_space: bool,
}

impl<D: Disk> Job<D> {
    /// What the job does.
    pub const fn kind(&self) -> JobKind {
        match &self.0 {
            Work::Prewrite { .. } => JobKind::Prewrite,
            Work::Footer(_) => JobKind::Footer,
            Work::Trim(_) => JobKind::Trim,
        }
    }

    /// Does the work; blocks on the disk.
    pub fn run(self) -> Outcome<D> {
        Outcome(match self.0 {
            Work::Prewrite { disk, path, size_bytes } => Done::Prewrite(BlankFile::create(&disk, path, size_bytes)),
            Work::Footer(footer) => Done::Footer(footer.run()),
            Work::Trim(trim) => Done::Trim(trim.run()),
        })
    }
}

impl<D: Disk> Log<D> {
    /// The work there is now. A caller asks after entries were synced, a state was given, segments were trimmed, or
    /// a job has finished; a job that is dropped leaves its slot taken until the log is opened again.
    pub fn jobs(&mut self) -> Vec<Job<D>> {
        if self.failure.is_some() || self.is_still_full() {
            return Vec::new();
        }
        let upkeep = self.next_upkeep();
        self.next_prewrite().into_iter().chain(upkeep).map(Job).collect()
    }

    /// Takes what came of a job. After a disk error that is not a full volume the log writes no more.
    pub fn finished(&mut self, outcome: Outcome<D>) -> Result<(), JobError> {
        let result = match outcome.0 {
            Done::Prewrite(result) => {
                self.running.prewrite = None;
                result.map(|blank| self.blank = Some(blank)).map_err(ReadError::Disk)
            }
            Done::Footer(result) => {
                self.running.upkeep = false;
                result.map(|trailer| self.footer_written(trailer)).map_err(ReadError::Disk)
            }
            Done::Trim(result) => {
                self.running.upkeep = false;
                result
                    .map(|trimmed| self.trim_finished(&trimmed))
                    .map_err(|failed| self.trim_failed(failed.0, failed.1))
            }
        };
        match result {
            Ok(()) => Ok(()),
            Err(ReadError::Disk(error)) if error.is_full() => {
                self.running.no_space = true;
                Ok(())
            }
            Err(ReadError::Disk(error)) => {
                self.failure = Some(error.clone());
                Err(JobError::Failed(error))
            }
            Err(ReadError::Damaged(damage)) => Err(JobError::Damaged(damage)),
        }
    }

    /// After a refusal nothing is tried until the volume has room for the next segment.
    fn is_still_full(&mut self) -> bool {
        let needed_bytes = self.next_bytes();
        if self.running.no_space && self.volume().is_ok_and(|volume| volume.free_bytes > needed_bytes) {
            self.running.no_space = false;
        }
        self.running.no_space
    }

    /// The next segment's file is written once the open one is half full.
    fn next_prewrite(&mut self) -> Option<Work<D>> {
        let half_full = self.open.offset > self.open.capacity_bytes / 2;
        if !half_full || self.blank.is_some() || self.running.prewrite.is_some() {
            return None;
        }
        let size_bytes = self.next_bytes();
        self.running.prewrite = Some(size_bytes);
        Some(Work::Prewrite { disk: self.disk.clone(), path: self.next_path(), size_bytes })
    }

    fn next_upkeep(&mut self) -> Option<Work<D>> {
        if self.running.upkeep {
            return None;
        }
        let work = match self.next_trim() {
            Some(trim) => Work::Trim(trim),
            None => Work::Footer(self.next_footer()?),
        };
        self.running.upkeep = true;
        Some(work)
    }

    fn next_footer(&self) -> Option<WriteFooter<D>> {
        let closed = self.closed.front()?;
        Some(WriteFooter {
            segment: closed.segment.clone(),
            last: closed.last,
            frames_end: closed.frames_end,
            lanes: closed.lanes.clone(),
            state: closed.state.clone()?,
        })
    }

    fn footer_written(&mut self, trailer: Option<Trailer>) {
        let closed = self.closed.pop_front().expect("a footer is of the oldest closed segment");
        if let Some(trailer) = trailer {
            self.shared.close(&closed.segment, trailer);
        }
    }
}
