//! Splits and merges: what they make, and when they are refused.

use crate::rig::{Rig, START_MS, sequence};
use forebay_core::admission::{Admission, ChunkRequest};
use forebay_core::change::Change;
use forebay_core::merge::MergeRefusal;
use forebay_core::reshard::{Reshard, ReshardMismatch, ShardClosing, ShardOpening};
use forebay_core::split::SplitRefusal;
use forebay_core::state::ApplyError;
use forebay_core::topology::Parents;
use forebay_protocol::words::{HashKey, HashKeyRange, SequenceNumber, ShardId, TimestampMs};

#[test]
fn a_split_closes_the_parent_and_opens_two_children_in_its_place() {
    let mut rig = Rig::new(2);
    rig.put(0, 3);
    let keys = rig.shard(0).hash_keys;
    rig.split(0, 1000);
    assert_eq!(rig.open_shards(), [2, 3, 1]);
    let (lower, upper) = (rig.shard(2), rig.shard(3));
    assert_eq!(lower.hash_keys, HashKeyRange { start: keys.start, end: HashKey(999) });
    assert_eq!(upper.hash_keys, HashKeyRange { start: HashKey(1000), end: keys.end });
    assert_eq!((lower.parents, upper.parents), (Parents::Split(ShardId(0)), Parents::Split(ShardId(0))));
    let closing = rig.shard(0).closing.as_ref().expect("closed");
    assert_eq!((closing.end, closing.children.as_slice()), (4, [ShardId(2), ShardId(3)].as_slice()));
    assert!(rig.range.state().topology.tiles());
}

#[test]
fn a_merge_closes_both_parents_and_opens_one_child() {
    let mut rig = Rig::new(3);
    rig.merge(1, 2);
    assert_eq!(rig.open_shards(), [0, 3]);
    let child = rig.shard(3);
    assert_eq!(child.parents, Parents::Merge { lower: ShardId(1), upper: ShardId(2) });
    assert_eq!(child.hash_keys.end, HashKey(u128::MAX));
    for parent in [1, 2] {
        assert_eq!(rig.shard(parent).closing.as_ref().expect("closed").children, [ShardId(3)]);
    }
    assert!(rig.range.state().topology.tiles());
}

#[test]
fn a_key_goes_to_the_open_shard_that_holds_it() {
    let mut rig = Rig::new(4);
    rig.split(1, rig.shard(1).hash_keys.start.0 + 10);
    let topology = &rig.range.state().topology;
    let route = |key: u128| topology.route(HashKey(key)).expect("tiled").id.0;
    let start = rig.shard(1).hash_keys.start.0;
    assert_eq!([route(0), route(start - 1), route(start), route(start + 9), route(start + 10)], [0, 0, 4, 4, 5]);
    assert_eq!(route(u128::MAX), 3);
}

#[test]
fn splits_are_refused_as_aws_refuses_them() {
    let mut rig = Rig::new(2);
    rig.split_in_half(0);
    let keys = rig.shard(1).hash_keys;
    let now = rig.now();
    let mut refusal = |shard: u32, key: u128| rig.range.decide_split(now, ShardId(shard), HashKey(key)).err();
    assert_eq!(refusal(9, 5), Some(SplitRefusal::NoSuchShard(ShardId(9))));
    assert_eq!(refusal(0, 5), Some(SplitRefusal::Closed(ShardId(0))));
    let at_bound = Some(SplitRefusal::SplitPoint { hash_keys: keys });
    for key in [0, keys.start.0, keys.start.0 + 1, keys.end.0] {
        assert_eq!(refusal(1, key), at_bound, "{key}");
    }
    assert_eq!(refusal(1, keys.start.0 + 2), None);
    assert_eq!(refusal(1, keys.end.0 - 1), None);
}

#[test]
fn merges_are_refused_as_aws_refuses_them() {
    let mut rig = Rig::new(4);
    rig.merge(0, 1);
    let now = rig.now();
    let mut refusal = |shard: u32, next: u32| rig.range.decide_merge(now, ShardId(shard), ShardId(next)).err();
    assert_eq!(refusal(9, 2), Some(MergeRefusal::NoSuchShard(ShardId(9))));
    assert_eq!(refusal(2, 9), Some(MergeRefusal::NoSuchShard(ShardId(9))));
    assert_eq!(refusal(1, 2), Some(MergeRefusal::Closed(ShardId(1))));
    assert_eq!(refusal(3, 2), Some(MergeRefusal::NotAdjacent(ShardId(3), ShardId(2))));
    assert_eq!(refusal(4, 3), Some(MergeRefusal::NotAdjacent(ShardId(4), ShardId(3))));
    assert_eq!(refusal(2, 2), Some(MergeRefusal::NotAdjacent(ShardId(2), ShardId(2))));
    assert_eq!(refusal(4, 2), None);
}

#[test]
fn a_closed_shard_takes_no_records_and_a_foreign_one_never_did() {
    let mut rig = Rig::new(1);
    rig.split_in_half(0);
    let mut admissions = Vec::new();
    let chunk = |shard| ChunkRequest { shard: ShardId(shard), records: 1, charged_bytes: 1 };
    let now = rig.now();
    rig.range.admit(now, [chunk(0), chunk(7), chunk(2), chunk(1)], &mut admissions);
    assert_eq!(admissions[..2], [Admission::Closed, Admission::Foreign]);
    assert!(matches!(admissions[2..], [Admission::Admitted(_), Admission::Admitted(_)]));
}

#[test]
fn every_record_lies_between_its_shards_starting_and_ending_sequence_number() {
    let mut rig = Rig::new(1);
    let first = rig.put(0, 2);
    let second = rig.put(0, 1);
    rig.split_in_half(0);
    let parent = rig.shard(0).clone();
    let ending = parent.ending_sequence().expect("closed");
    let ascending =
        [parent.starting_sequence(), sequence(0, first, 0), sequence(0, first, 1), sequence(0, second, 0), ending];
    assert!(ascending.windows(2).all(|pair| pair[0] < pair[1]), "{ascending:?}");
    assert_eq!(ending.counter, SequenceNumber::COUNTER_MAX);
    for child in [1, 2] {
        assert!(ending < rig.shard(child).starting_sequence());
        let record = rig.put(child, 1);
        assert!(rig.shard(child).starting_sequence() < sequence(child, record, 0), "not even when it comes at once");
    }
    assert_eq!(rig.shard(1).ending_sequence(), None);
}

#[test]
fn what_could_not_be_written_is_numbered_anew() {
    let mut rig = Rig::new(1);
    let chunk = ChunkRequest { shard: ShardId(0), records: 5, charged_bytes: 5 };
    let now = rig.now();
    rig.range.admit(now, [chunk, chunk], &mut Vec::new());
    rig.range.forget_unwritten();
    assert_eq!(rig.put(0, 1).first, 1);
    assert_eq!(rig.put(0, 1).first, 2);
}

fn opening(shard: u32, keys: (u128, u128), created_s: u64) -> ShardOpening {
    let hash_keys = HashKeyRange { start: HashKey(keys.0), end: HashKey(keys.1) };
    ShardOpening { shard: ShardId(shard), hash_keys, created_s, parents: Parents::Split(ShardId(0)) }
}

/// A log is trusted once its checksums are right; that an entry follows from what precedes it is checked all the same.
#[test]
fn a_reshard_that_does_not_follow_from_the_shards_is_refused_and_changes_nothing() {
    let mut rig = Rig::new(1);
    let closed_s = START_MS / 1000;
    let closing = |shard| ShardClosing { shard: ShardId(shard), end: 1, closed: TimestampMs(START_MS) };
    let whole = (0, u128::MAX);
    let later = closed_s + 1;
    let cases = [
        ("nothing", vec![], vec![], ReshardMismatch::Coverage),
        ("nothing opened", vec![closing(0)], vec![], ReshardMismatch::Coverage),
        ("less", vec![closing(0)], vec![opening(1, (1, u128::MAX), later)], ReshardMismatch::Coverage),
        (
            "a gap",
            vec![closing(0)],
            vec![opening(1, (0, 9), later), opening(2, (11, u128::MAX), later)],
            ReshardMismatch::Coverage,
        ),
        (
            "an overlap",
            vec![closing(0)],
            vec![opening(1, (0, 9), later), opening(2, (9, u128::MAX), later)],
            ReshardMismatch::Coverage,
        ),
        ("closed twice", vec![closing(0), closing(0)], vec![opening(1, whole, later)], ReshardMismatch::Coverage),
        ("an old id", vec![closing(0)], vec![opening(0, whole, later)], ReshardMismatch::IdReused(ShardId(0))),
        (
            "the closing's second",
            vec![closing(0)],
            vec![opening(1, whole, closed_s)],
            ReshardMismatch::CreationSecond(ShardId(1)),
        ),
        ("a foreign shard", vec![closing(7)], vec![opening(8, whole, later)], ReshardMismatch::NotOpen(ShardId(7))),
    ];
    let before = rig.range.state().clone();
    for (name, closed, opened, mismatch) in cases {
        let refused = rig.range.apply(&Change::Reshard(Reshard { closed, opened }));
        assert_eq!(refused, Err(ApplyError::Reshard(mismatch)), "{name}");
        assert_eq!(*rig.range.state(), before, "{name}");
    }
    let fits = Reshard { closed: vec![closing(0)], opened: vec![opening(1, whole, later)] };
    assert_eq!(rig.range.apply(&Change::Reshard(fits)), Ok(()));
}
