//! IncreaseStreamRetentionPeriod and DecreaseStreamRetentionPeriod.

use crate::answers::{ORDERS, active, assert_refused, create};
use crate::server::Server;

#[tokio::test]
async fn retention_goes_up_and_down() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let up = kinesis.increase_stream_retention_period().stream_name(ORDERS).retention_period_hours(8760);
    up.send().await.expect("retention is increased");
    assert_eq!(active(&kinesis, ORDERS).await.retention_period_hours, 8760);
    let down = kinesis.decrease_stream_retention_period().stream_name(ORDERS).retention_period_hours(25);
    down.send().await.expect("retention is decreased");
    assert_eq!(active(&kinesis, ORDERS).await.retention_period_hours, 25);
}

#[tokio::test]
async fn retention_has_bounds_and_directions() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let up = |hours: i32| kinesis.increase_stream_retention_period().stream_name(ORDERS).retention_period_hours(hours);
    let down =
        |hours: i32| kinesis.decrease_stream_retention_period().stream_name(ORDERS).retention_period_hours(hours);
    let short = "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short.";
    assert_refused(down(23).send().await, "InvalidArgumentException", short);
    let long = "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long.";
    assert_refused(up(8761).send().await, "InvalidArgumentException", long);
    let longer = "Requested retention period (48 hours) for stream orders can not be longer than existing retention \
                  period (24 hours). Use IncreaseRetentionPeriod API.";
    assert_refused(down(48).send().await, "InvalidArgumentException", longer);
    up(72).send().await.expect("retention is increased");
    active(&kinesis, ORDERS).await;
    let shorter = "Requested retention period (48 hours) for stream orders can not be shorter than existing retention \
                   period (72 hours). Use DecreaseRetentionPeriod API.";
    assert_refused(up(48).send().await, "InvalidArgumentException", shorter);
}
