//! Retention, mode, record size and monitoring.

use forebay_gateway::catalog::{AccountFacts, ChangeRefusal, StreamChange, StreamMode, StreamStatus};
use forebay_protocol::api::Operation;
use serde_json::{Value, json};

use crate::world::World;

const ARN: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/orders";

fn hours(hours: i32) -> Value {
    json!({"StreamName": "orders", "RetentionPeriodHours": hours})
}

#[test]
fn retention_moves_within_its_limits_and_in_the_direction_of_the_call() {
    let world = World::with_orders(1);
    world.done(Operation::IncreaseStreamRetentionPeriod, hours(8760));
    world.done(Operation::DecreaseStreamRetentionPeriod, hours(48));
    world.done(Operation::IncreaseStreamRetentionPeriod, hours(48));
    assert_eq!(world.accounts.changes(), [StreamChange::RetentionHours(8760), StreamChange::RetentionHours(48)]);
    let short = |given: i32| {
        format!(
            "Minimum allowed retention period is 24 hours. Requested retention period ({given} hours) is too short."
        )
    };
    let long = "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long.";
    for operation in [Operation::IncreaseStreamRetentionPeriod, Operation::DecreaseStreamRetentionPeriod] {
        world.refuses(
            operation,
            &[
                (hours(23), "InvalidArgumentException", &short(23)),
                (hours(-1), "InvalidArgumentException", &short(-1)),
                (hours(8761), "InvalidArgumentException", long),
            ],
        );
    }
    world.refuses(Operation::IncreaseStreamRetentionPeriod, &[(
        hours(47),
        "InvalidArgumentException",
        "Requested retention period (47 hours) for stream orders can not be shorter than existing retention period (48 \
         hours). Use DecreaseRetentionPeriod API.",
    )]);
    world.refuses(Operation::DecreaseStreamRetentionPeriod, &[(
        hours(49),
        "InvalidArgumentException",
        "Requested retention period (49 hours) for stream orders can not be longer than existing retention period (48 \
         hours). Use IncreaseRetentionPeriod API.",
    )]);
}

#[test]
fn a_stream_that_is_not_active_keeps_its_settings() {
    let world = World::with_orders(1);
    world.accounts.edit("orders", |stream| stream.status = StreamStatus::Updating);
    let text = "Stream orders under account 000000000000 not ACTIVE, instead in state UPDATING";
    let mode = json!({"StreamARN": ARN, "StreamModeDetails": {"StreamMode": "ON_DEMAND"}});
    let metrics = json!({"StreamName": "orders", "ShardLevelMetrics": ["ALL"]});
    for (operation, input) in [
        (Operation::IncreaseStreamRetentionPeriod, hours(48)),
        (Operation::DecreaseStreamRetentionPeriod, hours(24)),
        (Operation::UpdateStreamMode, mode),
        (Operation::UpdateMaxRecordSize, json!({"StreamARN": ARN, "MaxRecordSizeInKiB": 2048})),
        (Operation::EnableEnhancedMonitoring, metrics.clone()),
        (Operation::DisableEnhancedMonitoring, metrics),
    ] {
        world.refuses(operation, &[(input, "ResourceInUseException", text)]);
    }
    assert_eq!(world.accounts.changes(), []);
}

#[test]
fn a_mode_is_switched_and_too_many_switches_are_refused() {
    let world = World::with_orders(1);
    let mode = |mode: &str| json!({"StreamARN": ARN, "StreamModeDetails": {"StreamMode": mode}});
    world.done(Operation::UpdateStreamMode, mode("PROVISIONED"));
    world.done(Operation::UpdateStreamMode, mode("ON_DEMAND"));
    assert_eq!(world.accounts.changes(), [StreamChange::Mode(StreamMode::OnDemand)]);
    world.accounts.refuse_change(ChangeRefusal::ModeChanges(2));
    world.refuses(Operation::UpdateStreamMode, &[(
        mode("PROVISIONED"),
        "LimitExceededException",
        "The mode of stream orders under account 000000000000 was changed 2 times within 24 hours, which is the most \
         allowed.",
    )]);
}

#[test]
fn the_largest_record_is_changed() {
    let world = World::with_orders(1);
    world.done(Operation::UpdateMaxRecordSize, json!({"StreamARN": ARN, "MaxRecordSizeInKiB": 10_240}));
    assert_eq!(world.accounts.get("orders").max_record_size_kib, 10_240);
}

#[test]
fn metrics_are_a_set_that_all_fills_and_empties() {
    let world = World::with_orders(1);
    let metrics = |operation, names: Value| {
        let output = world.done(operation, json!({"StreamName": "orders", "ShardLevelMetrics": names}));
        (output["CurrentShardLevelMetrics"].clone(), output["DesiredShardLevelMetrics"].clone())
    };
    let (enable, disable) = (Operation::EnableEnhancedMonitoring, Operation::DisableEnhancedMonitoring);
    let two = json!(["IncomingBytes", "IteratorAgeMilliseconds"]);
    assert_eq!(metrics(enable, json!(["IteratorAgeMilliseconds", "IncomingBytes"])), (json!([]), two.clone()));
    let every = json!([
        "IncomingBytes",
        "IncomingRecords",
        "OutgoingBytes",
        "OutgoingRecords",
        "WriteProvisionedThroughputExceeded",
        "ReadProvisionedThroughputExceeded",
        "IteratorAgeMilliseconds"
    ]);
    assert_eq!(metrics(enable, json!(["ALL"])), (two, every.clone()));
    let six: Vec<_> = every.as_array().expect("a list")[1..].to_vec();
    assert_eq!(metrics(disable, json!(["IncomingBytes"])), (every, json!(six)));
    assert_eq!(metrics(disable, json!(["ALL"])), (json!(six), json!([])));
    assert_eq!(metrics(disable, json!(["ALL"])), (json!([]), json!([])));
}

#[test]
fn a_stream_more_on_demand_than_the_account_may_have_is_refused_as_one_that_is_created() {
    let world = World::with_orders(1);
    let facts = AccountFacts { open_shards: 7, shard_limit: 500, on_demand_streams: 50, on_demand_stream_limit: 50 };
    world.accounts.refuse_change(ChangeRefusal::OnDemandStreamLimit(facts));
    let text = "This request would exceed the limit of 50 on-demand streams for the account 000000000000.";
    let mode = json!({"StreamARN": ARN, "StreamModeDetails": {"StreamMode": "ON_DEMAND"}});
    world.refuses(Operation::UpdateStreamMode, &[(mode, "LimitExceededException", text)]);
}
