//! What has expired is neither read nor listed, and never comes back.

use forebay_protocol::limits::HOUR_MS;
use forebay_protocol::words::{ShardId, TimestampMs};

use super::World;
use super::orders::{Orders, all_from, records};
use crate::ranges::{Place, RangeError, Ranges, ReadError};

pub(super) fn check<W: World>(fresh: &dyn Fn() -> W) {
    reading_begins_at_the_horizon(&fresh());
    a_record_on_the_horizon_is_still_read(&fresh());
    a_closed_shard_lasts_from_its_childrens_opening_for_the_retention(&fresh());
    expiry_does_not_step_back(&fresh());
}

const SHARD: ShardId = ShardId(0);
const DAY_MS: u64 = 24 * HOUR_MS;

fn reading_begins_at_the_horizon<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 1);
    orders.put(SHARD, &["a", "b"]);
    world.pass_ms(DAY_MS - HOUR_MS);
    orders.put(SHARD, &["c"]);
    world.pass_ms(2 * HOUR_MS);
    for place in [Place::TrimHorizon, Place::AtTimestamp(TimestampMs(0))] {
        assert_eq!(orders.locate(SHARD, place), Ok(3), "{place:?}");
    }
    for from in [1, 2] {
        let answer = orders.read(all_from(SHARD, from));
        assert_eq!((records(&answer), answer.next), (vec![(3, "c".into())], 4), "from {from}");
    }
    world.pass_ms(DAY_MS);
    for place in [Place::TrimHorizon, Place::Latest, Place::AtTimestamp(TimestampMs(0))] {
        assert_eq!(orders.locate(SHARD, place), Ok(4), "{place:?}: all has expired");
    }
    let answer = orders.read(all_from(SHARD, 1));
    assert_eq!((records(&answer), answer.next, answer.millis_behind_latest), (vec![], 4, 0));
    assert_eq!(orders.put(SHARD, &["d"]).first, 4, "numbers go on");
}

fn a_record_on_the_horizon_is_still_read<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 1);
    let arrived = orders.put(SHARD, &["a"]).arrived;
    world.pass_ms(arrived.0 + DAY_MS - world.ranges().expiry_time().0);
    assert_eq!(records(&orders.read(all_from(SHARD, 1))), [(1, "a".into())]);
    world.pass_ms(1);
    assert_eq!(records(&orders.read(all_from(SHARD, 1))), []);
}

fn a_closed_shard_lasts_from_its_childrens_opening_for_the_retention<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 1);
    let [child, _] = orders.split(SHARD);
    world.pass_ms(child.opened.0 + DAY_MS - world.ranges().expiry_time().0);
    assert_eq!(orders.locate(SHARD, Place::Latest), Ok(1));
    assert!(orders.read(all_from(SHARD, 1)).ended.is_some());
    world.pass_ms(1);
    let gone = RangeError::NoSuchShard(SHARD);
    assert_eq!(orders.locate(SHARD, Place::Latest), Err(gone.clone()));
    assert_eq!(orders.try_read(all_from(SHARD, 1)).err(), Some(ReadError::Range(gone)));
    assert_eq!(orders.locate(child.id, Place::Latest), Ok(1), "an open shard has no end");
}

fn expiry_does_not_step_back<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 1);
    orders.put(SHARD, &["a"]);
    world.pass_ms(DAY_MS + 1);
    let expired = world.ranges().expiry_time();
    world.step_back_ms(HOUR_MS);
    assert_eq!(world.ranges().expiry_time(), expired);
    assert_eq!(records(&orders.read(all_from(SHARD, 1))), []);
}
