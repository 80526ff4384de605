//! Splits and merges: what they make of the shard map, and which are refused.

use forebay_protocol::words::{HashKey, HashKeyRange, ShardId};

use super::World;
use super::orders::{Orders, first_sequence};
use crate::ranges::{Reshard, ReshardError, ShardFacts, ShardMap};

pub(super) fn check<W: World>(fresh: &dyn Fn() -> W) {
    a_split_divides_a_shard_and_keeps_its_records_end(&fresh());
    a_merge_joins_two_neighbours(&fresh());
    a_split_point_is_strictly_inside(&fresh());
    what_cannot_be_split_or_merged_stays(&fresh());
    a_child_can_be_split_at_once(&fresh());
}

/// What holds for every map.
fn assert_whole(map: &ShardMap) {
    assert!(map.shards.is_sorted_by(|a, b| a.id < b.id), "by id");
    let facts = |id| map.shard(id).expect("an open shard is in the map");
    let open: Vec<_> = map.open.iter().map(|open| (open.end, facts(open.shard))).collect();
    assert!(open.iter().all(|(end, facts)| facts.closing.is_none() && facts.hash_keys.end == *end), "{open:?}");
    assert_eq!(open.len(), map.shards.iter().filter(|facts| facts.closing.is_none()).count());
    assert_eq!(open.first().map(|(_, facts)| facts.hash_keys.start), Some(HashKeyRange::WHOLE.start));
    assert_eq!(open.last().map(|(end, _)| *end), Some(HashKeyRange::WHOLE.end));
    assert!(open.windows(2).all(|pair| pair[0].1.hash_keys.is_followed_by(&pair[1].1.hash_keys)), "{open:?}");
}

/// A child begins after its parent in every respect.
fn assert_follows(child: &ShardFacts, parent: &ShardFacts) {
    let closing = parent.closing.as_ref().expect("a parent is closed");
    assert!(closing.closed >= parent.opened, "{parent:?}");
    assert!(closing.ending_sequence > parent.starting_sequence, "{parent:?}");
    assert!(child.starting_sequence > closing.ending_sequence, "{child:?} of {parent:?}");
    assert!(child.opened > closing.closed, "{child:?} of {parent:?}");
    assert!(child.closing.is_none() && child.starting_sequence.shard == child.id, "{child:?}");
}

fn a_split_divides_a_shard_and_keeps_its_records_end<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 2);
    let before = orders.map();
    assert_whole(&before);
    let numbered = orders.put(ShardId(0), &["a", "b"]);
    let new_start = HashKey(1000);
    assert_eq!(orders.reshard(Reshard::Split { shard: ShardId(0), new_start }), Ok(()));
    let after = orders.map();
    assert_whole(&after);
    assert!(after.version > before.version);
    let parent = orders.facts(ShardId(0));
    let closing = parent.closing.clone().expect("closed");
    assert_eq!((closing.end, &closing.children[..]), (3, &[ShardId(2), ShardId(3)][..]));
    assert!(closing.ending_sequence > first_sequence(ShardId(0), numbered));
    assert!(closing.closed >= numbered.arrived);
    let children = orders.children(ShardId(0));
    for child in &children {
        assert_eq!((child.parent, child.adjacent_parent), (Some(ShardId(0)), None));
        assert_follows(child, &parent);
    }
    let HashKeyRange { start, end } = parent.hash_keys;
    assert_eq!(children[0].hash_keys, HashKeyRange { start, end: HashKey(999) });
    assert_eq!(children[1].hash_keys, HashKeyRange { start: new_start, end });
    assert_eq!([HashKey(999), new_start, end].map(|key| after.route(key)), [ShardId(2), ShardId(3), ShardId(3)]);
}

fn a_merge_joins_two_neighbours<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 3);
    let before = orders.map();
    let numbered = orders.put(ShardId(2), &["a"]);
    let child = orders.merge(ShardId(1), ShardId(2));
    let after = orders.map();
    assert_whole(&after);
    assert!(after.version > before.version);
    assert_eq!((child.id, child.parent, child.adjacent_parent), (ShardId(3), Some(ShardId(1)), Some(ShardId(2))));
    let (lower, upper) = (orders.facts(ShardId(1)), orders.facts(ShardId(2)));
    assert_eq!(child.hash_keys, HashKeyRange { start: lower.hash_keys.start, end: upper.hash_keys.end });
    for (parent, end) in [(&lower, 1), (&upper, numbered.first + 1)] {
        assert_follows(&child, parent);
        let closing = parent.closing.as_ref().expect("closed");
        assert_eq!((closing.end, &closing.children[..]), (end, &[child.id][..]), "{parent:?}");
    }
}

fn a_split_point_is_strictly_inside<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 4);
    let (shard, hash_keys) = (ShardId(1), orders.facts(ShardId(1)).hash_keys);
    let HashKeyRange { start: HashKey(start), end: HashKey(end) } = hash_keys;
    let before = orders.map();
    for outside in [0, start - 1, start, start + 1, end, end + 1, u128::MAX] {
        let refused = orders.reshard(Reshard::Split { shard, new_start: HashKey(outside) });
        assert_eq!(refused, Err(ReshardError::SplitPoint { hash_keys }), "{start} to {end} at {outside}");
    }
    assert_eq!(orders.map(), before, "what is refused changes nothing");
    assert_eq!(orders.reshard(Reshard::Split { shard, new_start: HashKey(start + 2) }), Ok(()));
    let shard = ShardId(2);
    let HashKey(end) = orders.facts(shard).hash_keys.end;
    assert_eq!(orders.reshard(Reshard::Split { shard, new_start: HashKey(end - 1) }), Ok(()));
    assert_whole(&orders.map());
}

fn what_cannot_be_split_or_merged_stays<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 4);
    orders.split(ShardId(1));
    let before = orders.map();
    let split = |shard| Reshard::Split { shard: ShardId(shard), new_start: HashKey(1000) };
    let merge = |shard, adjacent| Reshard::Merge { shard: ShardId(shard), adjacent: ShardId(adjacent) };
    let no_such = |shard| ReshardError::NoSuchShard(ShardId(shard));
    let closed = |shard| ReshardError::Closed(ShardId(shard));
    let rows = [
        ("an unknown shard", split(9), no_such(9)),
        ("a closed shard", split(1), closed(1)),
        ("the lower is unknown", merge(9, 2), no_such(9)),
        ("the upper is unknown", merge(2, 9), no_such(9)),
        ("one is closed and one unknown", merge(1, 9), no_such(9)),
        ("the lower is closed", merge(1, 2), closed(1)),
        ("the upper is closed", merge(0, 1), closed(1)),
        ("in the wrong order", merge(3, 2), ReshardError::NotAdjacent),
        ("a shard lies between", merge(0, 2), ReshardError::NotAdjacent),
        ("one at either end of the hash keys", merge(3, 0), ReshardError::NotAdjacent),
        ("a shard with itself", merge(2, 2), ReshardError::NotAdjacent),
    ];
    for (what, reshard, refusal) in rows {
        assert_eq!(orders.reshard(reshard), Err(refusal), "{what}");
    }
    assert_eq!(orders.map(), before, "what is refused changes nothing");
}

fn a_child_can_be_split_at_once<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 1);
    let [child, _] = orders.split(ShardId(0));
    orders.put(child.id, &["a"]);
    for grandchild in orders.split(child.id) {
        assert_follows(&grandchild, &orders.facts(child.id));
    }
    assert_whole(&orders.map());
}
