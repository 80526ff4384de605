//! Random lives of a range: its invariants hold after every step, and its log gives it again from any stored state.

use std::collections::HashMap;

use forebay_core::change::{Change, DecodeChangeError};
use forebay_core::configuration::{Configuration, Mode, ShardMetric};
use forebay_core::lanes::{AppliedChunk, LaneEnd};
use forebay_core::range::Range;
use forebay_core::replay::{Replay, ReplayError};
use forebay_core::retention::{Segment, Space};
use forebay_core::state::{ApplyError, Section};
use forebay_core::uniform;
use forebay_protocol::words::{HashKey, SequenceNumber, ShardId, TimestampMs};
use proptest::prelude::*;

use crate::rig::{Entry, HOUR_MS, Rig, sequence};

#[derive(Debug, Clone)]
enum Act {
    Put {
        open: usize,
        records: u32,
    },
    Split {
        open: usize,
        key: u128,
    },
    Merge {
        open: usize,
    },
    Scale {
        shards: u32,
    },
    Retention {
        hours: u32,
    },
    Configure {
        kib: u32,
    },
    Register {
        name: u8,
    },
    Deregister {
        name: u8,
    },
    Trim,
    Pass {
        ms: u64,
    },
    StepWall {
        ms: i64,
    },
    /// The state is stored here; a replay may begin from it.
    Store,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (any::<usize>(), 1_u32..500).prop_map(|(open, records)| Act::Put { open, records }),
        3 => (any::<usize>(), any::<u128>()).prop_map(|(open, key)| Act::Split { open, key }),
        3 => any::<usize>().prop_map(|open| Act::Merge { open }),
        1 => (1_u32..9).prop_map(|shards| Act::Scale { shards }),
        1 => (24_u32..100).prop_map(|hours| Act::Retention { hours }),
        1 => (1024_u32..=10_240).prop_map(|kib| Act::Configure { kib }),
        1 => (0_u8..30).prop_map(|name| Act::Register { name }),
        1 => (0_u8..30).prop_map(|name| Act::Deregister { name }),
        1 => Just(Act::Trim),
        2 => (0_u64..2000).prop_map(|ms| Act::Pass { ms }),
        1 => (0_u64..30).prop_map(|hours| Act::Pass { ms: hours * HOUR_MS }),
        1 => (-5_000_000_i64..5_000_000).prop_map(|ms| Act::StepWall { ms }),
        1 => Just(Act::Store),
    ]
}

/// A stored state, the ends of the lanes then, and how much of the log it covers.
struct Stored {
    sections: Vec<Section>,
    ends: Vec<(ShardId, LaneEnd)>,
    covers: usize,
}

/// A life with what must hold all along.
struct Life {
    rig: Rig,
    stored: Vec<Stored>,
    /// The greatest sequence number of each shard.
    newest: HashMap<ShardId, SequenceNumber>,
}

fn ends(range: &Range) -> Vec<(ShardId, LaneEnd)> {
    let shards = range.state().topology.shards().iter();
    shards.map(|shard| (shard.id, range.lane_end(shard.id).expect("every shard has a lane"))).collect()
}

impl Life {
    fn new() -> Self {
        Self { rig: Rig::new(3), stored: Vec::new(), newest: HashMap::new() }
    }

    fn open(&self, index: usize) -> u32 {
        let open = self.rig.open_shards();
        open[index % open.len()]
    }

    fn take(&mut self, act: &Act) {
        let now = self.rig.now();
        let change = match *act {
            Act::Put { open, records } => return self.put(self.open(open), records),
            Act::Split { open, key } => {
                let shard = ShardId(self.open(open));
                let keys = self.rig.shard(shard.0).hash_keys;
                let key = HashKey(keys.start.0 + key % (keys.end.0 - keys.start.0).max(1));
                self.rig.range.decide_split(now, shard, key).ok()
            }
            Act::Merge { open } => {
                let (shard, next) = (self.open(open), self.open(open.wrapping_add(1)));
                self.rig.range.decide_merge(now, ShardId(shard), ShardId(next)).ok()
            }
            Act::Scale { shards } => return self.scale(shards),
            Act::Retention { hours } => self.rig.range.decide_retention(now, hours).expect("within bounds"),
            Act::Configure { kib } => {
                let metrics = ShardMetric::ALL.into_iter().filter(|metric| kib & (1 << *metric as u8) != 0).collect();
                let mode = if kib % 2 == 0 { Mode::Provisioned } else { Mode::OnDemand };
                let limits = self.rig.range.state().configuration.limits;
                let configuration = Configuration { mode, max_record_size_kib: kib, limits, metrics };
                self.rig.range.decide_configuration(configuration)
            }
            Act::Register { name } => self.rig.range.decide_register(now, consumer(name)).ok(),
            Act::Deregister { name } => self.rig.range.decide_deregister(&consumer(name), None).ok(),
            Act::Trim => {
                let newest = Some(TimestampMs(self.rig.wall_ms.saturating_sub(30 * HOUR_MS)));
                self.rig.range.decide_trim(now, Space::Ample, &[Segment { last_index: 7, newest }])
            }
            Act::Pass { ms } => return self.rig.pass_ms(ms),
            Act::StepWall { ms } => return self.rig.step_wall_ms(ms),
            Act::Store => return self.store(),
        };
        if let Some(change) = change {
            self.rig.apply(&change);
        }
    }

    fn put(&mut self, shard: u32, records: u32) {
        let numbered = self.rig.put(shard, records);
        let (first, last) = (sequence(shard, numbered, 0), sequence(shard, numbered, u64::from(records) - 1));
        let id = ShardId(shard);
        assert!(self.newest.get(&id).is_none_or(|newest| *newest < first), "sequence numbers ascend in a shard");
        for parent in self.rig.shard(shard).parents.iter() {
            assert!(self.newest.get(&parent).is_none_or(|newest| *newest < first), "and from parent to child");
        }
        self.newest.insert(id, last);
    }

    fn scale(&mut self, shards: u32) {
        let topology = &self.rig.range.state().topology;
        let open: Vec<_> = topology.open().iter().map(|open| self.rig.shard(open.shard.0).hash_keys).collect();
        for step in uniform::plan(&open, shards) {
            match uniform::command(&self.rig.range.state().topology, step).expect("the plan is of these shards") {
                uniform::Command::Split { shard, new_start } => self.rig.split(shard.0, new_start.0),
                uniform::Command::Merge { shard, adjacent } => self.rig.merge(shard.0, adjacent.0),
            }
        }
        assert_eq!(self.rig.open_shards().len(), shards as usize);
    }

    fn store(&mut self) {
        let sections = self.rig.range.state().sections();
        self.stored.push(Stored { sections, ends: ends(&self.rig.range), covers: self.rig.log.len() });
    }

    fn check(&self) {
        let topology = &self.rig.range.state().topology;
        assert!(topology.tiles(), "{:?}", topology.open());
        for shard in topology.shards() {
            let end = self.rig.range.lane_end(shard.id).expect("every shard has a lane");
            assert!(shard.closing.as_ref().is_none_or(|closing| closing.end == end.next && closing.closed >= end.last));
            assert!(end.last >= shard.opened());
        }
    }
}

fn consumer(name: u8) -> forebay_protocol::words::ConsumerName {
    format!("consumer-{name}").parse().expect("a name")
}

fn replay(sections: &[Section], ends: &[(ShardId, LaneEnd)], log: &[Entry], rig: &Rig) -> Range {
    let mut replay = Replay::new(sections, ends.iter().copied()).expect("stored by a range");
    for entry in log {
        match entry {
            Entry::Change(bytes) => replay.change(&Change::decode(bytes).expect("written")).expect("it follows"),
            Entry::Chunks(chunks) => {
                for (shard, chunk) in chunks {
                    replay.chunk(*shard, *chunk).expect("it follows");
                }
            }
        }
    }
    replay.finish(rig.now()).expect("the log begins")
}

fn assert_same(replayed: &Range, live: &Range) {
    assert_eq!(replayed.state(), live.state());
    assert_eq!(replayed.state().sections(), live.state().sections());
    assert_eq!(ends(replayed), ends(live));
}

proptest! {
    #[test]
    fn a_replayed_log_gives_the_same_range_from_any_stored_state(acts in prop::collection::vec(act(), 1..120)) {
        let mut life = Life::new();
        for act in &acts {
            life.take(act);
            life.check();
        }
        let Life { rig, stored, .. } = &life;
        assert_same(&replay(&[], &[], &rig.log, rig), &rig.range);
        for Stored { sections, ends, covers } in stored {
            assert_same(&replay(sections, ends, &rig.log[*covers..], rig), &rig.range);
        }
    }

    #[test]
    fn no_bytes_make_a_change_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Change::decode(&bytes);
    }

    #[test]
    fn mutated_changes_are_refused_or_applied_but_never_panic(
        acts in prop::collection::vec(act(), 1..25),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut life = Life::new();
        for act in &acts {
            life.take(act);
        }
        for entry in &life.rig.log {
            let Entry::Change(bytes) = entry else { continue };
            let mut bytes = bytes.clone();
            for (index, flip) in &flips {
                *index.get_mut(&mut bytes) ^= flip;
            }
            if let Ok(change) = Change::decode(&bytes) {
                let _ = life.rig.range.clone().apply(&change);
                let mut replay = Replay::new(&[], []).expect("no sections");
                let _ = replay.change(&change);
            }
        }
    }

    #[test]
    fn mutated_sections_are_refused_or_restored_but_never_panic(
        acts in prop::collection::vec(act(), 1..25),
        section in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut life = Life::new();
        for act in &acts {
            life.take(act);
        }
        let mut sections = life.rig.range.state().sections();
        let bytes = &mut section.get_mut(&mut sections).bytes;
        for (index, flip) in &flips {
            *index.get_mut(bytes) ^= flip;
        }
        let _ = Replay::new(&sections, []);
    }
}

#[test]
fn a_log_that_does_not_fit_is_refused() {
    let mut rig = Rig::new(2);
    rig.put(0, 3);
    let sections = rig.range.state().sections();
    let fresh = || Replay::new(&sections, ends(&rig.range)).expect("stored by a range");
    let chunk = |first| AppliedChunk { first, count: 2, time: TimestampMs(rig.wall_ms) };
    assert!(matches!(fresh().chunk(ShardId(0), chunk(5)), Err(ReplayError::Chunk(_))), "a gap");
    assert!(matches!(fresh().chunk(ShardId(0), chunk(3)), Err(ReplayError::Chunk(_))), "an overlap");
    assert!(matches!(fresh().chunk(ShardId(9), chunk(1)), Err(ReplayError::Chunk(_))), "foreign");
    assert_eq!(fresh().chunk(ShardId(0), chunk(4)), Ok(()));
    let early = AppliedChunk { time: TimestampMs(0), ..chunk(4) };
    assert!(matches!(fresh().chunk(ShardId(0), early), Err(ReplayError::Chunk(_))), "out of order");
    let Entry::Change(init) = &rig.log[0] else { panic!("the log begins with a change") };
    let init = Change::decode(init).expect("written");
    assert_eq!(fresh().change(&init), Err(ReplayError::Change(ApplyError::AlreadyInitialised)));
    let mut empty = Replay::new(&[], []).expect("no sections");
    assert_eq!(empty.chunk(ShardId(0), chunk(1)), Err(ReplayError::NotBegun));
    assert!(empty.finish(rig.now()).is_none());
}

#[test]
fn a_reshard_that_was_decided_before_a_put_does_not_apply_after_it() {
    let mut rig = Rig::new(1);
    let now = rig.now();
    let change = rig.range.decide_split(now, ShardId(0), HashKey(1 << 100)).expect("a split");
    rig.put(0, 1);
    let before = rig.range.state().clone();
    assert_eq!(rig.range.apply(&change), Err(ApplyError::End { shard: ShardId(0), closed: 1, end: 2 }));
    assert_eq!(*rig.range.state(), before, "and nothing is changed");
}

#[test]
fn changes_of_other_releases_are_told_from_damage() {
    assert_eq!(Change::decode(&[200, 1]), Err(DecodeChangeError::Unknown { kind: 200, version: 1 }));
    assert_eq!(Change::decode(&[1, 9]), Err(DecodeChangeError::Unknown { kind: 1, version: 9 }));
    assert!(matches!(Change::decode(&[8, 1, 0]), Err(DecodeChangeError::Malformed(_))));
    assert!(matches!(Change::decode(&[8, 1, 1, 0, 0]), Err(DecodeChangeError::Malformed(_))), "bytes left over");
    assert!(matches!(Change::decode(&[]), Err(DecodeChangeError::Malformed(_))));
}
