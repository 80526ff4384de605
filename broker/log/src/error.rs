//! What can go wrong, in facts: every error names the file, and damage also the offset.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::entry::Identity;

/// An operation of the disk that failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("cannot {doing} {}", file.display())]
pub struct DiskError {
    /// What was attempted, as a verb.
    pub doing: &'static str,
    /// The file or directory.
    pub file: PathBuf,
    /// What the system said.
    #[source]
    pub source: Arc<io::Error>,
}

/// Bytes that were durable and are not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} is damaged at offset {offset}: {what}; {remedy}", file.display())]
pub struct Damage {
    /// The file.
    pub file: PathBuf,
    /// Where in it, in bytes.
    pub offset: u64,
    /// What is wrong.
    pub what: String,
    /// What a person can do about it.
    pub remedy: Remedy,
}

/// What a person can do about damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Remedy {
    /// The bytes cannot be made again from others.
    #[error("put back a copy of the file, or give the log up; `forebay log dump` prints what can still be read")]
    Restore,
    /// Only what was derived from the entries is damaged.
    #[error("nothing is lost: stop, cut the file to {size_bytes} bytes, and the next start makes the rest again")]
    Cut {
        /// The length to cut the file to.
        size_bytes: u64,
    },
}

/// Why a log could not be created.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CreateError {
    /// Another process has the directory.
    #[error("{} is in use by another process", .0.display())]
    Locked(PathBuf),
    /// The directory holds another range or incarnation; it is left as it is.
    #[error("{} holds range {range} of incarnation {incarnation}", directory.display())]
    Other {
        /// The directory.
        directory: PathBuf,
        /// The range found in it.
        range: Identity,
        /// The incarnation found in it.
        incarnation: Identity,
    },
    /// Segments without an intact hard state: not the remains of an interrupted creation.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The disk failed, or is full; creation may be tried again.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Why a log could not be opened. Nothing that counts was changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OpenError {
    /// Another process has the directory.
    #[error("{} is in use by another process", .0.display())]
    Locked(PathBuf),
    /// There is no log, or its creation never came to an end.
    #[error("{} holds no initialised log", .0.display())]
    NotInitialised(PathBuf),
    /// The directory holds another range or incarnation.
    #[error("{} holds range {range} of incarnation {incarnation}", directory.display())]
    Other {
        /// The directory.
        directory: PathBuf,
        /// The range found in it.
        range: Identity,
        /// The incarnation found in it.
        incarnation: Identity,
    },
    /// What was durable is not as it was written: refused, never guessed around.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Why an entry was not logged.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriteError {
    /// The volume is full. Nothing of the entry counts, and the log goes on.
    #[error("no space is left for the log")]
    NoSpace(#[source] DiskError),
    /// A write or sync failed, now or before: what is on disk is unknown, and this log writes no more. Only
    /// opening it again, in another process, tells what is there.
    #[error("the log has failed and writes no more")]
    Failed(#[source] DiskError),
    /// The entry's frame would be larger than 16 MiB. Nothing was written.
    #[error("an entry of {bytes} bytes is larger than the 16 MiB a log takes")]
    TooLarge {
        /// The frame's length.
        bytes: u64,
    },
    /// A chunk does not follow the last one of its lane. Nothing was written.
    #[error("lane {lane} continues at counter {expected}, not at {given}")]
    OutOfOrder {
        /// The lane.
        lane: u32,
        /// Its next counter.
        expected: u64,
        /// The chunk's first counter.
        given: u64,
    },
    /// A chunk no log can hold: of no lane, of no records, earlier than the last one of its lane, or beyond the
    /// last counter. Nothing was written.
    #[error("chunk {chunk} of the entry is impossible")]
    Impossible {
        /// Which chunk of the entry.
        chunk: usize,
    },
    /// No term was begun since the log was opened. Nothing was written.
    #[error("no term was begun")]
    NoTerm,
}

/// Why chunks could not be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// What is stored is not what was written.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl DiskError {
    /// Adds what was done to which file.
    pub(crate) fn of<'a>(doing: &'static str, file: &'a Path) -> impl FnOnce(io::Error) -> Self + use<'a> {
        move |source| Self { doing, file: file.to_owned(), source: Arc::new(source) }
    }

    pub(crate) fn is_full(&self) -> bool {
        crate::disk::is_full(&self.source)
    }
}

impl Damage {
    pub(crate) fn at(file: &Path, offset: u64, what: impl Into<String>) -> Self {
        Self { file: file.to_owned(), offset, what: what.into(), remedy: Remedy::Restore }
    }
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Damaged(damage) => Self::Damaged(damage),
            ReadError::Disk(error) => Self::Disk(error),
        }
    }
}
