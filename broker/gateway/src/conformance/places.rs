//! Where iterators start.

use forebay_protocol::words::{ShardId, TimestampMs};

use super::World;
use super::orders::Orders;
use crate::ranges::{Place, RangeError};

pub(super) fn check<W: World>(fresh: &dyn Fn() -> W) {
    an_empty_shard_has_one_place(&fresh());
    each_place_is_found_in_an_open_and_in_a_closed_shard(&fresh());
    no_place_is_in_an_unknown_shard(&fresh());
}

const SHARD: ShardId = ShardId(0);

fn an_empty_shard_has_one_place<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 1);
    let times = [0, 1 << 40, 1 << 50].map(|ms| Place::AtTimestamp(TimestampMs(ms)));
    for place in [Place::TrimHorizon, Place::Latest].into_iter().chain(times) {
        assert_eq!(orders.locate(SHARD, place), Ok(1), "{place:?}: where the first record will be");
    }
}

fn each_place_is_found_in_an_open_and_in_a_closed_shard<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 1);
    let first = orders.put(SHARD, &["a"]).arrived;
    world.pass_ms(1000);
    let second = orders.put(SHARD, &["b", "c"]).arrived;
    world.pass_ms(1000);
    let at = |time: TimestampMs, later_ms: u64| Place::AtTimestamp(TimestampMs(time.0 + later_ms));
    let rows = [
        (Place::TrimHorizon, 1),
        (Place::Latest, 4),
        (Place::AtTimestamp(TimestampMs(0)), 1),
        (at(first, 0), 1),
        (at(first, 1), 2),
        (at(second, 0), 2),
        (at(second, 1), 4),
        (at(second, 1 << 40), 4),
    ];
    for (place, counter) in rows {
        assert_eq!(orders.locate(SHARD, place), Ok(counter), "{place:?} of an open shard");
    }
    orders.split(SHARD);
    for (place, counter) in rows {
        assert_eq!(orders.locate(SHARD, place), Ok(counter), "{place:?} of a closed shard");
    }
}

fn no_place_is_in_an_unknown_shard<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 1);
    let unknown = ShardId(7);
    for place in [Place::TrimHorizon, Place::Latest, Place::AtTimestamp(TimestampMs(0))] {
        assert_eq!(orders.locate(unknown, place), Err(RangeError::NoSuchShard(unknown)), "{place:?}");
    }
}
