//! What the owner of a range can be asked: a closed list.

use forebay_gateway::ranges::{AppendChunk, ChunkOutcome, Held, RangeError};
use forebay_log::{Disk, Outcome};
use tokio::sync::oneshot;

use super::command::{Command, CommandRefusal};

/// One thing for the owner to do.
#[derive(Debug)]
pub(crate) enum Message<D: Disk> {
    /// Records, answered once durable.
    Append(PendingAppend),
    /// A change of the range itself, answered once durable and in force.
    Command(PendingCommand),
    /// Trim what has expired, close what is old.
    Maintain,
    /// Background work of the log came to an end.
    JobDone(Outcome<D>),
}

/// Chunks that wait for a number and a disk.
#[derive(Debug)]
pub(crate) struct PendingAppend {
    /// At most one a shard.
    pub(crate) chunks: Vec<AppendChunk>,
    /// Counts their memory: whoever asked may have been told long ago that it took too long.
    pub(crate) _held: Held,
    /// One outcome a chunk, in order.
    pub(crate) reply: oneshot::Sender<Result<Vec<ChunkOutcome>, RangeError>>,
}

/// A change that waits for its turn.
#[derive(Debug)]
pub(crate) struct PendingCommand {
    pub(crate) command: Command,
    /// What it takes of a bound until it is done: given back before the answer, so that whoever got it can go on.
    pub(crate) held: Option<Held>,
    pub(crate) reply: oneshot::Sender<Result<(), CommandRefusal>>,
}

impl<D: Disk> Message<D> {
    /// What it counts against the queue's bound.
    pub(crate) fn queued_bytes(&self) -> usize {
        match self {
            Self::Append(append) => append.chunks.iter().map(|chunk| chunk.body.len()).sum(),
            Self::Command(_) | Self::Maintain | Self::JobDone(_) => 0,
        }
    }

    /// Answers that the range has stopped; whoever does not wait any more is not told.
    pub(crate) fn refuse(self, why: &str) {
        match self {
            Self::Append(append) => {
                let _ = append.reply.send(Err(RangeError::Unavailable(why.to_owned())));
            }
            Self::Command(PendingCommand { held, reply, .. }) => {
                drop(held);
                let _ = reply.send(Err(CommandRefusal::Stopped(why.to_owned())));
            }
            Self::Maintain | Self::JobDone(_) => {}
        }
    }
}
