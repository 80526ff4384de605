//! Every implemented operation reaches its own handler: what it answers and does here, no other operation does.

use std::collections::BTreeSet;

use forebay_gateway::catalog::{MetricsName, StreamChange, StreamMode};
use forebay_protocol::api::{Operation, Support};
use serde_json::{Value, json};

use crate::world::{World, shard_ids};

const ARN: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/orders";
const CONSUMER_ARN: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/app:1700000000";

/// A request that succeeds in [`furnished`], and what is seen of it.
struct Row {
    operation: Operation,
    input: Value,
    seen: Seen,
}

#[derive(Debug, PartialEq)]
struct Seen {
    /// The answer's.
    members: BTreeSet<String>,
    effect: Effect,
}

#[derive(Debug, PartialEq)]
enum Effect {
    /// Nothing is another.
    None,
    /// The catalog was asked for this.
    Change(StreamChange),
    /// These are the streams now.
    Streams(Vec<Value>),
    /// These are the shards of `orders` now, open or closed.
    Shards(Vec<u64>),
}

fn row(operation: Operation, input: Value, members: &[&str], effect: Effect) -> Row {
    let members = members.iter().map(|member| (*member).to_owned()).collect();
    Row { operation, input, seen: Seen { members, effect } }
}

/// A request for the stream by its name.
fn orders(mut input: Value) -> Value {
    input["StreamName"] = json!("orders");
    input
}

/// The stream `orders` with two shards and one of everything that operations read or take away.
fn furnished() -> World {
    let world = World::with_orders(2);
    world.done(Operation::AddTagsToStream, orders(json!({"Tags": {"a": "1"}})));
    world.done(Operation::RegisterStreamConsumer, json!({"StreamARN": ARN, "ConsumerName": "app", "Tags": {"b": "2"}}));
    world.done(Operation::IncreaseStreamRetentionPeriod, orders(json!({"RetentionPeriodHours": 48})));
    world.done(Operation::EnableEnhancedMonitoring, orders(json!({"ShardLevelMetrics": ["IncomingBytes"]})));
    world.put("0", "YQ==");
    world
}

fn rows(world: &World) -> Vec<Row> {
    let mut rows = of_records_and_shards(world);
    rows.extend(of_streams());
    rows.extend(of_settings());
    rows.extend(of_tags());
    rows.extend(of_consumers());
    rows
}

fn of_records_and_shards(world: &World) -> Vec<Row> {
    let first = "shardId-000000000000";
    let at_horizon = json!({"ShardId": first, "ShardIteratorType": "TRIM_HORIZON"});
    let record = json!({"PartitionKey": "k", "Data": "YQ=="});
    vec![
        row(Operation::PutRecord, orders(record.clone()), &["ShardId", "SequenceNumber"], Effect::None),
        row(
            Operation::PutRecords,
            orders(json!({"Records": [record]})),
            &["FailedRecordCount", "Records"],
            Effect::None,
        ),
        row(Operation::GetShardIterator, orders(at_horizon.clone()), &["ShardIterator"], Effect::None),
        row(
            Operation::GetRecords,
            json!({"ShardIterator": world.iterator(at_horizon)}),
            &["MillisBehindLatest", "NextShardIterator", "Records"],
            Effect::None,
        ),
        row(Operation::ListShards, orders(json!({})), &["Shards"], Effect::None),
        row(
            Operation::SplitShard,
            orders(json!({"ShardToSplit": first, "NewStartingHashKey": "1000"})),
            &[],
            Effect::Shards(vec![0, 1, 2, 3]),
        ),
        row(
            Operation::MergeShards,
            orders(json!({"ShardToMerge": first, "AdjacentShardToMerge": "shardId-000000000001"})),
            &[],
            Effect::Shards(vec![0, 1, 2]),
        ),
        row(
            Operation::UpdateShardCount,
            orders(json!({"TargetShardCount": 4, "ScalingType": "UNIFORM_SCALING"})),
            &["CurrentShardCount", "StreamARN", "StreamName", "TargetShardCount"],
            Effect::Change(StreamChange::ShardCount(4)),
        ),
    ]
}

fn of_streams() -> Vec<Row> {
    let limits = ["OnDemandStreamCount", "OnDemandStreamCountLimit", "OpenShardCount", "ShardLimit"];
    vec![
        row(
            Operation::CreateStream,
            json!({"StreamName": "another", "ShardCount": 1}),
            &[],
            Effect::Streams(vec![json!("another"), json!("orders")]),
        ),
        row(Operation::DeleteStream, orders(json!({"EnforceConsumerDeletion": true})), &[], Effect::Streams(vec![])),
        row(Operation::DescribeAccountSettings, json!({}), &["MinimumThroughputBillingCommitment"], Effect::None),
        row(Operation::DescribeLimits, json!({}), &limits, Effect::None),
        row(Operation::DescribeStream, orders(json!({})), &["StreamDescription"], Effect::None),
        row(Operation::DescribeStreamSummary, orders(json!({})), &["StreamDescriptionSummary"], Effect::None),
        row(Operation::ListStreams, json!({}), &["HasMoreStreams", "StreamNames", "StreamSummaries"], Effect::None),
    ]
}

fn of_settings() -> Vec<Row> {
    let metrics = ["CurrentShardLevelMetrics", "DesiredShardLevelMetrics", "StreamARN", "StreamName"];
    let both = vec![MetricsName::IncomingBytes, MetricsName::IncomingRecords];
    vec![
        row(
            Operation::IncreaseStreamRetentionPeriod,
            orders(json!({"RetentionPeriodHours": 72})),
            &[],
            Effect::Change(StreamChange::RetentionHours(72)),
        ),
        row(
            Operation::DecreaseStreamRetentionPeriod,
            orders(json!({"RetentionPeriodHours": 24})),
            &[],
            Effect::Change(StreamChange::RetentionHours(24)),
        ),
        row(
            Operation::EnableEnhancedMonitoring,
            orders(json!({"ShardLevelMetrics": ["IncomingRecords"]})),
            &metrics,
            Effect::Change(StreamChange::ShardLevelMetrics(both)),
        ),
        row(
            Operation::DisableEnhancedMonitoring,
            orders(json!({"ShardLevelMetrics": ["IncomingBytes"]})),
            &metrics,
            Effect::Change(StreamChange::ShardLevelMetrics(vec![])),
        ),
        row(
            Operation::UpdateMaxRecordSize,
            json!({"StreamARN": ARN, "MaxRecordSizeInKiB": 2048}),
            &[],
            Effect::Change(StreamChange::MaxRecordSizeKib(2048)),
        ),
        row(
            Operation::UpdateStreamMode,
            json!({"StreamARN": ARN, "StreamModeDetails": {"StreamMode": "ON_DEMAND"}}),
            &[],
            Effect::Change(StreamChange::Mode(StreamMode::OnDemand)),
        ),
    ]
}

fn of_tags() -> Vec<Row> {
    let tags = || [("c".to_owned(), "3".to_owned())].into();
    let app = || "app".parse().expect("a name");
    vec![
        row(
            Operation::AddTagsToStream,
            orders(json!({"Tags": {"c": "3"}})),
            &[],
            Effect::Change(StreamChange::AddTags(tags())),
        ),
        row(
            Operation::RemoveTagsFromStream,
            orders(json!({"TagKeys": ["a"]})),
            &[],
            Effect::Change(StreamChange::RemoveTags(vec!["a".to_owned()])),
        ),
        row(Operation::ListTagsForStream, orders(json!({})), &["HasMoreTags", "Tags"], Effect::None),
        row(
            Operation::TagResource,
            json!({"ResourceARN": CONSUMER_ARN, "Tags": {"c": "3"}}),
            &[],
            Effect::Change(StreamChange::AddConsumerTags(app(), tags())),
        ),
        row(
            Operation::UntagResource,
            json!({"ResourceARN": CONSUMER_ARN, "TagKeys": ["b"]}),
            &[],
            Effect::Change(StreamChange::RemoveConsumerTags(app(), vec!["b".to_owned()])),
        ),
        row(Operation::ListTagsForResource, json!({"ResourceARN": CONSUMER_ARN}), &["Tags"], Effect::None),
    ]
}

fn of_consumers() -> Vec<Row> {
    let name = |name: &str| name.parse().expect("a name");
    vec![
        row(
            Operation::RegisterStreamConsumer,
            json!({"StreamARN": ARN, "ConsumerName": "other"}),
            &["Consumer"],
            Effect::Change(StreamChange::RegisterConsumer { name: name("other"), tags: [].into() }),
        ),
        row(
            Operation::DeregisterStreamConsumer,
            json!({"ConsumerARN": CONSUMER_ARN}),
            &[],
            Effect::Change(StreamChange::DeregisterConsumer(name("app"))),
        ),
        row(
            Operation::DescribeStreamConsumer,
            json!({"ConsumerARN": CONSUMER_ARN}),
            &["ConsumerDescription"],
            Effect::None,
        ),
        row(Operation::ListStreamConsumers, json!({"StreamARN": ARN}), &["Consumers"], Effect::None),
    ]
}

/// What is there to be changed.
fn standing(world: &World) -> (usize, Vec<Value>, Vec<u64>) {
    let listed = world.done(Operation::ListStreams, json!({}))["StreamNames"].take();
    let streams = listed.as_array().expect("a list").clone();
    let shards = match world.ask(Operation::ListShards, orders(json!({}))) {
        Ok(listed) => shard_ids(&listed["Shards"]),
        Err(_) => vec![],
    };
    (world.accounts.changes().len(), streams, shards)
}

fn seen(world: &World, operation: Operation, input: Value) -> Seen {
    let (changes, streams, shards) = standing(world);
    let answer = world.done(operation, input);
    let (changes_then, streams_then, shards_then) = standing(world);
    let effect = if streams_then != streams {
        Effect::Streams(streams_then)
    } else if shards_then != shards {
        Effect::Shards(shards_then)
    } else if changes_then > changes {
        assert_eq!(changes_then, changes + 1, "{}", operation.name());
        Effect::Change(world.accounts.changes().swap_remove(changes))
    } else {
        Effect::None
    };
    let members = answer.as_object().into_iter().flatten().map(|(member, _)| member.clone()).collect();
    Seen { members, effect }
}

#[test]
fn every_implemented_operation_is_answered_by_itself() {
    let rows_of_one_world = rows(&furnished());
    let asked: BTreeSet<_> = rows_of_one_world.iter().map(|row| row.operation).collect();
    let implemented = Operation::ALL.iter().copied().filter(|operation| operation.support() == Support::Implemented);
    assert_eq!(asked, implemented.collect());
    for index in 0..rows_of_one_world.len() {
        let world = furnished();
        let Row { operation, input, seen: expected } = rows(&world).swap_remove(index);
        assert_eq!(seen(&world, operation, input), expected, "{}", operation.name());
        let alike = rows_of_one_world.iter().find(|row| row.operation != operation && row.seen == expected);
        assert_eq!(alike.map(|row| row.operation.name()), None, "{} does the same", operation.name());
    }
}
