//! A range from its log: the stored state, where records end, then the entries after that state, in order.

use forebay_protocol::words::ShardId;

use crate::arrival_clock::Now;
use crate::change::Change;
use crate::lanes::{AppliedChunk, ChunkMismatch, LaneEnd, Lanes};
use crate::range::Range;
use crate::state::{ApplyError, RestoreError, Section, State};

/// A range being replayed.
#[derive(Debug, Default)]
pub struct Replay {
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
    /// Begins with the newest stored state and where the records of each shard ended then, or with neither if the log
    /// has none.
    pub fn new(sections: &[Section], ends: impl IntoIterator<Item = (ShardId, LaneEnd)>) -> Result<Self, RestoreError> {
        if sections.is_empty() {
            return Ok(Self::default());
        }
        Ok(Self { begun: Some(State::restore(sections, &ends.into_iter().collect())?) })
    }

    /// Replays a change.
    pub fn change(&mut self, change: &Change) -> Result<(), ReplayError> {
        match (&mut self.begun, change) {
            (Some((state, lanes)), change) => state.apply(lanes, change)?,
            (None, Change::Init(init)) => self.begun = Some(State::begin(init)?),
            (None, _) => return Err(ReplayError::NotBegun),
        }
        Ok(())
    }

    /// Replays a row of a records entry's chunk table.
    pub fn chunk(&mut self, shard: ShardId, chunk: AppliedChunk) -> Result<(), ReplayError> {
        let (_, lanes) = self.begun.as_mut().ok_or(ReplayError::NotBegun)?;
        lanes.apply(shard, chunk, 0)?;
        Ok(())
    }

    /// The state as of the last change replayed; none before the log begins.
    pub fn state(&self) -> Option<&State> {
        self.begun.as_ref().map(|(state, _)| state)
    }

    /// The range, or none if the log never began.
    pub fn finish(self, now: Now) -> Option<Range> {
        self.begun.map(|(state, lanes)| Range::new(state, lanes, now))
    }
}
