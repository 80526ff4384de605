//! GetRecords.

use forebay_protocol::api::Operation;
use forebay_protocol::words::SequenceNumber;
use serde_json::{Value, json};

use crate::model::incarnation_of;
use crate::world::World;

fn trim_horizon(world: &World, shard: u32) -> String {
    world.iterator(json!({"ShardId": shard.to_string(), "ShardIteratorType": "TRIM_HORIZON"}))
}

#[test]
fn records_come_back_as_they_were_put() {
    let world = World::with_orders(1);
    let (_, number) = world.put("77", "aGVsbG8=");
    let answer = world.read(&trim_horizon(&world, 0));
    assert_eq!(
        answer["Records"],
        json!([{
            "SequenceNumber": number,
            "ApproximateArrivalTimestamp": answer["Records"][0]["ApproximateArrivalTimestamp"],
            "Data": "aGVsbG8=",
            "PartitionKey": "k"
        }])
    );
    assert_eq!(answer["Records"][0]["ApproximateArrivalTimestamp"].as_f64(), Some(1_700_000_000.0));
    assert_eq!(answer["MillisBehindLatest"], 0);
}

#[test]
fn a_limit_is_kept_and_the_next_iterator_goes_on_across_puts() {
    let world = World::with_orders(1);
    for data in ["MA==", "MQ==", "Mg=="] {
        world.put("0", data);
    }
    let records = json!([{"PartitionKey": "k", "Data": "Mw=="}, {"PartitionKey": "k", "Data": "NA=="}]);
    world.done(Operation::PutRecords, json!({"StreamName": "orders", "Records": records}));
    let (mut iterator, mut seen, mut counters) = (trim_horizon(&world, 0), vec![], vec![]);
    for _ in 0..3 {
        let mut answer = world.done(Operation::GetRecords, json!({"ShardIterator": iterator, "Limit": 2}));
        let records = answer["Records"].take();
        let data = records.as_array().expect("a list").iter().map(|record| record["Data"].clone());
        seen.push(data.collect::<Vec<Value>>());
        counters.extend(records.as_array().expect("a list").iter().map(counter));
        iterator = answer["NextShardIterator"].as_str().expect("an iterator").to_owned();
    }
    assert_eq!(json!(seen), json!([["MA==", "MQ=="], ["Mg==", "Mw=="], ["NA=="]]));
    assert_eq!(counters, [1, 2, 3, 4, 5]);
    assert_eq!(world.read(&iterator)["Records"], json!([]));
}

fn counter(record: &Value) -> u64 {
    let number: SequenceNumber = record["SequenceNumber"].as_str().expect("a number").parse().expect("of version 2");
    number.counter
}

#[test]
fn a_reader_is_told_how_far_it_is_behind() {
    let world = World::with_orders(1);
    world.put("0", "YQ==");
    world.put("0", "Yg==");
    world.pass_ms(5000);
    let iterator = trim_horizon(&world, 0);
    let answer = world.done(Operation::GetRecords, json!({"ShardIterator": iterator, "Limit": 1}));
    assert_eq!(answer["MillisBehindLatest"], 5000);
}

#[test]
fn the_end_of_a_split_shard_names_its_children_and_no_next_iterator() {
    let world = World::with_orders(1);
    world.put("0", "YQ==");
    let half = (1_u128 << 127).to_string();
    let split = json!({"StreamName": "orders", "ShardToSplit": "0", "NewStartingHashKey": half});
    world.done(Operation::SplitShard, split);
    let answer = world.read(&trim_horizon(&world, 0));
    assert_eq!(answer["Records"].as_array().map(Vec::len), Some(1));
    assert!(answer.get("NextShardIterator").is_none(), "{answer}");
    assert_eq!(
        answer["ChildShards"],
        json!([
            {
                "ShardId": "shardId-000000000001",
                "ParentShards": ["shardId-000000000000"],
                "HashKeyRange": {
                    "StartingHashKey": "0", "EndingHashKey": "170141183460469231731687303715884105727"
                }
            },
            {
                "ShardId": "shardId-000000000002",
                "ParentShards": ["shardId-000000000000"],
                "HashKeyRange": {
                    "StartingHashKey": half, "EndingHashKey": "340282366920938463463374607431768211455"
                }
            }
        ])
    );
}

#[test]
fn before_the_end_of_a_closed_shard_there_is_a_next_iterator_and_no_child() {
    let world = World::with_orders(2);
    world.put("0", "YQ==");
    world.put("0", "Yg==");
    world.done(
        Operation::MergeShards,
        json!({"StreamName": "orders", "ShardToMerge": "0", "AdjacentShardToMerge": "1"}),
    );
    let iterator = trim_horizon(&world, 0);
    let first = world.done(Operation::GetRecords, json!({"ShardIterator": iterator, "Limit": 1}));
    assert!(first.get("ChildShards").is_none(), "{first}");
    let last = world.read(first["NextShardIterator"].as_str().expect("an iterator"));
    assert!(last.get("NextShardIterator").is_none(), "{last}");
    let parents = json!(["shardId-000000000000", "shardId-000000000001"]);
    assert_eq!(last["ChildShards"][0]["ParentShards"], parents);
}

#[test]
fn a_throttled_read_says_which_shard() {
    let world = World::with_orders(1);
    let iterator = trim_horizon(&world, 0);
    world.shards.throttle(0);
    world.refuses(
        Operation::GetRecords,
        &[(
            json!({"ShardIterator": iterator}),
            "ProvisionedThroughputExceededException",
            "Rate exceeded for shard shardId-000000000000 in stream orders under account 000000000000.",
        )],
    );
}

#[test]
fn an_iterator_expires_after_five_minutes_and_forgeries_are_invalid() {
    let world = World::with_orders(1);
    let iterator = trim_horizon(&world, 0);
    world.pass_ms(300_000);
    world.read(&iterator);
    world.pass_ms(1);
    let expired = "Iterator expired. The iterator was created at time Tue Nov 14 22:13:20 UTC 2023 while right now it \
                   is Tue Nov 14 22:18:20 UTC 2023 which is further in the future than the tolerated delay of 300000 \
                   milliseconds.";
    world.refuses(
        Operation::GetRecords,
        &[
            (json!({"ShardIterator": iterator}), "ExpiredIteratorException", expired),
            (json!({"ShardIterator": "AAAA"}), "InvalidArgumentException", "Invalid ShardIterator."),
            (json!({"ShardIterator": iterator.to_lowercase()}), "InvalidArgumentException", "Invalid ShardIterator."),
        ],
    );
}

#[test]
fn an_iterator_of_a_stream_made_again_reads_nothing_of_the_new_one() {
    let world = World::with_orders(1);
    let iterator = trim_horizon(&world, 0);
    world.done(Operation::DeleteStream, json!({"StreamName": "orders"}));
    world.done(Operation::CreateStream, json!({"StreamName": "orders", "ShardCount": 1}));
    let id = forebay_protocol::words::StreamId::of(incarnation_of(1));
    let text = format!("Shard shardId-000000000000 in stream {id} under account 000000000000 does not exist");
    world.refuses(Operation::GetRecords, &[(json!({"ShardIterator": iterator}), "ResourceNotFoundException", &text)]);
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/orders";
    let with_arn = json!({"ShardIterator": iterator, "StreamARN": arn});
    world.refuses(Operation::GetRecords, &[(with_arn, "InvalidArgumentException", "Invalid ShardIterator.")]);
}

#[test]
fn an_iterator_of_another_account_finds_nothing() {
    let world = World::with_orders(1);
    let iterator = trim_horizon(&world, 0);
    let (code, _) = world
        .ask_as("123456789012", Operation::GetRecords, json!({"ShardIterator": iterator}))
        .expect_err("another account's");
    assert_eq!(code, "ResourceNotFoundException");
}

#[test]
fn an_id_beside_an_iterator_is_ignored_even_when_stale() {
    let world = World::with_orders(1);
    let iterator = trim_horizon(&world, 0);
    let stale = forebay_protocol::words::StreamId::of(incarnation_of(99)).to_string();
    world.done(Operation::GetRecords, json!({"ShardIterator": iterator, "StreamId": stale}));
}

#[test]
fn a_dry_run_reads_nothing() {
    let world = World::with_orders(1);
    let dry = json!({"ShardIterator": trim_horizon(&world, 0), "DryRun": true});
    let text = "The request would have succeeded, but the DryRun parameter is set.";
    world.refuses(Operation::GetRecords, &[(dry, "DryRunOperationException", text)]);
}
