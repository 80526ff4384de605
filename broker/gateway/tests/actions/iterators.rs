//! GetShardIterator.

use forebay_protocol::api::Operation;
use forebay_protocol::iterator::ShardIterator;
use forebay_protocol::limits::HOUR_MS;
use forebay_protocol::words::{SequenceNumber, ShardId};
use serde_json::{Value, json};

use crate::world::{self, START, World};

fn input(shard: &str, kind: &str) -> Value {
    json!({"StreamName": "orders", "ShardId": shard, "ShardIteratorType": kind})
}

fn numbered(shard: &str, kind: &str, number: &str) -> Value {
    let mut input = input(shard, kind);
    input["StartingSequenceNumber"] = json!(number);
    input
}

/// The data that a read from an iterator finds.
fn data(world: &World, input: Value) -> Vec<String> {
    let answer = world.read(&world.iterator(input));
    let records = answer["Records"].as_array().expect("a list");
    records.iter().map(|record| record["Data"].as_str().expect("base64").to_owned()).collect()
}

#[test]
fn each_type_starts_where_aws_starts() {
    let world = World::with_orders(1);
    let numbers: Vec<_> = ["YQ==", "Yg==", "Yw=="]
        .iter()
        .map(|data| {
            world.pass_ms(1000);
            world.put("0", data).1
        })
        .collect();
    assert_eq!(data(&world, input("0", "TRIM_HORIZON")), ["YQ==", "Yg==", "Yw=="]);
    assert_eq!(data(&world, input("0", "LATEST")), [""; 0]);
    assert_eq!(data(&world, numbered("0", "AT_SEQUENCE_NUMBER", &numbers[1])), ["Yg==", "Yw=="]);
    assert_eq!(data(&world, numbered("0", "AFTER_SEQUENCE_NUMBER", &numbers[1])), ["Yw=="]);
    let mut at_timestamp = input("0", "AT_TIMESTAMP");
    at_timestamp["Timestamp"] = json!(1_700_000_001.5);
    assert_eq!(data(&world, at_timestamp), ["Yg==", "Yw=="]);
}

#[test]
fn a_position_is_pinned_when_the_iterator_is_issued() {
    let world = World::with_orders(1);
    let latest = world.iterator(input("0", "LATEST"));
    world.put("0", "YQ==");
    assert_eq!(world.read(&latest)["Records"][0]["Data"], "YQ==");
}

#[test]
fn the_shards_starting_number_works_with_no_record_there() {
    let world = World::with_orders(1);
    let shards = world.done(Operation::ListShards, json!({"StreamName": "orders"}));
    let start = shards["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"].as_str().expect("a number");
    assert_eq!(data(&world, numbered("0", "AT_SEQUENCE_NUMBER", start)), [""; 0]);
}

#[test]
fn a_closed_shards_ending_number_is_its_end_and_nothing_comes_after_it() {
    let world = World::with_orders(2);
    world.put("0", "YQ==");
    world.done(
        Operation::MergeShards,
        json!({"StreamName": "orders", "ShardToMerge": "0", "AdjacentShardToMerge": "1"}),
    );
    let shards = world.done(Operation::ListShards, json!({"StreamName": "orders"}));
    let end = shards["Shards"][0]["SequenceNumberRange"]["EndingSequenceNumber"].as_str().expect("a number");
    let iterator = world.iterator(numbered("0", "AT_SEQUENCE_NUMBER", end));
    let opened = ShardIterator::open(&iterator, &world::iterator_keys(), world.now()).expect("genuine");
    assert_eq!(opened.position, 2, "the counter after the last record, not the ending number's");
    let answer = world.read(&iterator);
    assert_eq!(answer["Records"], json!([]));
    assert_eq!(answer["ChildShards"][0]["ShardId"], "shardId-000000000002");
    world.refuses(Operation::GetShardIterator, &[(
        numbered("0", "AFTER_SEQUENCE_NUMBER", end),
        "InvalidArgumentException",
        "Invalid SequenceNumber for ShardIteratorType AFTER_SEQUENCE_NUMBER, SequenceNumber has reached max possible \
         value for the shard.",
    )]);
}

#[test]
fn shards_and_streams_that_do_not_exist_are_said_as_aws_says_them() {
    let world = World::with_orders(2);
    let mut unknown_stream = input("shardId-5", "LATEST");
    unknown_stream["StreamName"] = json!("none");
    let does_not_exist = "Shard shardId-000000000005 in stream orders under account 000000000000 does not exist";
    let could_not_find = |shard| format!("Could not find shard {shard} in stream orders under account 000000000000.");
    world.refuses(
        Operation::GetShardIterator,
        &[
            (input("shardId-5", "LATEST"), "ResourceNotFoundException", does_not_exist),
            // The shard is looked for before the type and its number are compared.
            (numbered("shardId-5", "LATEST", "5"), "ResourceNotFoundException", does_not_exist),
            (
                unknown_stream,
                "ResourceNotFoundException",
                "Shard shardId-000000000005 in stream none under account 000000000000 does not exist",
            ),
            (input("2147483648", "LATEST"), "ResourceNotFoundException", &could_not_find("2147483648")),
            (input("ABKLFD8", "LATEST"), "ResourceNotFoundException", &could_not_find("ABKLFD8")),
        ],
    );
    world.iterator(input("anything-1", "LATEST"));
}

#[test]
fn a_type_and_a_number_that_do_not_go_together_are_refused() {
    let world = World::with_orders(1);
    let text = |given: &str| {
        format!(
            "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) \
             TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified {given}."
        )
    };
    world.refuses(
        Operation::GetShardIterator,
        &[
            (
                numbered("0", "LATEST", "5"),
                "InvalidArgumentException",
                &text("LATEST and also a StartingSequenceNumber"),
            ),
            (
                numbered("0", "TRIM_HORIZON", "5"),
                "InvalidArgumentException",
                &text("TRIM_HORIZON and also a StartingSequenceNumber"),
            ),
            (
                input("0", "AT_SEQUENCE_NUMBER"),
                "InvalidArgumentException",
                &text("AT_SEQUENCE_NUMBER and no StartingSequenceNumber"),
            ),
            (
                input("0", "AFTER_SEQUENCE_NUMBER"),
                "InvalidArgumentException",
                &text("AFTER_SEQUENCE_NUMBER and no StartingSequenceNumber"),
            ),
            (
                input("0", "AT_TIMESTAMP"),
                "InvalidArgumentException",
                "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no \
             timestamp parameter.",
            ),
        ],
    );
}

#[test]
fn numbers_of_other_shards_streams_and_layouts_are_told_apart() {
    let world = World::with_orders(2);
    let start = |shard, created_s| {
        SequenceNumber { created_s, shard: ShardId(shard), counter: 0, arrived_s: created_s }.to_string()
    };
    let (other_shard, other_stream) = (start(1, START.seconds()), start(0, START.seconds() - 1));
    let late = "26227199374822427428162556223570313216";
    let invalid = |number: &str| {
        format!(
            "StartingSequenceNumber {number} used in GetShardIterator on shard shardId-000000000000 in stream orders \
             under account 000000000000 is invalid"
        )
    };
    let encodes = |shard: u32| {
        format!(
            "Invalid StartingSequenceNumber. It encodes {}, while it was used in a call to a shard with \
             shardId-000000000000",
            ShardId(shard)
        )
    };
    let foreign = invalid(&other_stream) + " because it did not come from this stream.";
    let zero = invalid("0") + " because it did not come from this stream.";
    let malformed = invalid(late) + ".";
    for kind in ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"] {
        world.refuses(
            Operation::GetShardIterator,
            &[
                (numbered("0", kind, &other_shard), "InvalidArgumentException", &encodes(1)),
                (numbered("0", kind, "5"), "InvalidArgumentException", &encodes(5)),
                (numbered("0", kind, &other_stream), "InvalidArgumentException", &foreign),
                (numbered("0", kind, "0"), "InvalidArgumentException", &zero),
                (numbered("0", kind, late), "InvalidArgumentException", &malformed),
            ],
        );
    }
}

#[test]
fn a_future_timestamp_is_refused_and_now_is_not() {
    let world = World::with_orders(1);
    let mut at = input("0", "AT_TIMESTAMP");
    at["Timestamp"] = json!(1_700_000_000.0);
    world.iterator(at.clone());
    at["Timestamp"] = json!(1_700_000_000.001);
    world.refuses(
        Operation::GetShardIterator,
        &[(
            at,
            "InvalidArgumentException",
            "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: \
         1700000000001, currentTimestampInMillis: 1700000000000",
        )],
    );
}

#[test]
fn a_shard_whose_records_have_expired_does_not_exist() {
    let world = World::with_orders(2);
    world.done(
        Operation::MergeShards,
        json!({"StreamName": "orders", "ShardToMerge": "0", "AdjacentShardToMerge": "1"}),
    );
    world.pass_ms(25 * HOUR_MS);
    world.refuses(
        Operation::GetShardIterator,
        &[(
            input("0", "TRIM_HORIZON"),
            "ResourceNotFoundException",
            "Shard shardId-000000000000 in stream orders under account 000000000000 does not exist",
        )],
    );
    world.iterator(input("2", "TRIM_HORIZON"));
}

#[test]
fn a_dry_run_issues_no_iterator() {
    let world = World::with_orders(1);
    let mut dry = input("0", "LATEST");
    dry["DryRun"] = json!(true);
    let text = "The request would have succeeded, but the DryRun parameter is set.";
    world.refuses(Operation::GetShardIterator, &[(dry, "DryRunOperationException", text)]);
}
