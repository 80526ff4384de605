//! What a read finds, whatever its limits and wherever it starts.

use forebay_protocol::words::ShardId;

use super::World;
use super::orders::{Orders, PARTITION_KEY, all_from, of_nobody, records};
use crate::ranges::{RangeError, Read, ReadAnswer, ReadError, ShardFacts};

pub(super) fn check<W: World>(fresh: &dyn Fn() -> W) {
    every_limit_from_every_counter_gives_a_prefix(&fresh());
    a_read_at_the_end_goes_on_there(&fresh());
    a_read_from_beyond_the_end_waits_for_its_counter(&fresh());
    a_reader_is_behind_by_the_age_of_what_it_read_last(&fresh());
    the_answer_that_reaches_a_closed_shards_end_names_its_children(&fresh());
    an_unknown_shard_is_not_read(&fresh());
}

const SHARD: ShardId = ShardId(0);

/// Chunks of one to three records, the large ones such that a later, small one would fit where they do not.
const CHUNKS: [&[&str]; 4] = [&["a", "bbbbbbbbbb", "c"], &["dd"], &["eeeeeeeeeeeeeeeeeeee", "f"], &["g"]];

fn charged_bytes(data: &str) -> u32 {
    u32::try_from(PARTITION_KEY.len() + data.len()).expect("a check's records are small")
}

/// The records from a counter on that both limits let through: at least one, and no gap.
fn expected(read: &Read) -> Vec<(u64, String)> {
    let stored = (1..).zip(CHUNKS.concat()).filter(|(counter, _)| *counter >= read.from);
    let (mut bytes, mut taken) = (0, Vec::new());
    for (counter, data) in stored.take(read.records_max as usize) {
        bytes += charged_bytes(data);
        if bytes > read.bytes_max && !taken.is_empty() {
            break;
        }
        taken.push((counter, data.to_owned()));
    }
    taken
}

fn every_limit_from_every_counter_gives_a_prefix<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 1);
    let firsts: Vec<u64> = CHUNKS.iter().map(|chunk| orders.put(SHARD, chunk).first).collect();
    let (count, bytes) = (CHUNKS.concat().len(), CHUNKS.concat().into_iter().map(charged_bytes).sum::<u32>());
    let records_limits = (1..=count + 1).map(|records| (u32::try_from(records).expect("few"), bytes));
    let limits: Vec<_> = records_limits.chain((0..=bytes).map(|bytes| (10_000, bytes))).collect();
    for from in 1..=count as u64 {
        for &(records_max, bytes_max) in &limits {
            let read = Read { shard: SHARD, from, records_max, bytes_max, held: of_nobody() };
            let answer = orders.read(read.clone());
            let expected = expected(&read);
            assert_eq!(answer.next, from + expected.len() as u64, "{read:?}");
            assert_eq!(records(&answer), expected, "{read:?}");
            for batch in &answer.batches {
                assert!(firsts.contains(&batch.first) && batch.take > 0, "{read:?}: {batch:?}");
            }
            assert_eq!(answer.created_s, orders.facts(SHARD).starting_sequence.created_s);
        }
    }
}

/// An answer without records.
fn assert_nothing(answer: &ReadAnswer, next: u64) {
    assert_eq!((records(answer), answer.next), (vec![], next));
    assert_eq!((answer.millis_behind_latest, &answer.ended), (0, &None));
}

fn a_read_at_the_end_goes_on_there<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 1);
    assert_nothing(&orders.read(all_from(SHARD, 1)), 1);
    orders.put(SHARD, &["a", "b"]);
    world.pass_ms(5000);
    assert_nothing(&orders.read(all_from(SHARD, 3)), 3);
    orders.put(SHARD, &["c"]);
    assert_eq!(records(&orders.read(all_from(SHARD, 3))), [(3, "c".into())]);
}

fn a_read_from_beyond_the_end_waits_for_its_counter<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 1);
    orders.put(SHARD, &["a"]);
    assert_nothing(&orders.read(all_from(SHARD, 4)), 4);
    orders.put(SHARD, &["b", "c", "d"]);
    assert_eq!(records(&orders.read(all_from(SHARD, 4))), [(4, "d".into())]);
}

fn a_reader_is_behind_by_the_age_of_what_it_read_last<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 1);
    orders.put(SHARD, &["a"]);
    world.pass_ms(5000);
    orders.put(SHARD, &["b", "c"]);
    world.pass_ms(2000);
    for (records_max, behind_ms) in [(1, 7000), (2, 2000), (3, 0)] {
        let answer = orders.read(Read { records_max, ..all_from(SHARD, 1) });
        assert_eq!(answer.millis_behind_latest, behind_ms, "after {records_max} of 3 records");
    }
}

fn the_answer_that_reaches_a_closed_shards_end_names_its_children<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 2);
    orders.put(SHARD, &["a", "b"]);
    let split = orders.split(SHARD);
    let part = orders.read(Read { records_max: 1, ..all_from(SHARD, 1) });
    assert_eq!((part.next, part.ended), (2, None), "there is more to read");
    let children = |shard, from| -> Vec<ShardFacts> {
        let answer = orders.read(all_from(shard, from));
        assert_eq!(answer.millis_behind_latest, 0);
        answer.ended.expect("the end of a closed shard")
    };
    assert_eq!(children(SHARD, 2), split, "with the last record");
    assert_eq!(children(SHARD, 3), split, "after it");
    let merged = orders.merge(split[1].id, ShardId(1));
    for parent in [split[1].id, ShardId(1)] {
        assert_eq!(children(parent, 1), std::slice::from_ref(&merged), "a parent without records");
    }
}

fn an_unknown_shard_is_not_read<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 1);
    let unknown = ShardId(7);
    let refused = orders.try_read(all_from(unknown, 1)).err();
    assert_eq!(refused, Some(ReadError::Range(RangeError::NoSuchShard(unknown))));
}
