//! Creating, deleting, describing and listing streams.

use std::sync::Arc;

use forebay_gateway::actions::Received;
use forebay_gateway::catalog::{AccountFacts, ChangeRefusal, CreateRefusal, StreamStatus};
use forebay_gateway::ranges::Held;
use forebay_protocol::api::Operation;
use forebay_protocol::wire::Encoding;
use serde_json::json;

use crate::model::INSTALLATION_ACCOUNT;
use crate::world::{START, World, shard_ids};

#[test]
fn a_stream_is_created_described_and_deleted() {
    let world = World::new();
    let create = json!({"StreamName": "orders", "ShardCount": 3, "Tags": {"team": "a"}, "MaxRecordSizeInKiB": 2048});
    assert!(world.done(Operation::CreateStream, create).is_null());
    let description = &world.done(Operation::DescribeStream, json!({"StreamName": "orders"}))["StreamDescription"];
    assert_eq!(description["StreamARN"], "arn:aws:kinesis:us-east-1:000000000000:stream/orders");
    assert_eq!(description["StreamStatus"], "ACTIVE");
    assert_eq!(description["StreamCreationTimestamp"].as_f64(), Some(1_700_000_000.0));
    assert_eq!(shard_ids(&description["Shards"]), [0, 1, 2]);
    assert_eq!(description["HasMoreShards"], false);
    assert_eq!(description["RetentionPeriodHours"], 24);
    assert!(world.done(Operation::DeleteStream, json!({"StreamName": "orders"})).is_null());
    let gone = ("ResourceNotFoundException", "Stream orders under account 000000000000 not found.");
    world.refuses(Operation::DescribeStream, &[(json!({"StreamName": "orders"}), gone.0, gone.1)]);
}

#[test]
fn an_answer_is_in_the_dialect_of_its_request() {
    let world = World::with_orders(1);
    let operation = Operation::DescribeStreamSummary;
    // A map of one member, `StreamName`: "orders".
    let held = &Held::from(Arc::new(()));
    let cbor = Received { operation, encoding: Encoding::Cbor, body: b"\xa1\x6aStreamName\x66orders", held };
    let answer = world.answer(INSTALLATION_ACCOUNT, cbor).expect("a summary");
    assert!(answer.starts_with(b"\xbf\x78\x18StreamDescriptionSummary\xbf"), "{answer:?}");
    let json = Received { operation, encoding: Encoding::Json, body: br#"{"StreamName":"orders"}"#, held };
    let answer = world.answer(INSTALLATION_ACCOUNT, json).expect("a summary");
    assert!(answer.starts_with(br#"{"StreamDescriptionSummary":{"#), "{answer:?}");
}

#[test]
fn a_summary_counts_open_shards_and_consumers() {
    let world = World::with_orders(4);
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/orders";
    world.done(Operation::RegisterStreamConsumer, json!({"StreamARN": arn, "ConsumerName": "a"}));
    world.done(
        Operation::MergeShards,
        json!({"StreamName": "orders", "ShardToMerge": "0", "AdjacentShardToMerge": "1"}),
    );
    let summary = &world.done(Operation::DescribeStreamSummary, json!({"StreamName": "orders"}));
    let summary = &summary["StreamDescriptionSummary"];
    assert_eq!(summary["OpenShardCount"], 3);
    assert_eq!(summary["ConsumerCount"], 1);
    assert_eq!(summary["MaxRecordSizeInKiB"], 1024);
    assert_eq!(summary["StreamModeDetails"]["StreamMode"], "PROVISIONED");
}

#[test]
fn a_creation_that_is_refused_says_why_as_aws_does() {
    let world = World::with_orders(1);
    let create = json!({"StreamName": "orders", "ShardCount": 8});
    let facts = AccountFacts { open_shards: 497, shard_limit: 500, on_demand_streams: 50, on_demand_stream_limit: 50 };
    world.refuses(
        Operation::CreateStream,
        &[(create.clone(), "ResourceInUseException", "Stream orders under account 000000000000 already exists.")],
    );
    for (refusal, text) in [
        (
            CreateRefusal::ShardLimit(facts),
            "This request would exceed the shard limit for the account 000000000000 in us-east-1. Current shard count \
             for the account: 497. Limit: 500. Number of additional shards that would have resulted from this request: \
             8. Refer to the AWS Service Limits page \
             (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to \
             request higher limits.",
        ),
        (
            CreateRefusal::OnDemandStreamLimit(facts),
            "This request would exceed the limit of 50 on-demand streams for the account 000000000000.",
        ),
    ] {
        world.accounts.refuse_create(refusal);
        world.refuses(Operation::CreateStream, &[(create.clone(), "LimitExceededException", text)]);
    }
    world.accounts.refuse_create(CreateRefusal::Unavailable("the disk is gone".to_owned()));
    world.refuses(Operation::CreateStream, &[(create, "InternalFailure", "Internal service failure.")]);
}

#[test]
fn a_stream_with_consumers_is_deleted_only_with_them() {
    let world = World::with_orders(1);
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/orders";
    world.done(Operation::RegisterStreamConsumer, json!({"StreamARN": arn, "ConsumerName": "a"}));
    world.refuses(
        Operation::DeleteStream,
        &[(
            json!({"StreamName": "orders"}),
            "ResourceInUseException",
            "Stream orders under account 000000000000 has registered consumers. To delete it with them, set \
         EnforceConsumerDeletion.",
        )],
    );
    world.done(Operation::DeleteStream, json!({"StreamName": "orders", "EnforceConsumerDeletion": true}));
}

#[test]
fn a_stream_in_creating_has_no_shards_and_takes_no_records() {
    let world = World::with_orders(2);
    world.accounts.edit("orders", |stream| stream.status = StreamStatus::Creating);
    let named = json!({"StreamName": "orders"});
    let description = &world.done(Operation::DescribeStream, named.clone())["StreamDescription"];
    assert_eq!((&description["StreamStatus"], &description["Shards"]), (&json!("CREATING"), &json!([])));
    assert_eq!(world.done(Operation::ListShards, named)["Shards"], json!([]));
    world.refuses(
        Operation::PutRecord,
        &[(
            json!({"StreamName": "orders", "PartitionKey": "a", "Data": ""}),
            "ResourceNotFoundException",
            "Stream orders under account 000000000000 not found.",
        )],
    );
    world.refuses(
        Operation::GetShardIterator,
        &[(
            json!({"StreamName": "orders", "ShardId": "0", "ShardIteratorType": "LATEST"}),
            "ResourceNotFoundException",
            "Shard shardId-000000000000 in stream orders under account 000000000000 does not exist",
        )],
    );
}

#[test]
fn shards_are_described_page_by_page() {
    let world = World::with_orders(5);
    let page = |after: Option<&str>| {
        let mut input = json!({"StreamName": "orders", "Limit": 2});
        if let Some(after) = after {
            input["ExclusiveStartShardId"] = json!(after);
        }
        let description = world.done(Operation::DescribeStream, input)["StreamDescription"].take();
        (shard_ids(&description["Shards"]), description["HasMoreShards"] == true)
    };
    assert_eq!(page(None), (vec![0, 1], true));
    assert_eq!(page(Some("shardId-000000000001")), (vec![2, 3], true));
    assert_eq!(page(Some("shardId-000000000003")), (vec![4], false));
    assert_eq!(page(Some("shardId-000000000009")), (vec![], false));
    world.refuses(
        Operation::DescribeStream,
        &[(
            json!({"StreamName": "orders", "ExclusiveStartShardId": "nothing"}),
            "ResourceNotFoundException",
            "Could not find shard nothing in stream orders under account 000000000000.",
        )],
    );
}

#[test]
fn streams_are_listed_by_name_page_by_page() {
    let world = World::new();
    for name in ["c", "a", "d", "b"] {
        world.done(Operation::CreateStream, json!({"StreamName": name, "ShardCount": 1}));
    }
    let first = world.done(Operation::ListStreams, json!({"Limit": 3}));
    assert_eq!(first["StreamNames"], json!(["a", "b", "c"]));
    assert_eq!(first["HasMoreStreams"], true);
    assert_eq!(first["StreamSummaries"][0]["StreamStatus"], "ACTIVE");
    let last = world.done(Operation::ListStreams, json!({"NextToken": first["NextToken"]}));
    assert_eq!((&last["StreamNames"], &last["HasMoreStreams"]), (&json!(["d"]), &json!(false)));
    assert!(last.get("NextToken").is_none());
    let after = world.done(Operation::ListStreams, json!({"ExclusiveStartStreamName": "b"}));
    assert_eq!(after["StreamNames"], json!(["c", "d"]));
    let other = world.ask_as("123456789012", Operation::ListStreams, json!({}));
    assert_eq!(other.expect("an empty list")["StreamNames"], json!([]));
}

#[test]
fn a_token_of_a_list_is_good_for_five_minutes_and_for_no_other_list() {
    let world = World::with_orders(3);
    world.done(Operation::CreateStream, json!({"StreamName": "other", "ShardCount": 1}));
    let streams = world.done(Operation::ListStreams, json!({"Limit": 1}))["NextToken"].take();
    let shards =
        world.done(Operation::ListShards, json!({"StreamName": "orders", "MaxResults": 1}))["NextToken"].take();
    let invalid = ("InvalidArgumentException", "Invalid NextToken.");
    world.refuses(Operation::ListStreams, &[(json!({"NextToken": shards}), invalid.0, invalid.1)]);
    world.refuses(Operation::ListShards, &[(json!({"NextToken": streams}), invalid.0, invalid.1)]);
    world.refuses(Operation::ListShards, &[(json!({"NextToken": "nonsense"}), invalid.0, invalid.1)]);
    world.pass_ms(300_000);
    world.done(Operation::ListShards, json!({"NextToken": shards}));
    world.pass_ms(1);
    let expired = "NextToken expired. The token was created at time Tue Nov 14 22:13:20 UTC 2023 while right now it is \
                   Tue Nov 14 22:18:20 UTC 2023 which is further in the future than the tolerated delay of 300000 \
                   milliseconds.";
    world.refuses(Operation::ListShards, &[(json!({"NextToken": shards}), "ExpiredNextTokenException", expired)]);
    world.refuses(Operation::ListStreams, &[(json!({"NextToken": streams}), "ExpiredNextTokenException", expired)]);
}

#[test]
fn an_accounts_limits_are_what_the_catalog_says() {
    let world = World::new();
    let facts = AccountFacts { open_shards: 7, shard_limit: 500, on_demand_streams: 2, on_demand_stream_limit: 50 };
    world.accounts.set_facts(facts);
    assert_eq!(
        world.done(Operation::DescribeLimits, json!({})),
        json!({"ShardLimit": 500, "OpenShardCount": 7, "OnDemandStreamCount": 2, "OnDemandStreamCountLimit": 50})
    );
    let settings = world.done(Operation::DescribeAccountSettings, json!({}));
    assert_eq!(settings["MinimumThroughputBillingCommitment"]["Status"], "DISABLED");
}

#[test]
fn a_deletion_that_is_refused_says_why() {
    let world = World::with_orders(1);
    assert_eq!(world.now(), START);
    world.accounts.refuse_change(ChangeRefusal::NotActive(StreamStatus::Deleting));
    world.refuses(
        Operation::DeleteStream,
        &[(
            json!({"StreamName": "orders"}),
            "ResourceInUseException",
            "Stream orders under account 000000000000 not ACTIVE, instead in state DELETING",
        )],
    );
}
