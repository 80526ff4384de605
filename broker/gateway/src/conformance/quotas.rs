//! What an account uses, and what is refused for it.

use forebay_protocol::limits::{HOUR_MS, MODE_SWITCHES_PER_DAY, ON_DEMAND_STREAMS_DEFAULT};
use forebay_protocol::words::{AccountId, ShardId};

use super::World;
use super::orders::{Orders, account, created, provisioned};
use crate::catalog::{AccountFacts, Catalog, ChangeRefusal, CreateRefusal, CreateStream, StreamChange, StreamMode};

pub(super) fn check<W: World>(fresh: &dyn Fn() -> W) {
    open_shards_of_provisioned_streams_are_counted(&fresh());
    shards_beyond_the_limit_are_refused(&fresh());
    streams_on_demand_beyond_their_limit_are_refused(&fresh());
    a_mode_is_switched_so_often_a_day(&fresh());
    reserved_shards_count_until_they_are_let_go(&fresh());
    a_stream_that_scales_counts_as_what_it_is_promised(&fresh());
}

fn facts<W: World>(world: &W, of: AccountId) -> AccountFacts {
    world.answer(world.catalog().account(of))
}

fn used<W: World>(world: &W) -> (u32, u32) {
    let facts = facts(world, account(world));
    (facts.open_shards, facts.on_demand_streams)
}

fn on_demand(name: &str) -> CreateStream {
    CreateStream { mode: StreamMode::OnDemand, ..provisioned(name, 4) }
}

fn open_shards_of_provisioned_streams_are_counted<W: World>(world: &W) {
    assert_eq!(used(world), (0, 0));
    let orders = Orders::with_shards(world, 3);
    assert_eq!(used(world), (3, 0));
    orders.split(ShardId(0));
    assert_eq!(used(world), (4, 0), "a closed shard does not count");
    created(world, on_demand("clicks"));
    assert_eq!(used(world), (4, 1), "of streams on demand only how many there are");
    let other = facts(world, "999988887777".parse().expect("twelve digits"));
    assert_eq!((other.open_shards, other.on_demand_streams), (0, 0), "another account's are its own");
    let to_on_demand = StreamChange::Mode(StreamMode::OnDemand);
    let change = world.catalog().change(account(world), orders.at.incarnation, to_on_demand);
    assert_eq!(world.answer(change), Ok(()));
    assert_eq!(used(world), (0, 2));
    assert_eq!(world.answer(world.catalog().delete(account(world), orders.at.incarnation)), Ok(()));
    assert_eq!(used(world), (0, 1));
}

fn shards_beyond_the_limit_are_refused<W: World>(world: &W) {
    let limit = facts(world, account(world)).shard_limit;
    let orders = Orders::with_shards(world, limit - 1);
    let create = |name, shards| world.answer(world.catalog().create(account(world), provisioned(name, shards)));
    let full = facts(world, account(world));
    assert_eq!(full.open_shards, limit - 1);
    assert_eq!(create("clicks", 2), Err(CreateRefusal::ShardLimit(full)));
    assert_eq!(world.catalog().streams(account(world), None, 10).len(), 1, "a stream that was refused is not there");
    let scale = |count| {
        let change = StreamChange::ShardCount(count);
        world.answer(world.catalog().change(account(world), orders.at.incarnation, change))
    };
    assert_eq!(scale(limit + 1), Err(ChangeRefusal::ShardLimit(full)));
    assert_eq!(create("clicks", 1), Ok(()), "up to the limit");
    assert_eq!(used(world), (limit, 0));
}

fn streams_on_demand_beyond_their_limit_are_refused<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 1);
    for number in 0..ON_DEMAND_STREAMS_DEFAULT {
        created(world, on_demand(&format!("clicks-{number}")));
    }
    let full = facts(world, account(world));
    assert_eq!((full.on_demand_streams, full.on_demand_stream_limit), (50, 50));
    let create = world.answer(world.catalog().create(account(world), on_demand("one-more")));
    assert_eq!(create, Err(CreateRefusal::OnDemandStreamLimit(full)));
    let change = StreamChange::Mode(StreamMode::OnDemand);
    let change = world.answer(world.catalog().change(account(world), orders.at.incarnation, change));
    assert_eq!(change, Err(ChangeRefusal::OnDemandStreamLimit(full)));
    assert_eq!(used(world), (1, 50));
}

fn a_mode_is_switched_so_often_a_day<W: World>(world: &W) {
    let orders = Orders::with_shards(world, 1);
    let switch =
        |mode| world.answer(world.catalog().change(account(world), orders.at.incarnation, StreamChange::Mode(mode)));
    assert_eq!(MODE_SWITCHES_PER_DAY, 2, "as many as follow");
    assert_eq!(switch(StreamMode::OnDemand), Ok(()));
    world.pass_ms(HOUR_MS);
    assert_eq!(switch(StreamMode::Provisioned), Ok(()));
    assert_eq!(switch(StreamMode::Provisioned), Ok(()), "to the mode it has is no switch");
    world.pass_ms(23 * HOUR_MS - 1);
    assert_eq!(switch(StreamMode::OnDemand), Err(ChangeRefusal::ModeChanges(2)));
    world.pass_ms(1);
    assert_eq!(switch(StreamMode::OnDemand), Ok(()), "a day after the first");
}

fn reserved_shards_count_until_they_are_let_go<W: World>(world: &W) {
    let limit = facts(world, account(world)).shard_limit;
    created(world, provisioned("orders", limit - 2));
    let reserve = || world.answer(world.catalog().reserve_shards(account(world), 1)).map_err(|facts| facts.open_shards);
    let (first, second) = (reserve().expect("one of two"), reserve().expect("the second"));
    assert_eq!(used(world), (limit, 0));
    assert_eq!(reserve().err(), Some(limit));
    let create = || world.answer(world.catalog().create(account(world), provisioned("clicks", 1)));
    assert_eq!(create(), Err(CreateRefusal::ShardLimit(facts(world, account(world)))));
    drop(first);
    assert_eq!(used(world), (limit - 1, 0));
    assert_eq!(create(), Ok(()), "in the place of what was let go");
    assert_eq!(reserve().err(), Some(limit));
    drop(second);
    assert!(reserve().is_ok());
}

fn a_stream_that_scales_counts_as_what_it_is_promised<W: World>(world: &W) {
    for (name, target, counted) in [("up", 8, 8), ("down", 2, 4)] {
        let before = used(world).0;
        let stream = created(world, provisioned(name, 4));
        let scale = world.catalog().change(account(world), stream.incarnation, StreamChange::ShardCount(target));
        assert_eq!(world.answer(scale), Ok(()));
        assert_eq!(used(world).0 - before, counted, "{name} from 4 to {target}");
    }
}
