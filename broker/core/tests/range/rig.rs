//! A range for tests: its clocks and its log in memory.

use forebay_core::admission::{Admission, ChunkRequest, Numbered};
use forebay_core::arrival_clock::Now;
use forebay_core::change::{Change, Identity, Init};
use forebay_core::configuration::Configuration;
use forebay_core::lanes::AppliedChunk;
use forebay_core::range::Range;
use forebay_core::replay::Replay;
use forebay_core::topology::Shard;
pub(crate) use forebay_protocol::limits::HOUR_MS;
use forebay_protocol::words::{HashKey, Incarnation, RangeUuid, SequenceNumber, ShardId, TimestampMs};

/// A second on which every test starts.
pub(crate) const START_MS: u64 = 1_700_000_000_000;

/// What the log of a range holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Entry {
    Change(Vec<u8>),
    Chunks(Vec<(ShardId, AppliedChunk)>),
}

/// A range, its clocks, and every entry it has logged.
pub(crate) struct Rig {
    pub(crate) range: Range,
    pub(crate) wall_ms: u64,
    pub(crate) monotonic_ms: u64,
    pub(crate) log: Vec<Entry>,
}

pub(crate) fn identity() -> Identity {
    Identity { incarnation: Incarnation([1; 16]), range: RangeUuid([2; 16]) }
}

impl Rig {
    pub(crate) fn new(shards: u32) -> Self {
        let configuration = Configuration { limits: forebay_core::quota::Limits::Off, ..Configuration::default() };
        let init = Init::of_equal_shards(identity(), TimestampMs(START_MS), shards, 24, configuration);
        let change = Change::Init(init);
        let mut replay = Replay::new(&[], []).expect("no sections");
        replay.change(&change).expect("a beginning");
        let now = Now { wall_ms: TimestampMs(START_MS), monotonic_ms: 5 };
        let range = replay.finish(now).expect("begun");
        Self { range, wall_ms: START_MS, monotonic_ms: 5, log: vec![Entry::Change(change.encode())] }
    }

    pub(crate) fn now(&self) -> Now {
        Now { wall_ms: TimestampMs(self.wall_ms), monotonic_ms: self.monotonic_ms }
    }

    /// Time goes by on both clocks.
    pub(crate) fn pass_ms(&mut self, ms: u64) {
        self.wall_ms += ms;
        self.monotonic_ms += ms;
    }

    /// The wall clock alone is set.
    pub(crate) fn step_wall_ms(&mut self, ms: i64) {
        self.wall_ms = self.wall_ms.saturating_add_signed(ms);
    }

    /// Puts `records` records of a byte each.
    pub(crate) fn put(&mut self, shard: u32, records: u32) -> Numbered {
        let shard = ShardId(shard);
        let mut admissions = Vec::new();
        let now = self.now();
        self.range.admit(now, [ChunkRequest { shard, records, charged_bytes: u64::from(records) }], &mut admissions);
        let Admission::Admitted(numbered) = admissions[0] else { panic!("{:?}", admissions[0]) };
        let chunk = AppliedChunk { first: numbered.first, count: records, time: numbered.arrived };
        self.range.apply_chunk(shard, chunk, 0).expect("what was admitted follows");
        self.log.push(Entry::Chunks(vec![(shard, chunk)]));
        numbered
    }

    pub(crate) fn apply(&mut self, change: &Change) {
        let bytes = change.encode();
        assert_eq!(Change::decode(&bytes).as_ref(), Ok(change), "a change survives its bytes");
        self.range.apply(change).expect("what was decided applies");
        self.log.push(Entry::Change(bytes));
    }

    pub(crate) fn split(&mut self, shard: u32, new_start: u128) {
        let now = self.now();
        let change = self.range.decide_split(now, ShardId(shard), HashKey(new_start)).expect("a split");
        self.apply(&change);
    }

    pub(crate) fn split_in_half(&mut self, shard: u32) {
        let keys = self.shard(shard).hash_keys;
        self.split(shard, keys.start.0 + (keys.end.0 - keys.start.0) / 2 + 1);
    }

    pub(crate) fn merge(&mut self, shard: u32, adjacent: u32) {
        let now = self.now();
        let change = self.range.decide_merge(now, ShardId(shard), ShardId(adjacent)).expect("a merge");
        self.apply(&change);
    }

    pub(crate) fn set_retention(&mut self, hours: u32) {
        let now = self.now();
        let change = self.range.decide_retention(now, hours).expect("within bounds").expect("another");
        self.apply(&change);
    }

    pub(crate) fn shard(&self, shard: u32) -> &Shard {
        self.range.state().topology.shard(ShardId(shard)).expect("known")
    }

    pub(crate) fn open_shards(&self) -> Vec<u32> {
        self.range.state().topology.open().iter().map(|open| open.shard.0).collect()
    }
}

/// The sequence number of a record.
pub(crate) fn sequence(shard: u32, numbered: Numbered, offset: u64) -> SequenceNumber {
    SequenceNumber {
        created_s: numbered.created_s,
        shard: ShardId(shard),
        counter: numbered.first + offset,
        arrived_s: numbered.arrived.seconds(),
    }
}
