//! PutRecord and PutRecords.

use std::sync::Arc;

use forebay_gateway::actions::Received;
use forebay_gateway::ranges::{Held, Reshard};
use forebay_protocol::api::Operation;
use forebay_protocol::limits::HOUR_MS;
use forebay_protocol::wire::Encoding;
use forebay_protocol::words::{HashKey, SequenceNumber, ShardId};
use serde_json::{Value, json};

use crate::model::INSTALLATION_ACCOUNT;
use crate::world::World;

/// The hash key of a partition key.
fn hash(key: &str) -> u128 {
    HashKey::of_partition_key(key).0
}

fn record(hash_key: u128, data: &str) -> Value {
    json!({"PartitionKey": "k", "ExplicitHashKey": hash_key.to_string(), "Data": data})
}

/// The shards of a PutRecords answer, with the counters of its sequence numbers.
fn places(answer: &Value) -> Vec<(u32, u64)> {
    let results = answer["Records"].as_array().expect("a list");
    let number = |result: &Value| -> SequenceNumber {
        result["SequenceNumber"].as_str().expect("a number").parse().expect("of version 2")
    };
    results.iter().map(|result| (number(result).shard.0, number(result).counter)).collect()
}

#[test]
fn records_go_where_their_keys_hash_and_answers_keep_the_callers_order() {
    let world = World::with_orders(2);
    let low = "0";
    let high = u128::MAX.to_string();
    let records: Vec<_> = [high.as_str(), low, low, high.as_str(), low]
        .iter()
        .zip(["aGE=", "bGE=", "bGI=", "aGI=", "bGM="])
        .map(|(key, data)| json!({"PartitionKey": "k", "ExplicitHashKey": key, "Data": data}))
        .collect();
    let answer = world.done(Operation::PutRecords, json!({"StreamName": "orders", "Records": records}));
    assert_eq!(answer["FailedRecordCount"], 0);
    assert_eq!(places(&answer), [(1, 1), (0, 1), (0, 2), (1, 2), (0, 3)]);
    let root = world.accounts.get("orders").root;
    let data = |shard| -> Vec<_> { world.shards.stored(root, shard).into_iter().map(|(_, _, data)| data).collect() };
    assert_eq!(data(0), [b"la", b"lb", b"lc"]);
    assert_eq!(data(1), [b"ha", b"hb"]);
    assert_eq!(world.shards.appends(), 1);
}

#[test]
fn a_partition_key_is_hashed_with_md5_and_stored_with_the_record() {
    let world = World::with_orders(2);
    for key in ["a", "b", "café"] {
        let output =
            world.done(Operation::PutRecord, json!({"StreamName": "orders", "PartitionKey": key, "Data": "eA=="}));
        let shard = if hash(key) >> 127 == 1 { "shardId-000000000001" } else { "shardId-000000000000" };
        assert_eq!(output["ShardId"], shard, "{key}");
    }
    let root = world.accounts.get("orders").root;
    let stored: Vec<_> = (0..2).flat_map(|shard| world.shards.stored(root, shard)).collect();
    assert_eq!(stored.len(), 3);
    assert!(stored.iter().all(|(_, explicit, data)| explicit.is_none() && data == b"x"));
}

#[test]
fn an_explicit_hash_key_is_stored_for_who_routes_again() {
    let world = World::with_orders(2);
    world.put("12345", "eA==");
    let stored = world.shards.stored(world.accounts.get("orders").root, 0);
    assert_eq!(stored, [("k".to_owned(), Some(12345), b"x".to_vec())]);
}

#[test]
fn a_throttled_shard_fails_its_own_records_only() {
    let world = World::with_orders(2);
    world.shards.throttle(1);
    let records = [record(0, "YQ=="), record(u128::MAX, "Yg=="), record(1, "Yw==")];
    let answer = world.done(Operation::PutRecords, json!({"StreamName": "orders", "Records": records}));
    assert_eq!(answer["FailedRecordCount"], 1);
    let text = "Rate exceeded for shard shardId-000000000001 in stream orders under account 000000000000.";
    let refused = json!({"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": text});
    assert_eq!(answer["Records"][1], refused);
    assert_eq!(answer["Records"][0]["ShardId"], "shardId-000000000000");
    assert_eq!(answer["Records"][2]["ShardId"], "shardId-000000000000");
    let single =
        json!({"StreamName": "orders", "PartitionKey": "k", "ExplicitHashKey": u128::MAX.to_string(), "Data": ""});
    world.refuses(Operation::PutRecord, &[(single, "ProvisionedThroughputExceededException", text)]);
}

#[test]
fn a_full_volume_fails_records_so_that_sdks_try_again() {
    let world = World::with_orders(1);
    world.shards.fill();
    let answer = world.done(Operation::PutRecords, json!({"StreamName": "orders", "Records": [record(0, "")]}));
    let failed = json!({"ErrorCode": "InternalFailure", "ErrorMessage": "Internal service failure."});
    assert_eq!(answer, json!({"FailedRecordCount": 1, "Records": [failed]}));
    let single = json!({"StreamName": "orders", "PartitionKey": "k", "Data": ""});
    world.refuses(Operation::PutRecord, &[(single, "InternalFailure", "Internal service failure.")]);
}

#[test]
fn records_of_a_shard_that_closes_meanwhile_are_routed_again_unseen() {
    let world = World::with_orders(2);
    let quarter = 1_u128 << 126;
    world.shards.reshard_before_append(Reshard::Split { shard: ShardId(0), new_start: HashKey(quarter) });
    let records = [record(quarter, "YQ=="), record(u128::MAX, "Yg=="), record(0, "Yw=="), record(quarter + 1, "ZA==")];
    let answer = world.done(Operation::PutRecords, json!({"StreamName": "orders", "Records": records}));
    assert_eq!(answer["FailedRecordCount"], 0);
    assert_eq!(places(&answer), [(3, 1), (1, 1), (2, 1), (3, 2)]);
    assert_eq!(world.shards.appends(), 2);
    let root = world.accounts.get("orders").root;
    assert_eq!(world.shards.stored(root, 1).len(), 1, "what was stored is not put twice");
}

#[test]
fn records_routed_again_into_one_shard_keep_the_callers_order() {
    let world = World::with_orders(2);
    world.shards.reshard_before_append(Reshard::Merge { shard: ShardId(0), adjacent: ShardId(1) });
    let records = [record(0, "YQ=="), record(u128::MAX, "Yg=="), record(1, "Yw=="), record(u128::MAX - 1, "ZA==")];
    let answer = world.done(Operation::PutRecords, json!({"StreamName": "orders", "Records": records}));
    assert_eq!(places(&answer), [(2, 1), (2, 2), (2, 3), (2, 4)]);
}

#[test]
fn records_that_meet_reshard_after_reshard_fail_in_the_end() {
    let world = World::with_orders(1);
    // Each child of the child is split again, always around the record's key.
    let key = (1_u128 << 127) + 1;
    let mut shard = 0;
    for round in 0..9_u32 {
        let new_start = (1_u128 << 127) - (1_u128 << (126 - round)) + 1;
        world.shards.reshard_before_append(Reshard::Split { shard: ShardId(shard), new_start: HashKey(new_start) });
        shard = round * 2 + 2;
    }
    let answer = world.done(Operation::PutRecords, json!({"StreamName": "orders", "Records": [record(key, "YQ==")]}));
    assert_eq!(answer["FailedRecordCount"], 1);
    assert_eq!(answer["Records"][0]["ErrorCode"], "InternalFailure");
    assert_eq!(world.shards.appends(), 8);
}

#[test]
fn sizes_count_key_and_data_and_end_at_the_streams_own_limit() {
    let world = World::with_orders(1);
    let most = 1_048_576;
    let data = |bytes: usize| "A".repeat(bytes.div_ceil(3) * 4 - 4) + ["AA==", "AAA=", "AAAA"][(bytes + 2) % 3];
    let single = |bytes: usize| json!({"StreamName": "orders", "PartitionKey": "k", "Data": data(bytes)});
    world.done(Operation::PutRecord, single(most - 1));
    world.refuses(Operation::PutRecord, &[(
        single(most),
        "ValidationException",
        "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=1048576 cap=1048576]' at 'data' failed \
         to satisfy constraint: Member must have length less than or equal to 1048576",
    )]);
    let records = json!([record(0, ""), record(0, &data(most)), record(0, &data(most + 5))]);
    world.refuses(
        Operation::PutRecords,
        &[(
            json!({"StreamName": "orders", "Records": records}),
            "ValidationException",
            "2 validation errors detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=1048576 cap=1048576]' at \
         'records.2.member.data' failed to satisfy constraint: Member must have length less than or equal to 1048576; \
         Value 'java.nio.HeapByteBuffer[pos=0 lim=1048581 cap=1048581]' at 'records.3.member.data' failed to satisfy \
         constraint: Member must have length less than or equal to 1048576",
        )],
    );
    world.accounts.edit("orders", |stream| stream.max_record_size_kib = 10_240);
    world.done(Operation::PutRecord, single(most));
    let million = data(1_000_000);
    let records = |count: usize| json!({"StreamName": "orders", "Records": vec![record(0, &million); count]});
    world.done(Operation::PutRecords, records(10));
    let too_much = "Records size exceeds 10 MB limit";
    world.refuses(Operation::PutRecords, &[(records(11), "InvalidArgumentException", too_much)]);
}

#[test]
fn hash_keys_beyond_the_space_are_refused_and_nothing_is_put() {
    let world = World::with_orders(1);
    let beyond = "340282366920938463463374607431768211456";
    let text = format!(
        "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {beyond}"
    );
    let bad = json!({"PartitionKey": "k", "ExplicitHashKey": beyond, "Data": ""});
    let records = json!({"StreamName": "orders", "Records": [record(0, ""), bad]});
    world.refuses(Operation::PutRecords, &[(records, "InvalidArgumentException", &text)]);
    assert_eq!(world.shards.appends(), 0);
}

#[test]
fn ordering_after_a_number_that_was_never_issued_is_refused() {
    let world = World::with_orders(1);
    let (_, issued) = world.put("0", "");
    let put = |number: &str| json!({"StreamName": "orders", "PartitionKey": "k", "Data": "", "SequenceNumberForOrdering": number});
    world.done(Operation::PutRecord, put(&issued));
    let future = SequenceNumber { created_s: 1_700_000_000, shard: ShardId(0), counter: 9, arrived_s: 1_700_000_001 };
    let future = future.to_string();
    for number in ["7", &"9".repeat(56), &future] {
        let text = format!(
            "ExclusiveMinimumSequenceNumber {number} used in PutRecord on stream orders under account 000000000000 is \
             invalid."
        );
        world.refuses(Operation::PutRecord, &[(put(number), "InvalidArgumentException", &text)]);
    }
}

#[test]
fn a_number_issued_before_the_clock_stepped_back_is_no_future_one() {
    let world = World::with_orders(1);
    world.pass_ms(HOUR_MS);
    let (_, issued) = world.put("0", "");
    world.at(crate::world::START);
    let put = json!({"StreamName": "orders", "PartitionKey": "k", "Data": "", "SequenceNumberForOrdering": issued});
    world.done(Operation::PutRecord, put);
}

#[test]
fn data_that_is_no_base64_refuses_the_whole_request() {
    let world = World::with_orders(1);
    let records = json!([record(0, "YQ=="), record(0, "not base64")]);
    let (code, _) =
        world.ask(Operation::PutRecords, json!({"StreamName": "orders", "Records": records})).expect_err("a refusal");
    assert_eq!((code.as_str(), world.shards.appends()), ("SerializationException", 0));
}

#[test]
fn a_dry_run_puts_nothing_and_says_so() {
    let world = World::with_orders(1);
    let (code, text) =
        ("DryRunOperationException", "The request would have succeeded, but the DryRun parameter is set.");
    let single = json!({"StreamName": "orders", "PartitionKey": "k", "Data": "YQ==", "DryRun": true});
    world.refuses(Operation::PutRecord, &[(single, code, text)]);
    let many = json!({"StreamName": "orders", "Records": [record(0, "YQ==")], "DryRun": true});
    world.refuses(Operation::PutRecords, &[(many, code, text)]);
    assert_eq!(world.shards.appends(), 0);
    let missing = json!({"StreamName": "none", "PartitionKey": "k", "Data": "YQ==", "DryRun": true});
    let not_found = "Stream none under account 000000000000 not found.";
    world.refuses(Operation::PutRecord, &[(missing, "ResourceNotFoundException", not_found)]);
}

#[test]
fn five_hundred_records_over_a_thousand_shards_come_back_in_order() {
    let world = World::with_orders(1000);
    let keys: Vec<u128> = (0..500_u128).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)).collect();
    let records: Vec<_> = keys.iter().map(|key| record(*key, "YQ==")).collect();
    let answer = world.done(Operation::PutRecords, json!({"StreamName": "orders", "Records": records}));
    let width = u128::MAX / 1000;
    for (key, (shard, _)) in keys.iter().zip(places(&answer)) {
        assert_eq!(u128::from(shard), (key / width).min(999), "{key}");
    }
}

#[test]
fn a_range_has_what_counts_the_memory_of_the_records_it_has_and_reads() {
    let world = World::with_orders(1);
    let counted = Arc::new(());
    let record = json!({"StreamName": "orders", "PartitionKey": "k", "Data": "YQ=="});
    let records = json!({"StreamName": "orders", "Records": [{"PartitionKey": "k", "Data": "YQ=="}]});
    let trim_horizon = json!({"ShardId": "0", "ShardIteratorType": "TRIM_HORIZON"});
    let read = json!({"ShardIterator": world.iterator(trim_horizon)});
    for (operation, input) in
        [(Operation::PutRecord, record), (Operation::PutRecords, records), (Operation::GetRecords, read)]
    {
        let (body, held) = (input.to_string(), Held::from(Arc::clone(&counted)));
        let received = Received { operation, encoding: Encoding::Json, body: body.as_bytes(), held: &held };
        world.answer(INSTALLATION_ACCOUNT, received).expect("a success");
        drop(held);
        assert_eq!(Arc::strong_count(&counted), 2, "{}", operation.name());
        world.shards.let_go();
        assert_eq!(Arc::strong_count(&counted), 1, "{}", operation.name());
    }
}
