//! Changes of a stream: each is in force once it is answered, and what is refused changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use forebay_protocol::limits::{CONSUMERS_PER_STREAM_MAX, HOUR_MS, TAGS_PER_RESOURCE_MAX};
use forebay_protocol::words::ConsumerName;

use super::World;
use super::orders::{account, created, provisioned};
use crate::catalog::{
    Catalog, ChangeRefusal, ConsumerStatus, MetricsName, Stream, StreamChange, StreamMode, StreamStatus,
};
use crate::ranges::Ranges;

pub(super) fn check<W: World>(fresh: &dyn Fn() -> W) {
    settings_are_in_force_once_answered(&fresh());
    tags_are_merged_and_limited(&fresh());
    consumers_are_registered_once_and_sorted(&fresh());
    a_consumers_tags_are_its_own(&fresh());
    a_stream_that_scales_takes_no_other_setting(&fresh());
}

/// A stream of one shard and how a check changes it.
struct Changed<'a, W> {
    world: &'a W,
    stream: Arc<Stream>,
}

impl<'a, W: World> Changed<'a, W> {
    fn with_shards(world: &'a W, shards: u32) -> Self {
        Self { world, stream: created(world, provisioned("orders", shards)) }
    }

    fn change(&self, change: StreamChange) -> Result<(), ChangeRefusal> {
        let change = self.world.catalog().change(account(self.world), self.stream.incarnation, change);
        self.world.answer(change)
    }

    /// A change that must be refused and change nothing.
    fn refuses(&self, change: StreamChange) -> ChangeRefusal {
        let (before, asked) = (self.now(), format!("{change:?}"));
        let refusal = self.change(change).expect_err(&asked);
        assert_eq!(self.now(), before, "{asked}");
        refusal
    }

    fn now(&self) -> Arc<Stream> {
        self.world.catalog().stream(account(self.world), &self.stream.arn.name).expect("the stream is there")
    }

    fn consumer_names(&self) -> Vec<String> {
        self.now().consumers.iter().map(|consumer| consumer.arn.name.to_string()).collect()
    }
}

fn numbered_tags(numbers: std::ops::Range<usize>) -> BTreeMap<String, String> {
    numbers.map(|number| (format!("key-{number:02}"), "value".to_owned())).collect()
}

fn consumer(name: &str) -> ConsumerName {
    name.parse().expect("a consumer name")
}

fn register(name: &str) -> StreamChange {
    StreamChange::RegisterConsumer { name: consumer(name), tags: numbered_tags(0..1) }
}

fn settings_are_in_force_once_answered<W: World>(world: &W) {
    let orders = Changed::with_shards(world, 1);
    let metrics = vec![MetricsName::IncomingBytes, MetricsName::IteratorAgeMilliseconds];
    for change in [
        StreamChange::RetentionHours(48),
        StreamChange::MaxRecordSizeKib(10_240),
        StreamChange::ShardLevelMetrics(metrics.clone()),
        StreamChange::Mode(StreamMode::OnDemand),
    ] {
        assert_eq!(orders.change(change.clone()), Ok(()), "{change:?}");
    }
    let expected = Stream {
        retention_hours: 48,
        max_record_size_kib: 10_240,
        shard_level_metrics: metrics,
        mode: StreamMode::OnDemand,
        ..(*orders.stream).clone()
    };
    assert_eq!(*orders.now(), expected, "and nothing else changed");
    let map = world.answer(world.ranges().shard_map(orders.stream.root)).expect("the range serves");
    assert_eq!(map.retention.period_ms, 48 * HOUR_MS, "the range goes by it too");
    assert_eq!(orders.change(StreamChange::ShardLevelMetrics(vec![])), Ok(()));
    assert_eq!(orders.now().shard_level_metrics, []);
}

fn tags_are_merged_and_limited<W: World>(world: &W) {
    let orders = Changed::with_shards(world, 1);
    assert_eq!(orders.change(StreamChange::AddTags(numbered_tags(0..2))), Ok(()));
    let another = BTreeMap::from([("key-01".to_owned(), "another".to_owned()), ("z".to_owned(), String::new())]);
    assert_eq!(orders.change(StreamChange::AddTags(another.clone())), Ok(()));
    let mut expected = numbered_tags(0..1);
    expected.extend(another);
    assert_eq!(orders.now().tags, expected, "a key that is there gets the new value");
    let keys = ["z", "key-01", "absent"].map(str::to_owned).to_vec();
    assert_eq!(orders.change(StreamChange::RemoveTags(keys)), Ok(()));
    assert_eq!(orders.now().tags, numbered_tags(0..1));
    assert_eq!(orders.change(StreamChange::AddTags(numbered_tags(0..TAGS_PER_RESOURCE_MAX))), Ok(()));
    let refusal = orders.refuses(StreamChange::AddTags(BTreeMap::from([("one-more".to_owned(), String::new())])));
    assert!(matches!(refusal, ChangeRefusal::TagLimit(_)), "{refusal:?}");
}

fn consumers_are_registered_once_and_sorted<W: World>(world: &W) {
    let orders = Changed::with_shards(world, 1);
    for name in ["b", "a"] {
        assert_eq!(orders.change(register(name)), Ok(()), "{name}");
    }
    assert_eq!(orders.consumer_names(), ["a", "b"], "by name");
    let registered = &orders.now().consumers[0];
    assert_eq!((&registered.arn.stream, registered.arn.created_s), (&orders.stream.arn, registered.created.seconds()));
    assert_eq!((registered.status, &registered.tags), (ConsumerStatus::Active, &numbered_tags(0..1)));
    assert_eq!(orders.refuses(register("a")), ChangeRefusal::ConsumerExists(consumer("a")));
    assert_eq!(orders.change(StreamChange::DeregisterConsumer(consumer("a"))), Ok(()));
    assert_eq!(orders.consumer_names(), ["b"]);
    let gone = orders.refuses(StreamChange::DeregisterConsumer(consumer("a")));
    assert_eq!(gone, ChangeRefusal::NoSuchConsumer(consumer("a")));
    for number in 1..CONSUMERS_PER_STREAM_MAX {
        assert_eq!(orders.change(register(&format!("c-{number}"))), Ok(()), "{number}");
    }
    assert_eq!(orders.refuses(register("one-more")), ChangeRefusal::ConsumerLimit(20));
    assert_eq!(
        orders.refuses(register("b")),
        ChangeRefusal::ConsumerExists(consumer("b")),
        "whether it is full or not"
    );
}

fn a_consumers_tags_are_its_own<W: World>(world: &W) {
    let orders = Changed::with_shards(world, 1);
    for name in ["a", "b"] {
        assert_eq!(orders.change(register(name)), Ok(()), "{name}");
    }
    let tags = |index: usize| orders.now().consumers[index].tags.clone();
    assert_eq!(orders.change(StreamChange::AddConsumerTags(consumer("a"), numbered_tags(1..3))), Ok(()));
    assert_eq!((tags(0), tags(1)), (numbered_tags(0..3), numbered_tags(0..1)));
    let remove = |name: &str| StreamChange::RemoveConsumerTags(consumer(name), vec!["key-01".to_owned()]);
    assert_eq!(orders.change(remove("a")), Ok(()));
    assert_eq!(tags(0).len(), 2);
    let full = numbered_tags(0..TAGS_PER_RESOURCE_MAX + 1);
    let refusal = orders.refuses(StreamChange::AddConsumerTags(consumer("a"), full));
    assert!(matches!(refusal, ChangeRefusal::TagLimit(_)), "{refusal:?}");
    let absent = ChangeRefusal::NoSuchConsumer(consumer("c"));
    assert_eq!(orders.refuses(StreamChange::AddConsumerTags(consumer("c"), numbered_tags(0..1))), absent);
    assert_eq!(orders.refuses(remove("c")), absent);
    assert_eq!(orders.now().tags, BTreeMap::new(), "none of them is the stream's");
}

fn a_stream_that_scales_takes_no_other_setting<W: World>(world: &W) {
    let orders = Changed::with_shards(world, 2);
    assert_eq!(orders.change(StreamChange::ShardCount(4)), Ok(()));
    assert_eq!(orders.now().status, StreamStatus::Updating);
    for change in [
        StreamChange::RetentionHours(48),
        StreamChange::MaxRecordSizeKib(2048),
        StreamChange::ShardLevelMetrics(vec![MetricsName::IncomingBytes]),
        StreamChange::Mode(StreamMode::OnDemand),
        StreamChange::ShardCount(3),
    ] {
        assert_eq!(orders.refuses(change), ChangeRefusal::NotActive(StreamStatus::Updating));
    }
    assert_eq!(orders.change(StreamChange::AddTags(numbered_tags(0..1))), Ok(()), "tags are no setting");
    assert_eq!(orders.now().tags, numbered_tags(0..1));
}
