//! A range from its log: the stored state, where records end, then the entries after that state, in order.

use std::collections::BTreeMap;

use forebay_protocol::words::ShardId;

use crate::arrival_clock::Now;
use crate::change::Change;
use crate::lanes::{AppliedChunk, ChunkMismatch, LaneEnd, Lanes};
use crate::range::Range;
use crate::state::{ApplyError, RestoreError, Section, State};

/// A range being replayed.
#[derive(Debug, Default)]
pub struct Replay {
    ends: BTreeMap<ShardId, LaneEnd>,
    begun: Option<(State, Lanes)>,
}

/// An entry that does not follow from what precedes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// Not of the beginning's kind, yet nothing precedes it.
    #[error("the log does not begin with the range's beginning")]
    NotBegun,
    /// A change that does not fit.
    #[error(transparent)]
    Change(#[from] ApplyError),
    /// A chunk that does not fit.
    #[error(transparent)]
    Chunk(#[from] ChunkMismatch),
}

impl Replay {
    /// Begins with the newest stored state, or with no sections if there is none, and with where the records of each
    /// shard end: as of that state, or as of the log's end.
    pub fn new(sections: &[Section], ends: impl IntoIterator<Item = (ShardId, LaneEnd)>) -> Result<Self, RestoreError> {
        let ends: BTreeMap<_, _> = ends.into_iter().collect();
        let begun = match sections {
            [] => None,
            sections => Some(State::restore(sections, &|shard| ends.get(&shard).copied())?),
        };
        Ok(Self { ends, begun })
    }

    /// Replays a change.
    pub fn change(&mut self, change: &Change) -> Result<(), ReplayError> {
        let ends = |shard: ShardId| self.ends.get(&shard).copied();
        match (&mut self.begun, change) {
            (Some((state, lanes)), change) => state.apply(lanes, change, &ends)?,
            (None, Change::Init(init)) => self.begun = Some(State::begin(init, &ends)?),
            (None, _) => return Err(ReplayError::NotBegun),
        }
        Ok(())
    }

    /// Replays a row of a records entry's chunk table. One that the ends know already changes nothing.
    pub fn chunk(&mut self, shard: ShardId, chunk: AppliedChunk) -> Result<(), ReplayError> {
        let (_, lanes) = self.begun.as_mut().ok_or(ReplayError::NotBegun)?;
        let known = lanes.get(shard).is_some_and(|lane| chunk.first + u64::from(chunk.count) <= lane.applied.next);
        if !known {
            lanes.apply(shard, chunk, 0)?;
        }
        Ok(())
    }

    /// The range, or none if the log never began.
    pub fn finish(self, now: Now) -> Option<Range> {
        self.begun.map(|(state, lanes)| Range::new(state, lanes, now))
    }
}
