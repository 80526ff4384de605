//! Changes of a range itself, as the catalog and the gateway ask for them, and how the range's own refusals read to them.

use forebay_core::arrival_clock::Now;
use forebay_core::change::Change;
use forebay_core::configuration::Configuration;
use forebay_core::consumers::RegisterRefusal;
use forebay_core::merge::MergeRefusal;
use forebay_core::range::Range;
use forebay_core::retention::RetentionOutOfBounds;
use forebay_core::split::SplitRefusal;
use forebay_core::uniform;
use forebay_gateway::ranges::{RangeError, Reshard, ReshardError};
use forebay_protocol::words::ConsumerName;

/// A change to decide, log and apply.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    /// SplitShard or MergeShards.
    Reshard(Reshard),
    /// One step of a uniform scaling; none if the shards have changed so that it does not fit.
    Scale(uniform::Step),
    /// Another retention period.
    Retention(u32),
    /// Other settings.
    Configure(Configuration),
    /// RegisterStreamConsumer.
    RegisterConsumer(ConsumerName),
    /// DeregisterStreamConsumer.
    DeregisterConsumer(ConsumerName),
}

/// Why a command changed nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandRefusal {
    #[error(transparent)]
    Split(#[from] SplitRefusal),
    #[error(transparent)]
    Merge(#[from] MergeRefusal),
    #[error(transparent)]
    Retention(#[from] RetentionOutOfBounds),
    #[error(transparent)]
    Register(#[from] RegisterRefusal),
    #[error("the volume is full")]
    NoSpace,
    #[error("the range has stopped: {0}")]
    Stopped(String),
}

impl Command {
    /// The change to log; none if what is asked is so already.
    pub(crate) fn decide(self, range: &mut Range, now: Now) -> Result<Option<Change>, CommandRefusal> {
        match self {
            Self::Reshard(Reshard::Split { shard, new_start }) => Ok(Some(range.decide_split(now, shard, new_start)?)),
            Self::Reshard(Reshard::Merge { shard, adjacent }) => Ok(Some(range.decide_merge(now, shard, adjacent)?)),
            Self::Scale(step) => match uniform::command(&range.state().topology, step) {
                Some(uniform::Command::Split { shard, new_start }) => {
                    Ok(Some(range.decide_split(now, shard, new_start)?))
                }
                Some(uniform::Command::Merge { shard, adjacent }) => {
                    Ok(Some(range.decide_merge(now, shard, adjacent)?))
                }
                None => Ok(None),
            },
            Self::Retention(hours) => Ok(range.decide_retention(now, hours)?),
            Self::Configure(configuration) => Ok(range.decide_configuration(configuration)),
            Self::RegisterConsumer(name) => match range.decide_register(now, name) {
                Err(RegisterRefusal::Registered(_)) => Ok(None),
                decided => Ok(Some(decided?)),
            },
            Self::DeregisterConsumer(name) => Ok(range.decide_deregister(&name, None).ok()),
        }
    }
}

impl From<CommandRefusal> for ReshardError {
    fn from(refusal: CommandRefusal) -> Self {
        match refusal {
            CommandRefusal::Split(SplitRefusal::NoSuchShard(shard))
            | CommandRefusal::Merge(MergeRefusal::NoSuchShard(shard)) => Self::NoSuchShard(shard),
            CommandRefusal::Split(SplitRefusal::Closed(shard)) | CommandRefusal::Merge(MergeRefusal::Closed(shard)) => {
                Self::Closed(shard)
            }
            CommandRefusal::Split(SplitRefusal::SplitPoint { hash_keys }) => Self::SplitPoint { hash_keys },
            CommandRefusal::Merge(MergeRefusal::NotAdjacent(..)) => Self::NotAdjacent,
            other @ (CommandRefusal::Split(SplitRefusal::NoIdsLeft)
            | CommandRefusal::Merge(MergeRefusal::NoIdsLeft)
            | CommandRefusal::Retention(_)
            | CommandRefusal::Register(_)
            | CommandRefusal::NoSpace
            | CommandRefusal::Stopped(_)) => Self::Range(RangeError::Unavailable(other.to_string())),
        }
    }
}
