//! Holds bytes on disk through a crash; forbids knowing what they mean (no Kinesis word appears here).
//!
//! A log is a directory with one writer, [`Log`], and any number of [`Reader`]s. What goes in is an [`Entry`]:
//! [`Chunk`]s of records, each of one *lane* (a number, with counters that go up one by one and times that never
//! fall), or an opaque change of the caller's state. The entry is one frame, one write, one sync; then it counts,
//! readers see it, and no crash takes it back.
//!
//! ```text
//! create(disk, directory, options, node)          once, when the range is initialised
//! open(disk, directory, options) -> Opened        recovers: state, lanes' ends, entries since
//! log.begin_term()                                durable, before the first entry
//! log.write(entry)? ... log.sync()?               group commit: several entries, one sync
//! log.state_wanted() / log.give_state(..)         before each entry applied, and after the last: a segment may end there
//! log.jobs(), job.run(), log.finished(outcome)    work that may wait, on a thread of the caller's
//! log.try_again()                                 once in a while: what a full volume has refused
//! reader.read(lane, from_counter, limits)         on any thread, beside the writer
//! remove(disk, directory)                         once nobody has it open
//! ```
//!
//! Everything is synchronous and blocks on the disk, which is an argument ([`Disk`]). There is no thread, clock or
//! randomness in here: times and salts are given. The formats are in docs/formats.md.

mod cache;
mod checksum;
mod disk;
mod dump;
mod entry;
mod error;
mod format;
mod hard_state_file;
mod index;
mod log;
mod mutation;
mod names;
mod reader;
mod recovery;
mod segment;
mod space;

pub use cache::ReadCache;
pub use checksum::crc32c;
pub use disk::{Disk, File, RealDisk, RealFile, RealLock, Volume, read_all, write_bytes_at};
#[cfg(feature = "simulated")]
pub use disk::{Random, SimulatedDisk, SimulatedFile, SimulatedLock};
pub use dump::{Detail, DumpError, dump};
pub use entry::{CONTROL_LANE, Chunk, ChunkHead, Entry, Identity, LaneEnd, Owner, Position, Request, Section};
pub use error::{CreateError, Damage, DiskError, OpenError, ReadError, Remedy, WriteError};
pub use format::HardState;
pub use log::{
    Creation, Durability, Job, JobError, JobKind, Log, Opened, Options, Outcome, Ownership, Recovered, Salts,
    SegmentFacts, SegmentSizes, Tail, create, open, remove,
};
pub use reader::{KnownRequest, ReadLimits, Reader};
pub use recovery::RecoveredEntry;
pub use space::{SpaceNeed, is_low};
