//! A range at work: chunks and commands in, numbers and changes out. One task owns it; a change that it decides is
//! logged and applied, or given up, before anything else is decided or admitted.

use forebay_protocol::words::{ConsumerName, HashKey, ShardId, TimestampMs};

use crate::admission::{Admission, AdmissionTime, ChunkRequest, admit};
use crate::arrival_clock::{ArrivalClock, Now, Reading};
use crate::change::Change;
use crate::configuration::Configuration;
use crate::consumers::{Consumer, NoSuchConsumer, RegisterRefusal};
use crate::feature_level::{FeatureLevel, RaiseRefusal};
use crate::lanes::{AppliedChunk, ChunkMismatch, LaneEnd, Lanes};
use crate::merge::{MergeRefusal, merge};
use crate::retention::{RetentionOutOfBounds, Segment, Space};
use crate::split::{SplitRefusal, split};
use crate::state::{ApplyError, State};

/// A range of a stream.
#[derive(Debug, Clone)]
pub struct Range {
    state: State,
    lanes: Lanes,
    clock: ArrivalClock,
}

impl Range {
    pub(crate) fn new(state: State, lanes: Lanes, now: Now) -> Self {
        Self { state, lanes, clock: ArrivalClock::start(now) }
    }

    /// What the range is.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The time that arrivals go by, and whether a step of the wall clock is being held back.
    pub fn read_clock(&mut self, now: Now) -> Reading {
        self.clock.read(now)
    }

    /// Goes by the process's time where a step that the range has just seen has stood for the process already.
    pub fn catch_up(&mut self, time: TimestampMs, now: Now) {
        self.clock.catch_up(time, now);
    }

    /// The arrival time of the oldest record that is readable now; closed shards that ended before are not listed.
    /// What has expired stays so when the wall clock steps back.
    pub fn horizon(&mut self, now: Now) -> TimestampMs {
        self.clock.read(now);
        self.state.retention.horizon(self.clock.latest())
    }

    /// Where the applied records of a shard end.
    pub fn lane_end(&self, shard: ShardId) -> Option<LaneEnd> {
        self.lanes.get(shard).map(|lane| lane.applied)
    }

    /// Numbers the chunks of a batch, or refuses them, in order; `into` gains one answer a chunk. What is admitted is
    /// to be logged next, and then applied by [`Range::apply_chunk`] or taken back by [`Range::forget_unwritten`].
    ///
    /// # Panics
    /// If a chunk has no records.
    pub fn admit(&mut self, now: Now, chunks: impl IntoIterator<Item = ChunkRequest>, into: &mut Vec<Admission>) {
        let time = self.clock.read(now).time;
        let limits = self.state.configuration.limits;
        admit(&mut self.lanes, AdmissionTime { time, monotonic_ms: now.monotonic_ms, limits }, chunks, into);
    }

    /// Applies a chunk that is in the log. `hint` is 0 or what the chunk before returned: a batch in the order of
    /// shards needs no search.
    pub fn apply_chunk(&mut self, shard: ShardId, chunk: AppliedChunk, hint: usize) -> Result<usize, ChunkMismatch> {
        self.lanes.apply(shard, chunk, hint).map(|position| position + 1)
    }

    /// Takes back the numbers of whatever was admitted and could not be written.
    pub fn forget_unwritten(&mut self) {
        self.lanes.forget_unwritten();
    }

    /// SplitShard.
    pub fn decide_split(&mut self, now: Now, shard: ShardId, new_start: HashKey) -> Result<Change, SplitRefusal> {
        let time = self.clock.read(now).time;
        split(&self.state.topology, &self.lanes, time, shard, new_start).map(Change::Reshard)
    }

    /// MergeShards: `adjacent` follows `shard` in the hash key space.
    pub fn decide_merge(&mut self, now: Now, shard: ShardId, adjacent: ShardId) -> Result<Change, MergeRefusal> {
        let time = self.clock.read(now).time;
        merge(&self.state.topology, &self.lanes, time, shard, adjacent).map(Change::Reshard)
    }

    /// Another retention; none if it is in force already.
    pub fn decide_retention(&mut self, now: Now, hours: u32) -> Result<Option<Change>, RetentionOutOfBounds> {
        let time = self.clock.read(now).time;
        Ok(self.state.retention.decide(time, hours)?.map(Change::SetRetention))
    }

    /// Other settings; none if they are in force already.
    pub fn decide_configuration(&self, configuration: Configuration) -> Option<Change> {
        (configuration != self.state.configuration).then_some(Change::Configure(configuration))
    }

    /// RegisterStreamConsumer.
    pub fn decide_register(&mut self, now: Now, name: ConsumerName) -> Result<Change, RegisterRefusal> {
        let created = self.clock.read(now).time;
        self.state.consumers.decide_register(Consumer { name, created }).map(Change::RegisterConsumer)
    }

    /// DeregisterStreamConsumer, by name and, where an ARN names it, by the second of its registration.
    pub fn decide_deregister(&self, name: &ConsumerName, created_s: Option<u64>) -> Result<Change, NoSuchConsumer> {
        self.state.consumers.decide_deregister(name, created_s).map(Change::DeregisterConsumer)
    }

    /// What is to be removed now of the closed `segments`, oldest first, and of the closed shards; nothing while the
    /// clock is not warm.
    pub fn decide_trim(&mut self, now: Now, space: Space, segments: &[Segment]) -> Option<Change> {
        let time = self.clock.trim_time(now)?;
        self.state.retention.decide_trim(&self.state.topology, time, space, segments).map(Change::Trim)
    }

    /// A higher feature level, when every replica supports `supported`.
    pub fn decide_feature_level(&self, to: FeatureLevel, supported: FeatureLevel) -> Result<Change, RaiseRefusal> {
        self.state.level.decide(to, supported).map(Change::RaiseFeatureLevel)
    }

    /// Applies a change that is in the log. On an error nothing is changed, and the range must stop: its log is not of
    /// its state.
    pub fn apply(&mut self, change: &Change) -> Result<(), ApplyError> {
        self.state.apply(&mut self.lanes, change)
    }
}
