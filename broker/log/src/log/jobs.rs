//! Work that may wait, handed out as values: run on any thread, then given back. At most one of each slot is out,
//! so footers and removals happen in order, and a slow disk has two of them to do at most.

use crate::disk::Disk;
use crate::error::{DiskError, ReadError};
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
    Footer(Result<Option<Trailer>, Unfinished>),
    Trim(Result<Trimmed<D>, Box<(Trim<D>, Unfinished)>>),
}

/// Why a job did not come to its end.
#[derive(Debug)]
pub(super) enum Unfinished {
    /// The volume is full, or this user's share of it. What was written is written again.
    Full,
    /// The disk failed. A failed sync of a file that stays is always this, also on a full volume: a second one says
    /// nothing of what the first has left unwritten.
    Failed(DiskError),
}

impl Unfinished {
    /// What comes of a write that failed, or of a file that is thrown away.
    pub(super) fn of(error: DiskError) -> Self {
        if error.is_full() { Self::Full } else { Self::Failed(error) }
    }
}

/// What a job came upon.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JobError {
    /// The disk failed; the log writes no more.
    #[error("a job of the log has failed")]
    Failed(#[source] DiskError),
    /// A part of a trimmed segment's footer is damaged or cannot be read, and nothing else says what it said. From
    /// some segment on files stay, unseen, until newer ones are trimmed too; the log goes on. Said once for those.
    #[error(transparent)]
    Damaged(ReadError),
}

/// Which jobs are out, and what a full volume did to the last of each slot.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// The bytes of the file being written.
    pub(super) prewrite: Option<u64>,
    pub(super) prewrite_refusal: Refusal,
    /// A footer or a removal.
    pub(super) upkeep: bool,
    pub(super) upkeep_refusal: Refusal,
}

impl Running {
    /// Whether a full volume has refused a job, and none of its kind came to its end since.
    pub(super) fn is_refused(&self) -> bool {
        [self.prewrite_refusal, self.upkeep_refusal].iter().any(|refusal| *refusal != Refusal::None)
    }

    /// Segments are gone: another try to prewrite may find room.
    pub(super) fn room_was_made(&mut self) {
        if self.prewrite_refusal == Refusal::Holds {
            self.prewrite_refusal = Refusal::Asked;
        }
    }

    /// A file was given up so that segments can go. It is not written again before they are gone.
    pub(super) fn room_is_for_upkeep(&mut self) {
        (self.prewrite_refusal, self.upkeep_refusal) = (Refusal::Holds, Refusal::Asked);
    }
}

/// Whether a full volume has refused a slot's last job. The two slots stand alone: what makes room never waits for
/// room to prewrite.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It has not.
    #[default]
    None,
    /// It has; nothing is tried before the caller asks.
    Holds,
    /// It has, and is asked once more.
    Asked,
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
    /// a job has finished; a job that is dropped leaves its slot taken until the log is opened again. What a full
    /// volume has refused is not among it before [`Self::try_again`].
    pub fn jobs(&mut self) -> Vec<Job<D>> {
        if self.failure.is_some() {
            return Vec::new();
        }
        let upkeep = self.next_upkeep();
        self.next_prewrite().into_iter().chain(upkeep).map(Job).collect()
    }

    /// Lets each kind of work that a full volume has refused be tried once more. The pace is the caller's, a second
    /// will do: free bytes do not say when, because a quota can be full on a volume with room.
    pub fn try_again(&mut self) {
        let Running { prewrite_refusal, upkeep_refusal, .. } = &mut self.running;
        for refusal in [&mut *prewrite_refusal, upkeep_refusal] {
            if *refusal == Refusal::Holds {
                *refusal = Refusal::Asked;
            }
        }
        if !self.wants_prewrite() {
            // The writer has found room by itself: nothing is refused any more.
            self.running.prewrite_refusal = Refusal::None;
        }
    }

    /// Takes what came of a job. After a disk error that is not a full volume the log writes no more.
    pub fn finished(&mut self, outcome: Outcome<D>) -> Result<(), JobError> {
        match outcome.0 {
            Done::Prewrite(result) => {
                self.running.prewrite = None;
                // Its file is gone, so that also a sync that found no space may be followed by another.
                let result = result.map(|blank| self.keep_blank(blank)).map_err(Unfinished::of);
                self.running.prewrite_refusal = self.refusal(result)?;
            }
            Done::Footer(result) => {
                self.running.upkeep = false;
                let result = result.map(|trailer| self.footer_written(trailer));
                self.running.upkeep_refusal = self.refusal(result)?;
            }
            Done::Trim(Ok(trimmed)) => {
                self.running.upkeep = false;
                self.running.upkeep_refusal = Refusal::None;
                self.trim_finished(trimmed).map_err(JobError::Damaged)?;
            }
            Done::Trim(Err(failed)) => {
                self.running.upkeep = false;
                let (trim, error) = *failed;
                self.running.upkeep_refusal = self.refusal(Err(error))?;
                self.trim_refused(trim);
            }
        }
        Ok(())
    }

    fn refusal(&mut self, result: Result<(), Unfinished>) -> Result<Refusal, JobError> {
        match result {
            Ok(()) => Ok(Refusal::None),
            Err(Unfinished::Full) => Ok(Refusal::Holds),
            Err(Unfinished::Failed(error)) => {
                self.failure = Some(error.clone());
                Err(JobError::Failed(error))
            }
        }
    }

    /// The next segment's file is written once the open one is half full.
    fn wants_prewrite(&self) -> bool {
        self.open.offset > self.open.capacity_bytes / 2 && self.blank.is_none()
    }

    fn next_prewrite(&mut self) -> Option<Work<D>> {
        if !self.wants_prewrite() || self.running.prewrite.is_some() {
            return None;
        }
        let size_bytes = self.next_bytes();
        // A volume that cannot be measured has no room: the writer finds out, and says so.
        let has_room = || self.volume().is_ok_and(|volume| volume.free_bytes > size_bytes);
        match self.running.prewrite_refusal {
            Refusal::None => {}
            Refusal::Asked if has_room() => {}
            Refusal::Asked | Refusal::Holds => {
                self.running.prewrite_refusal = Refusal::Holds;
                return None;
            }
        }
        self.running.prewrite = Some(size_bytes);
        Some(Work::Prewrite { disk: self.disk.clone(), path: self.next_path(), size_bytes })
    }

    fn next_upkeep(&mut self) -> Option<Work<D>> {
        if self.running.upkeep || self.running.upkeep_refusal == Refusal::Holds {
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
