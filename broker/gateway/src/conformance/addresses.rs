//! A request reaches the range of its very stream, or none.

use forebay_protocol::words::{HashKey, Incarnation, RangeUuid, ShardId};

use super::World;
use super::orders::{Orders, all_from, of_nobody};
use crate::ranges::{Append, Place, RangeAddress, RangeError, Ranges, ReadError, Reshard, ReshardError};

pub(super) fn check<W: World>(fresh: &dyn Fn() -> W) {
    whatever_is_of_another_life_or_range_is_not_found(&fresh());
}

fn whatever_is_of_another_life_or_range_is_not_found<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 1);
    let (ranges, shard) = (world.ranges(), ShardId(0));
    let other_life = RangeAddress { incarnation: Incarnation([0xEE; 16]), ..orders.at };
    let other_range = RangeAddress { range: RangeUuid([0xEE; 16]), ..orders.at };
    for at in [other_life, other_range] {
        let reshard = Reshard::Split { shard, new_start: HashKey(1 << 100) };
        let append = Append { chunks: vec![], held: of_nobody() };
        assert_eq!(world.answer(ranges.shard_map(at)), Err(RangeError::NotFound));
        assert_eq!(world.answer(ranges.append(at, append)), Err(RangeError::NotFound));
        assert_eq!(world.answer(ranges.locate(at, shard, Place::Latest)), Err(RangeError::NotFound));
        let read = world.answer(ranges.read(at, all_from(shard, 1)));
        assert_eq!(read.err(), Some(ReadError::Range(RangeError::NotFound)));
        let resharded = world.answer(ranges.reshard(at, reshard, of_nobody()));
        assert_eq!(resharded, Err(ReshardError::Range(RangeError::NotFound)));
    }
    assert_eq!(orders.map().open.len(), 1, "nothing meant for another range was done");
}
