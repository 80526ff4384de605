//! Where the records of each shard end: one counter and one newest arrival per shard, as the log holds them and as they
//! are promised to entries on their way there.

use forebay_protocol::words::{ShardId, TimestampMs};

use crate::quota::WriteQuota;
use crate::reshard::ClosingParent;
use crate::topology::Shard;

/// The end of a shard's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneEnd {
    /// The counter of the next record.
    pub next: u64,
    /// When the newest record arrived; with none, the earliest moment one could have.
    pub last: TimestampMs,
}

/// A chunk that cannot follow what is there: the log is not of this state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChunkMismatch {
    /// No shard of this id is open.
    #[error("the chunk is of {0}, which is not open")]
    NotOpen(ShardId),
    /// Its first counter is not the next.
    #[error("the chunk begins at counter {first} of {shard}, whose next is {next}")]
    Gap {
        /// The shard.
        shard: ShardId,
        /// The chunk's first counter.
        first: u64,
        /// The shard's next.
        next: u64,
    },
    /// It arrived before the record that precedes it.
    #[error("the chunk of {0} arrived before the one that precedes it")]
    OutOfOrder(ShardId),
}

#[derive(Debug, Clone)]
pub(crate) struct Lane {
    pub(crate) shard: ShardId,
    pub(crate) is_open: bool,
    pub(crate) created_s: u64,
    /// With what was admitted and may not be written yet.
    pub(crate) admitted: LaneEnd,
    /// As applied from the log.
    pub(crate) applied: LaneEnd,
    pub(crate) quota: WriteQuota,
}

/// The lanes of a range's shards, by id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lanes {
    lanes: Vec<Lane>,
}

impl LaneEnd {
    /// The end of a shard without records.
    pub fn empty(opened: TimestampMs) -> Self {
        Self { next: Shard::FIRST_COUNTER, last: opened }
    }
}

impl Lanes {
    /// Adds the lane of a shard; ids ascend. `end` is where its records end, if the log has any.
    pub(crate) fn add(&mut self, shard: &Shard, end: Option<LaneEnd>) {
        let end = end.unwrap_or(LaneEnd::empty(shard.opened()));
        debug_assert!(self.lanes.last().is_none_or(|last| last.shard < shard.id), "shard ids ascend");
        self.lanes.push(Lane {
            shard: shard.id,
            is_open: shard.is_open(),
            created_s: shard.created_s,
            admitted: end,
            applied: end,
            quota: WriteQuota::default(),
        });
    }

    pub(crate) fn close(&mut self, shard: ShardId) {
        if let Some(lane) = self.position(shard, 0).map(|position| &mut self.lanes[position]) {
            lane.is_open = false;
        }
    }

    pub(crate) fn forget(&mut self, forgotten: &[ShardId]) {
        self.lanes.retain(|lane| lane.is_open || !forgotten.contains(&lane.shard));
    }

    /// The position of a shard's lane, tried first at `hint`, because chunks come mostly in the order of shards, and then
    /// where it is if no shard between was forgotten.
    pub(crate) fn position(&self, shard: ShardId, hint: usize) -> Option<usize> {
        let is_at = |position: usize| self.lanes.get(position).is_some_and(|lane| lane.shard == shard);
        if is_at(hint) {
            return Some(hint);
        }
        let dense = shard.0.checked_sub(self.lanes.first()?.shard.0)? as usize;
        if is_at(dense) {
            return Some(dense);
        }
        self.lanes.binary_search_by_key(&shard, |lane| lane.shard).ok()
    }

    pub(crate) fn at_mut(&mut self, position: usize) -> &mut Lane {
        &mut self.lanes[position]
    }

    pub(crate) fn get(&self, shard: ShardId) -> Option<&Lane> {
        self.position(shard, 0).map(|position| &self.lanes[position])
    }

    /// A shard about to close; none if it is closed.
    pub(crate) fn closing_parent<'a>(&self, shard: &'a Shard) -> Option<ClosingParent<'a>> {
        let lane = self.get(shard.id).filter(|lane| lane.is_open)?;
        Some(ClosingParent { shard, end: lane.admitted.next, last: lane.admitted.last })
    }

    /// Takes a chunk that the log holds.
    pub(crate) fn apply(&mut self, shard: ShardId, chunk: AppliedChunk, hint: usize) -> Result<usize, ChunkMismatch> {
        let position = self.position(shard, hint).ok_or(ChunkMismatch::NotOpen(shard))?;
        let lane = &mut self.lanes[position];
        let AppliedChunk { first, count, time } = chunk;
        if !lane.is_open {
            return Err(ChunkMismatch::NotOpen(shard));
        }
        if first != lane.applied.next {
            return Err(ChunkMismatch::Gap { shard, first, next: lane.applied.next });
        }
        if time < lane.applied.last {
            return Err(ChunkMismatch::OutOfOrder(shard));
        }
        lane.applied = LaneEnd { next: first + u64::from(count), last: time };
        if lane.admitted.next < lane.applied.next {
            lane.admitted = lane.applied;
        }
        Ok(position)
    }

    /// Takes back whatever was admitted and did not come to be written.
    pub(crate) fn forget_unwritten(&mut self) {
        for lane in &mut self.lanes {
            lane.admitted = lane.applied;
        }
    }
}

/// A chunk of the log, as its tables have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppliedChunk {
    /// The counter of its first record.
    pub first: u64,
    /// The number of its records.
    pub count: u32,
    /// When they arrived.
    pub time: TimestampMs,
}
