//! UpdateStreamMode, UpdateMaxRecordSize and DescribeLimits.

use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{StreamMode, StreamModeDetails};

use crate::answers::{ORDERS, active, create, horizon, page};
use crate::server::Server;

#[tokio::test]
async fn a_stream_that_goes_on_demand_keeps_its_shards() {
    let server = Server::start();
    let kinesis = server.client();
    let arn = create(&kinesis, 2).await.stream_arn;
    let mode = StreamModeDetails::builder().stream_mode(StreamMode::OnDemand).build().expect("the mode is given");
    let request = kinesis.update_stream_mode().stream_arn(arn).stream_mode_details(mode);
    request.send().await.expect("the mode is changed");
    let summary = active(&kinesis, ORDERS).await;
    assert_eq!(summary.stream_mode_details.expect("given").stream_mode, StreamMode::OnDemand);
    assert_eq!(summary.open_shard_count, 2);
}

#[tokio::test]
async fn a_larger_record_fits_once_the_stream_says_so() {
    let server = Server::start();
    let kinesis = server.client();
    let arn = create(&kinesis, 1).await.stream_arn;
    let large = vec![b'x'; 2 * 1024 * 1024];
    let put = || kinesis.put_record().stream_name(ORDERS).partition_key("a").data(Blob::new(large.clone())).send();
    put().await.expect_err("1 MiB is the default");
    let request = kinesis.update_max_record_size().stream_arn(arn).max_record_size_in_kib(10_240);
    request.send().await.expect("the limit is changed");
    assert_eq!(active(&kinesis, ORDERS).await.max_record_size_in_kib, Some(10_240));
    put().await.expect("2 MiB fits");
    let found = page(&kinesis, &horizon(&kinesis, 0).await).await.records;
    assert_eq!(found[0].data.as_ref(), large);
}

#[tokio::test]
async fn limits_count_open_shards() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 2).await;
    let limits = kinesis.describe_limits().send().await.expect("limits");
    assert_eq!((limits.shard_limit, limits.open_shard_count), (500, 2));
}
