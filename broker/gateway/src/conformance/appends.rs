//! How records are numbered and timed, and which chunks are refused.

use forebay_protocol::limits::HOUR_MS;
use forebay_protocol::words::ShardId;

use super::World;
use super::orders::{Orders, all_from, first_sequence, records};
use crate::ranges::ChunkOutcome;

pub(super) fn check<W: World>(fresh: &dyn Fn() -> W) {
    the_first_record_follows_the_starting_sequence_number(&fresh());
    counters_go_up_one_by_one_in_each_shard(&fresh());
    arrivals_never_fall_and_lie_in_the_shards_life(&fresh());
    a_closed_and_an_unknown_shard_take_nothing(&fresh());
}

fn the_first_record_follows_the_starting_sequence_number<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 2);
    let child = &orders.split(ShardId(1))[0];
    for shard in [ShardId(0), child.id] {
        let starting = orders.facts(shard).starting_sequence;
        assert_eq!((starting.shard, starting.counter), (shard, 0));
        let numbered = orders.put(shard, &["a"]);
        assert_eq!((numbered.first, numbered.created_s), (1, starting.created_s), "{shard}");
        assert!(first_sequence(shard, numbered) > starting, "{shard}");
    }
}

fn counters_go_up_one_by_one_in_each_shard<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 2);
    let (zero, one) = (ShardId(0), ShardId(1));
    let firsts = |chunks: &[(ShardId, &[&str])]| -> Vec<u64> {
        let first = |outcome| match outcome {
            ChunkOutcome::Appended(numbered) => numbered.first,
            refused => panic!("an open shard takes records: {refused:?}"),
        };
        orders.append(chunks).into_iter().map(first).collect()
    };
    assert_eq!(firsts(&[(one, &["a", "b", "c"]), (zero, &["d"])]), [1, 1], "one outcome a chunk, in the order given");
    assert_eq!(firsts(&[(zero, &["e"]), (one, &["f"])]), [2, 4]);
    let stored = records(&orders.read(all_from(one, 1)));
    assert_eq!(stored, [(1, "a".into()), (2, "b".into()), (3, "c".into()), (4, "f".into())]);
}

fn arrivals_never_fall_and_lie_in_the_shards_life<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 1);
    let before = orders.put(ShardId(0), &["a"]);
    world.step_back_ms(HOUR_MS);
    let after = orders.put(ShardId(0), &["b"]);
    assert!(after.arrived >= before.arrived, "the wall clock stepped back: {before:?}, {after:?}");
    let [child, _] = orders.split(ShardId(0));
    let numbered = orders.put(child.id, &["c"]);
    assert!(numbered.arrived >= child.opened, "a record arrives in its shard's life: {numbered:?}, {child:?}");
    let answer = orders.read(all_from(child.id, 1));
    assert_eq!(answer.batches[0].arrived, numbered.arrived, "a record is read with the time it was put with");
}

fn a_closed_and_an_unknown_shard_take_nothing<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 2);
    orders.put(ShardId(0), &["a"]);
    orders.split(ShardId(0));
    let outcomes = orders.append(&[(ShardId(0), &["b"]), (ShardId(1), &["c"]), (ShardId(99), &["d"])]);
    let [ChunkOutcome::NotOpen, ChunkOutcome::Appended(numbered), ChunkOutcome::NotOpen] = outcomes[..] else {
        panic!("only the open shard takes its chunk: {outcomes:?}");
    };
    assert_eq!(numbered.first, 1);
    assert_eq!(records(&orders.read(all_from(ShardId(0), 1))), [(1, "a".into())], "a closed shard stays as it closed");
}
