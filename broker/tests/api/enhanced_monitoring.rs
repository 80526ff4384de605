//! EnableEnhancedMonitoring and DisableEnhancedMonitoring.

use aws_sdk_kinesis::types::MetricsName::{IncomingBytes, IncomingRecords};

use crate::answers::{ORDERS, active, create};
use crate::server::Server;

#[tokio::test]
async fn metrics_are_switched_on_and_off() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let request = kinesis.enable_enhanced_monitoring().stream_name(ORDERS);
    let on = request.shard_level_metrics(IncomingBytes).shard_level_metrics(IncomingRecords).send().await.expect("on");
    assert!(on.current_shard_level_metrics.unwrap_or_default().is_empty());
    let mut desired = on.desired_shard_level_metrics.expect("given");
    desired.sort_unstable();
    assert_eq!(desired, [IncomingBytes, IncomingRecords]);
    active(&kinesis, ORDERS).await;
    let request = kinesis.disable_enhanced_monitoring().stream_name(ORDERS);
    let off = request.shard_level_metrics(IncomingBytes).send().await.expect("off");
    assert_eq!(off.desired_shard_level_metrics, Some(vec![IncomingRecords]));
}
