//! ListShards: filters and pages.

use forebay_protocol::api::Operation;
use forebay_protocol::limits::HOUR_MS;
use forebay_protocol::words::TimestampMs;
use serde_json::{Value, json};

use crate::world::{START, World, shard_ids};

fn listed(world: &World, mut input: Value) -> Vec<u64> {
    input["StreamName"] = json!("orders");
    shard_ids(&world.done(Operation::ListShards, input)["Shards"])
}

fn filtered(world: &World, kind: &str) -> Vec<u64> {
    listed(world, json!({"ShardFilter": {"Type": kind}}))
}

/// Milliseconds as JSON's seconds.
fn seconds(ms: u64) -> Value {
    let text = format!("{}.{:03}", ms / 1000, ms % 1000);
    serde_json::from_str(&text).expect("a number")
}

fn at(world: &World, kind: &str, ms: u64) -> Vec<u64> {
    listed(world, json!({"ShardFilter": {"Type": kind, "Timestamp": seconds(ms)}}))
}

/// Two shards; an hour later they are merged into a third, another hour later that is split into two more.
fn with_history() -> World {
    let world = World::with_orders(2);
    world.pass_ms(HOUR_MS);
    world.done(
        Operation::MergeShards,
        json!({"StreamName": "orders", "ShardToMerge": "0", "AdjacentShardToMerge": "1"}),
    );
    world.pass_ms(HOUR_MS);
    let half = (1_u128 << 127).to_string();
    world.done(Operation::SplitShard, json!({"StreamName": "orders", "ShardToSplit": "2", "NewStartingHashKey": half}));
    world.pass_ms(HOUR_MS);
    world
}

#[test]
fn every_filter_lists_what_aws_says_of_it() {
    let world = with_history();
    assert_eq!(listed(&world, json!({})), [0, 1, 2, 3, 4]);
    assert_eq!(filtered(&world, "FROM_TRIM_HORIZON"), [0, 1, 2, 3, 4]);
    assert_eq!(filtered(&world, "AT_TRIM_HORIZON"), [0, 1]);
    assert_eq!(filtered(&world, "AT_LATEST"), [3, 4]);
    assert_eq!(listed(&world, json!({"ShardFilter": {"Type": "AFTER_SHARD_ID", "ShardId": "shardId-1"}})), [2, 3, 4]);
    let start = START.0;
    assert_eq!(at(&world, "AT_TIMESTAMP", start + 10), [0, 1]);
    assert_eq!(at(&world, "AT_TIMESTAMP", start + HOUR_MS + 30_000), [2]);
    assert_eq!(at(&world, "AT_TIMESTAMP", start + 2 * HOUR_MS + 30_000), [3, 4]);
    assert_eq!(at(&world, "FROM_TIMESTAMP", start + HOUR_MS + 30_000), [2, 3, 4]);
    assert_eq!(at(&world, "FROM_TIMESTAMP", start + 10), [0, 1, 2, 3, 4]);
    // Before the stream was made its beginning counts, or the KCL would find no shard to begin with.
    assert_eq!(at(&world, "AT_TIMESTAMP", start - HOUR_MS), [0, 1]);
    assert_eq!(at(&world, "FROM_TIMESTAMP", start - HOUR_MS), [0, 1, 2, 3, 4]);
}

#[test]
fn at_every_moment_the_shards_of_that_moment_tile_the_hash_keys() {
    let world = with_history();
    for ms in (START.0 + HOUR_MS - 2500..START.0 + HOUR_MS + 2500).step_by(250) {
        let input = json!({"StreamName": "orders", "ShardFilter": {"Type": "AT_TIMESTAMP", "Timestamp": seconds(ms)}});
        let shards = world.done(Operation::ListShards, input)["Shards"].take();
        let mut next = 0_u128;
        let mut ranges: Vec<(u128, u128)> = shards
            .as_array()
            .expect("a list")
            .iter()
            .map(|shard| {
                let key = |name: &str| shard["HashKeyRange"][name].as_str().expect("a key").parse().expect("a number");
                (key("StartingHashKey"), key("EndingHashKey"))
            })
            .collect();
        ranges.sort_unstable();
        for (index, (start, end)) in ranges.iter().enumerate() {
            assert_eq!(*start, next, "{ms}: shard {index} of {}", ranges.len());
            next = end.wrapping_add(1);
        }
        assert_eq!((next, ranges.is_empty()), (0, false), "{ms}");
    }
}

#[test]
fn closed_shards_are_listed_for_as_long_as_their_records_live() {
    let world = with_history();
    world.at(TimestampMs(START.0 + 25 * HOUR_MS - 1000));
    assert_eq!(listed(&world, json!({})), [0, 1, 2, 3, 4]);
    world.at(TimestampMs(START.0 + 25 * HOUR_MS + 2000));
    assert_eq!(listed(&world, json!({})), [2, 3, 4]);
    assert_eq!(filtered(&world, "AT_TRIM_HORIZON"), [2]);
    world.shards.expire(world.accounts.get("orders").root, TimestampMs(START.0 + 3 * HOUR_MS));
    assert_eq!(listed(&world, json!({})), [3, 4]);
}

#[test]
fn pages_go_on_where_the_last_one_ended_with_the_same_filter() {
    let world = with_history();
    let filter = json!({"Type": "AT_TRIM_HORIZON"});
    let first =
        world.done(Operation::ListShards, json!({"StreamName": "orders", "MaxResults": 1, "ShardFilter": filter}));
    assert_eq!(shard_ids(&first["Shards"]), [0]);
    let last = world.done(Operation::ListShards, json!({"MaxResults": 1, "NextToken": first["NextToken"]}));
    assert_eq!(shard_ids(&last["Shards"]), [1]);
    assert!(last.get("NextToken").is_none(), "{last}");
}

#[test]
fn a_page_starts_after_whichever_shard_is_later() {
    let world = World::with_orders(6);
    let after = |start: &str, filter: &str| {
        let filter = json!({"Type": "AFTER_SHARD_ID", "ShardId": filter});
        listed(&world, json!({"ExclusiveStartShardId": start, "ShardFilter": filter}))
    };
    assert_eq!(after("shardId-1", "shardId-3"), [4, 5]);
    assert_eq!(after("shardId-4", "shardId-3"), [5]);
}

#[test]
fn the_creation_time_tells_a_stream_from_another_of_its_name() {
    let world = World::with_orders(1);
    let created = |seconds: f64| json!({"StreamName": "orders", "StreamCreationTimestamp": seconds});
    world.done(Operation::ListShards, created(1_700_000_000.0));
    let text = "Stream orders under account 000000000000 not found.";
    world.refuses(Operation::ListShards, &[(created(1_600_000_000.0), "ResourceNotFoundException", text)]);
}

#[test]
fn what_does_not_go_with_a_token_or_a_filter_is_refused() {
    let world = World::with_orders(2);
    let first = world.done(Operation::ListShards, json!({"StreamName": "orders", "MaxResults": 1}));
    let token = &first["NextToken"];
    let together = "NextToken and StreamName cannot be provided together.";
    world.refuses(
        Operation::ListShards,
        &[
            (json!({"NextToken": token, "StreamName": "orders"}), "InvalidArgumentException", together),
            (json!({}), "InvalidArgumentException", "Either NextToken or StreamName should be provided."),
            (
                json!({"StreamName": "orders", "ExclusiveStartShardId": "nothing"}),
                "ResourceNotFoundException",
                "Could not find shard nothing in stream orders under account 000000000000.",
            ),
        ],
    );
}

#[test]
fn a_token_of_a_stream_that_is_gone_finds_nothing() {
    let world = World::with_orders(2);
    let first = world.done(Operation::ListShards, json!({"StreamName": "orders", "MaxResults": 1}));
    world.done(Operation::DeleteStream, json!({"StreamName": "orders"}));
    world.done(Operation::CreateStream, json!({"StreamName": "orders", "ShardCount": 2}));
    let (code, _) = world.ask(Operation::ListShards, json!({"NextToken": first["NextToken"]})).expect_err("gone");
    assert_eq!(code, "ResourceNotFoundException");
}
