//! By name, ARN and id; whose, and where.

use forebay_protocol::api::Operation;
use forebay_protocol::words::StreamId;
use serde_json::{Value, json};

use crate::model::incarnation_of;
use crate::world::World;

fn arn(region: &str, account: &str) -> String {
    format!("arn:aws:kinesis:{region}:{account}:stream/orders")
}

fn summary(world: &World, input: Value) -> Result<Value, (String, String)> {
    world.ask(Operation::DescribeStreamSummary, input)
}

#[test]
fn name_arn_and_id_each_address_the_stream() {
    let world = World::with_orders(1);
    let id = StreamId::of(incarnation_of(1)).to_string();
    let stale = StreamId::of(incarnation_of(9)).to_string();
    for input in [
        json!({"StreamName": "orders"}),
        json!({"StreamARN": arn("us-east-1", "000000000000")}),
        json!({"StreamId": id}),
        json!({"StreamName": "orders", "StreamId": stale}),
        json!({"StreamARN": arn("us-east-1", "000000000000"), "StreamId": stale}),
        json!({"StreamARN": arn("us-east-1", "000000000000"), "StreamName": "orders"}),
    ] {
        let found = summary(&world, input.clone()).unwrap_or_else(|refused| panic!("{input}: {refused:?}"));
        assert_eq!(found["StreamDescriptionSummary"]["StreamId"], json!(id));
    }
}

#[test]
fn a_stale_id_alone_finds_nothing_and_a_malformed_one_is_no_id() {
    let world = World::with_orders(1);
    let stale = StreamId::of(incarnation_of(9)).to_string();
    let text = format!("Stream {stale} under account 000000000000 not found.");
    let (code, _) = summary(&world, json!({"StreamId": "x"})).expect_err("malformed");
    assert_eq!(code, "ValidationException");
    world.refuses(
        Operation::DescribeStreamSummary,
        &[
            (json!({"StreamId": stale}), "ResourceNotFoundException", &text),
            (json!({}), "InvalidArgumentException", "Either StreamName or StreamARN must be provided."),
        ],
    );
}

#[test]
fn another_accounts_arn_is_refused_on_every_operation_that_takes_one() {
    let world = World::with_orders(1);
    let stream = arn("us-east-1", "123456789012");
    let consumer = format!("{stream}/consumer/app:1");
    let by_stream = |mut input: Value| {
        input["StreamARN"] = json!(stream);
        input
    };
    let by_resource = |mut input: Value| {
        input["ResourceARN"] = json!(stream);
        input
    };
    let metrics = json!({"ShardLevelMetrics": ["ALL"]});
    for (operation, input) in [
        (Operation::DescribeStream, by_stream(json!({}))),
        (Operation::DescribeStreamSummary, by_stream(json!({}))),
        (Operation::DeleteStream, by_stream(json!({}))),
        (Operation::ListShards, by_stream(json!({}))),
        (Operation::PutRecord, by_stream(json!({"PartitionKey": "k", "Data": ""}))),
        (Operation::PutRecords, by_stream(json!({"Records": [{"PartitionKey": "k", "Data": ""}]}))),
        (Operation::GetShardIterator, by_stream(json!({"ShardId": "0", "ShardIteratorType": "LATEST"}))),
        (Operation::SplitShard, by_stream(json!({"ShardToSplit": "0", "NewStartingHashKey": "5"}))),
        (Operation::MergeShards, by_stream(json!({"ShardToMerge": "0", "AdjacentShardToMerge": "1"}))),
        (Operation::UpdateShardCount, by_stream(json!({"TargetShardCount": 1, "ScalingType": "UNIFORM_SCALING"}))),
        (Operation::UpdateStreamMode, by_stream(json!({"StreamModeDetails": {"StreamMode": "ON_DEMAND"}}))),
        (Operation::UpdateMaxRecordSize, by_stream(json!({"MaxRecordSizeInKiB": 2048}))),
        (Operation::IncreaseStreamRetentionPeriod, by_stream(json!({"RetentionPeriodHours": 48}))),
        (Operation::DecreaseStreamRetentionPeriod, by_stream(json!({"RetentionPeriodHours": 24}))),
        (Operation::EnableEnhancedMonitoring, by_stream(metrics.clone())),
        (Operation::DisableEnhancedMonitoring, by_stream(metrics)),
        (Operation::AddTagsToStream, by_stream(json!({"Tags": {"a": ""}}))),
        (Operation::RemoveTagsFromStream, by_stream(json!({"TagKeys": ["a"]}))),
        (Operation::ListTagsForStream, by_stream(json!({}))),
        (Operation::TagResource, by_resource(json!({"Tags": {"a": ""}}))),
        (Operation::UntagResource, by_resource(json!({"TagKeys": ["a"]}))),
        (Operation::ListTagsForResource, by_resource(json!({}))),
        (Operation::RegisterStreamConsumer, by_stream(json!({"ConsumerName": "app"}))),
        (Operation::DescribeStreamConsumer, by_stream(json!({"ConsumerName": "app"}))),
        (Operation::DeregisterStreamConsumer, json!({"ConsumerARN": consumer})),
        (Operation::ListStreamConsumers, by_stream(json!({}))),
    ] {
        let (code, text) = world.ask(operation, input).expect_err("another account's");
        assert_eq!(code, "AccessDeniedException", "{}: {text}", operation.name());
        assert!(text.contains(&format!("kinesis:{} on resource: {stream}", operation.name())), "{text}");
    }
}

#[test]
fn a_refusal_of_access_names_who_what_and_why() {
    let world = World::with_orders(1);
    world.refuses(
        Operation::DescribeStream,
        &[(
            json!({"StreamARN": arn("us-east-1", "123456789012")}),
            "AccessDeniedException",
            "User: arn:aws:iam::000000000000:root is not authorized to perform: kinesis:DescribeStream on resource: \
         arn:aws:kinesis:us-east-1:123456789012:stream/orders because no resource-based policy allows the \
         kinesis:DescribeStream action",
        )],
    );
}

#[test]
fn an_arn_of_another_region_or_partition_names_nothing_here() {
    let world = World::with_orders(1);
    let text = "Stream orders under account 000000000000 not found.";
    world.refuses(
        Operation::DescribeStreamSummary,
        &[
            (json!({"StreamARN": arn("eu-central-1", "000000000000")}), "ResourceNotFoundException", text),
            (
                json!({"StreamARN": "arn:aws-cn:kinesis:us-east-1:000000000000:stream/orders"}),
                "ResourceNotFoundException",
                text,
            ),
        ],
    );
}

#[test]
fn a_name_is_the_callers_own() {
    let world = World::with_orders(1);
    let asked = world.ask_as("123456789012", Operation::DescribeStream, json!({"StreamName": "orders"}));
    let text = "Stream orders under account 123456789012 not found.";
    assert_eq!(asked, Err(("ResourceNotFoundException".to_owned(), text.to_owned())));
}
