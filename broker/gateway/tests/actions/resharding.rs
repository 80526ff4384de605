//! SplitShard, MergeShards and UpdateShardCount.

use forebay_gateway::catalog::{AccountFacts, ChangeRefusal, StreamChange, StreamMode, StreamStatus};
use forebay_protocol::api::Operation;
use serde_json::{Value, json};

use crate::world::{World, shard_ids};

fn split(shard: &str, key: &str) -> Value {
    json!({"StreamName": "orders", "ShardToSplit": shard, "NewStartingHashKey": key})
}

fn merge(shard: &str, adjacent: &str) -> Value {
    json!({"StreamName": "orders", "ShardToMerge": shard, "AdjacentShardToMerge": adjacent})
}

fn scale(target: u32) -> Value {
    json!({"StreamName": "orders", "TargetShardCount": target, "ScalingType": "UNIFORM_SCALING"})
}

fn facts(open_shards: u32) -> AccountFacts {
    AccountFacts { open_shards, shard_limit: 500, on_demand_streams: 0, on_demand_stream_limit: 50 }
}

const ON_DEMAND: &str = "Request is invalid. Stream orders under account 000000000000 is in On-Demand mode.";
const UPDATING: &str = "Stream orders under account 000000000000 not ACTIVE, instead in state UPDATING";

#[test]
fn a_split_and_a_merge_close_parents_and_open_children() {
    let world = World::with_orders(2);
    assert!(world.done(Operation::SplitShard, split("0", "1000")).is_null());
    assert!(world.done(Operation::MergeShards, merge("3", "1")).is_null());
    let shards = world.done(Operation::ListShards, json!({"StreamName": "orders"}))["Shards"].take();
    assert_eq!(shard_ids(&shards), [0, 1, 2, 3, 4]);
    assert_eq!(shards[4]["ParentShardId"], "shardId-000000000003");
    assert_eq!(shards[4]["AdjacentParentShardId"], "shardId-000000000001");
    assert_eq!(shards[3]["ParentShardId"], "shardId-000000000000");
    assert!(shards[0]["SequenceNumberRange"]["EndingSequenceNumber"].is_string());
    assert!(shards[4]["SequenceNumberRange"].get("EndingSequenceNumber").is_none());
}

#[test]
fn a_split_point_lies_strictly_inside_its_shard() {
    let world = World::with_orders(2);
    let end = "170141183460469231731687303715884105727";
    let beyond = "340282366920938463463374607431768211456";
    let text = |key: &str| {
        format!(
            "NewStartingHashKey {key} used in SplitShard() on shard shardId-000000000000 in stream orders under account \
             000000000000 is not both greater than one plus the shard's StartingHashKey 0 and less than the shard's \
             EndingHashKey {end}."
        )
    };
    for key in ["0", "1", end, "170141183460469231731687303715884105728", beyond] {
        world.refuses(Operation::SplitShard, &[(split("0", key), "InvalidArgumentException", &text(key))]);
    }
    world.done(Operation::SplitShard, split("0", "2"));
}

#[test]
fn shards_that_are_not_there_or_closed_are_refused_as_aws_refuses_them() {
    let world = World::with_orders(2);
    world.done(Operation::SplitShard, split("0", "1000"));
    let could_not_find = |shard| format!("Could not find shard {shard} in stream orders under account 000000000000.");
    let closed = "Shard shardId-000000000000 in stream orders under account 000000000000 has already been merged or \
                  split, and thus is not eligible for merging or splitting.";
    let mut other = split("2147483648", "5");
    other["StreamName"] = json!("none");
    let mut other_known = split("0", "5");
    other_known["StreamName"] = json!("none");
    world.refuses(
        Operation::SplitShard,
        &[
            (split("9", "5"), "ResourceNotFoundException", &could_not_find("shardId-000000000009")),
            (split("x", "5"), "ResourceNotFoundException", &could_not_find("x")),
            (
                other,
                "ResourceNotFoundException",
                "Could not find shard 2147483648 in stream none under account 000000000000.",
            ),
            (other_known, "ResourceNotFoundException", "Stream none under account 000000000000 not found."),
            (split("0", "1000"), "InvalidArgumentException", closed),
        ],
    );
    world.refuses(
        Operation::MergeShards,
        &[
            (merge("0", "1"), "InvalidArgumentException", closed),
            (merge("9", "1"), "ResourceNotFoundException", &could_not_find("shardId-000000000009")),
            (merge("1", "y"), "ResourceNotFoundException", &could_not_find("y")),
        ],
    );
}

#[test]
fn only_neighbours_in_the_order_of_their_keys_merge() {
    let world = World::with_orders(3);
    for (shard, adjacent) in [("0", "2"), ("1", "0"), ("1", "1")] {
        let text = format!(
            "Shards shardId-00000000000{shard} and shardId-00000000000{adjacent} in stream orders under account \
             000000000000 are not an adjacent pair of shards eligible for merging"
        );
        world.refuses(Operation::MergeShards, &[(merge(shard, adjacent), "InvalidArgumentException", &text)]);
    }
}

#[test]
fn a_stream_that_is_updating_or_on_demand_is_not_resharded_by_hand() {
    let world = World::with_orders(2);
    world.accounts.edit("orders", |stream| stream.status = StreamStatus::Updating);
    world.refuses(Operation::SplitShard, &[(split("0", "1000"), "ResourceInUseException", UPDATING)]);
    world.refuses(Operation::MergeShards, &[(merge("0", "1"), "ResourceInUseException", UPDATING)]);
    world.refuses(Operation::UpdateShardCount, &[(scale(2), "ResourceInUseException", UPDATING)]);
    world.accounts.edit("orders", |stream| {
        stream.status = StreamStatus::Active;
        stream.mode = StreamMode::OnDemand;
    });
    world.refuses(Operation::SplitShard, &[(split("0", "1000"), "ValidationException", ON_DEMAND)]);
    world.refuses(Operation::MergeShards, &[(merge("0", "1"), "ValidationException", ON_DEMAND)]);
    world.refuses(Operation::UpdateShardCount, &[(scale(2), "ValidationException", ON_DEMAND)]);
}

#[test]
fn the_shard_of_a_split_is_taken_until_the_range_is_done_with_it() {
    let world = World::with_orders(3);
    world.accounts.set_facts(facts(499));
    world.done(Operation::SplitShard, split("0", "1000"));
    let (code, text) = world.ask(Operation::SplitShard, split("3", "500")).expect_err("the last one is taken");
    assert_eq!(code, "LimitExceededException");
    assert!(text.contains("Current shard count for the account: 500. Limit: 500."), "{text}");
    world.done(Operation::MergeShards, merge("1", "2"));
    world.shards.let_go();
    // What is refused by the range takes nothing for longer than it asks.
    world.ask(Operation::SplitShard, split("0", "7")).expect_err("closed");
    world.ask(Operation::SplitShard, split("3", "1")).expect_err("no split point");
    world.done(Operation::SplitShard, split("3", "500"));
}

#[test]
fn an_account_at_its_limit_splits_nothing_and_scales_up_nothing() {
    let world = World::with_orders(2);
    world.accounts.set_facts(facts(500));
    let text = |additional: u32| {
        format!(
            "This request would exceed the shard limit for the account 000000000000 in us-east-1. Current shard count \
             for the account: 500. Limit: 500. Number of additional shards that would have resulted from this request: \
             {additional}. Refer to the AWS Service Limits page \
             (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to \
             request higher limits."
        )
    };
    world.refuses(Operation::SplitShard, &[(split("0", "1000"), "LimitExceededException", &text(1))]);
    world.refuses(Operation::UpdateShardCount, &[(scale(4), "LimitExceededException", &text(2))]);
    // Far beyond a limit that was lowered, scaling down is what helps.
    world.accounts.set_facts(facts(600));
    world.done(Operation::UpdateShardCount, scale(1));
}

#[test]
fn a_count_is_at_most_doubled_and_at_most_halved() {
    let world = World::with_orders(5);
    let counts = |target: u32| format!("Current open shard count: 5, Target shard count: {target}");
    let up = "UpdateShardCount cannot scale up over double your current open shard count. ";
    let down = "UpdateShardCount cannot scale down below half your current open shard count. ";
    let most = "Target shard count or number of open shards cannot be greater than 10000. ";
    world.refuses(
        Operation::UpdateShardCount,
        &[
            (scale(11), "LimitExceededException", &(up.to_owned() + &counts(11))),
            (scale(2), "LimitExceededException", &(down.to_owned() + &counts(2))),
            (scale(10_001), "LimitExceededException", &(most.to_owned() + &counts(10_001))),
        ],
    );
    for target in [3, 5, 10] {
        world.accounts.edit("orders", |stream| stream.status = StreamStatus::Active);
        let output = world.done(Operation::UpdateShardCount, scale(target));
        assert_eq!((&output["CurrentShardCount"], &output["TargetShardCount"]), (&json!(5), &json!(target)));
        assert_eq!(output["StreamName"], "orders");
    }
    let asked = [3, 5, 10].map(StreamChange::ShardCount);
    assert_eq!(world.accounts.changes(), asked);
}

#[test]
fn the_eleventh_scaling_of_a_day_is_refused() {
    let world = World::with_orders(2);
    world.accounts.refuse_change(ChangeRefusal::ShardCountUpdates(10));
    world.refuses(Operation::UpdateShardCount, &[(
        scale(4),
        "LimitExceededException",
        "UpdateShardCount was called 10 times within 24 hours for stream orders under account 000000000000, which is \
         the most allowed.",
    )]);
}
