//! Streams as they are created, looked up and deleted.

use std::collections::BTreeMap;

use forebay_protocol::limits::{HOUR_MS, RETENTION_HOURS_MIN};
use forebay_protocol::words::{AccountId, HashKeyRange, Incarnation, ShardId, StreamId, StreamName};

use super::World;
use super::orders::{account, created, provisioned};
use crate::catalog::{
    Catalog, ChangeRefusal, CreateRefusal, CreateStream, StreamChange, StreamMode, StreamStatus, open_shard_count,
};
use crate::ranges::{RangeError, Ranges};

pub(super) fn check<W: World>(fresh: &dyn Fn() -> W) {
    a_stream_is_created_as_asked(&fresh());
    a_name_is_taken_until_its_stream_is_deleted(&fresh());
    an_account_sees_and_changes_its_own_streams_only(&fresh());
    streams_are_paged_by_name(&fresh());
}

fn named(name: &str) -> StreamName {
    name.parse().expect("a stream name")
}

fn other_account() -> AccountId {
    "999988887777".parse().expect("twelve digits")
}

fn a_stream_is_created_as_asked<W: World>(world: &W) {
    let tags = BTreeMap::from([("team".to_owned(), "a".to_owned())]);
    let create = CreateStream { max_record_size_kib: 2048, tags: tags.clone(), ..provisioned("orders", 3) };
    let stream = created(world, create);
    let place = &stream.arn.place;
    let installation = world.catalog().installation();
    assert_eq!((&place.partition, &place.region), (&installation.partition, &installation.region));
    assert_eq!((place.account, stream.arn.name.as_str()), (account(world), "orders"));
    assert_eq!((stream.status, stream.mode), (StreamStatus::Active, StreamMode::Provisioned));
    assert_eq!((stream.max_record_size_kib, stream.retention_hours), (2048, RETENTION_HOURS_MIN));
    assert_eq!((&stream.tags, &stream.shard_level_metrics[..], &stream.consumers[..]), (&tags, &[][..], &[][..]));
    assert_eq!((stream.id, stream.root.incarnation), (StreamId::of(stream.incarnation), stream.incarnation));
    assert_eq!(world.catalog().stream_by_id(account(world), stream.id), Some(stream.clone()));
    let map = world.answer(world.ranges().shard_map(stream.root)).expect("an ACTIVE stream's range serves");
    let shards: Vec<_> = map.shards.iter().map(|shard| (shard.id, shard.hash_keys)).collect();
    assert_eq!(shards, [0, 1, 2].map(|index| (ShardId(index), HashKeyRange::part(index, 3))));
    assert!(map.shards.iter().all(|shard| shard.opened <= stream.created && shard.parent.is_none()), "{map:?}");
    assert_eq!((open_shard_count(&map), map.retention.period_ms), (3, u64::from(RETENTION_HOURS_MIN) * HOUR_MS));
}

fn a_name_is_taken_until_its_stream_is_deleted<W: World>(world: &W) {
    let catalog = world.catalog();
    let first = created(world, provisioned("orders", 1));
    let again = || world.answer(catalog.create(account(world), provisioned("orders", 2)));
    assert_eq!(again(), Err(CreateRefusal::Exists));
    assert_eq!(catalog.stream(account(world), &named("orders")), Some(first.clone()), "as it was");
    let delete = || world.answer(catalog.delete(account(world), first.incarnation));
    assert_eq!(delete(), Ok(()));
    assert_eq!(catalog.stream(account(world), &named("orders")), None);
    assert_eq!(catalog.stream_by_id(account(world), first.id), None);
    assert_eq!(catalog.streams(account(world), None, 10), []);
    assert_eq!(world.answer(world.ranges().shard_map(first.root)), Err(RangeError::NotFound));
    assert_eq!(again(), Ok(()));
    let second = catalog.stream(account(world), &named("orders")).expect("created again");
    assert!(second.incarnation != first.incarnation && second.root.range != first.root.range);
    assert_eq!(catalog.stream_by_id(account(world), first.id), None, "of the life that ended");
    assert_eq!(delete(), Err(ChangeRefusal::NotFound), "of the life that ended");
    let change = world.answer(catalog.change(account(world), first.incarnation, StreamChange::RetentionHours(48)));
    assert_eq!(change, Err(ChangeRefusal::NotFound));
    assert_eq!(catalog.stream(account(world), &named("orders")), Some(second));
}

fn an_account_sees_and_changes_its_own_streams_only<W: World>(world: &W) {
    let (catalog, other) = (world.catalog(), other_account());
    let stream = created(world, provisioned("orders", 1));
    assert_eq!(catalog.stream(other, &stream.arn.name), None);
    assert_eq!(catalog.stream_by_id(other, stream.id), None);
    assert_eq!(catalog.streams(other, None, 10), []);
    let change = StreamChange::RetentionHours(48);
    for (account, incarnation) in [(other, stream.incarnation), (account(world), Incarnation([0xEE; 16]))] {
        let changed = world.answer(catalog.change(account, incarnation, change.clone()));
        assert_eq!(changed, Err(ChangeRefusal::NotFound));
        assert_eq!(world.answer(catalog.delete(account, incarnation)), Err(ChangeRefusal::NotFound));
    }
    assert_eq!(world.answer(catalog.create(other, provisioned("orders", 2))), Ok(()), "names are an account's own");
    let theirs = catalog.stream(other, &stream.arn.name).expect("created");
    assert_eq!(theirs.arn.place.account, other);
    assert_eq!(catalog.stream(account(world), &stream.arn.name), Some(stream));
}

fn streams_are_paged_by_name<W: World>(world: &W) {
    for name in ["b", "a", "B", "ab", "a.b", "a-b", "a_b"] {
        created(world, provisioned(name, 1));
    }
    let page = |after: Option<&str>, limit| -> Vec<String> {
        let streams = world.catalog().streams(account(world), after.map(named).as_ref(), limit);
        streams.iter().map(|stream| stream.arn.name.to_string()).collect()
    };
    assert_eq!(page(None, 10), ["B", "a", "a-b", "a.b", "a_b", "ab", "b"], "by their bytes");
    assert_eq!(page(None, 2), ["B", "a"]);
    assert_eq!(page(Some("a"), 2), ["a-b", "a.b"], "after a name, without it");
    assert_eq!(page(Some("aa"), 10), ["ab", "b"], "after a name that no stream has");
    assert_eq!(page(Some("b"), 10), [""; 0]);
    assert_eq!(page(None, 0), [""; 0]);
}
