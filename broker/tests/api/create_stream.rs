//! CreateStream, the describing calls and DeleteStream.

use aws_sdk_kinesis::types::{EncryptionType, StreamMode, StreamModeDetails};

use crate::answers::{ORDERS, active, assert_refused, create, refusal, shards};
use crate::server::{ACCOUNT, REGION, Server};

#[tokio::test]
async fn a_stream_is_created_described_and_deleted() {
    let server = Server::start();
    let kinesis = server.client();
    let summary = create(&kinesis, 3).await;
    assert_eq!(summary.stream_arn, format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{ORDERS}"));
    assert_eq!((summary.open_shard_count, summary.retention_period_hours), (3, 24));
    assert_eq!(summary.encryption_type, Some(EncryptionType::None));
    let described = kinesis.describe_stream().stream_name(ORDERS).send().await.expect("the stream is there");
    let description = described.stream_description.expect("a description is always given");
    assert_eq!(description.shards.len(), 3);
    assert!(!description.has_more_shards);
    kinesis.delete_stream().stream_name(ORDERS).send().await.expect("the stream is deleted");
    while kinesis.describe_stream_summary().stream_name(ORDERS).send().await.is_ok() {}
    create(&kinesis, 1).await;
}

#[tokio::test]
async fn the_last_shard_takes_the_rest_of_the_hash_keys() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 3).await;
    let third = u128::MAX / 3;
    let ranges: Vec<(u128, u128)> = shards(&kinesis).await.iter().map(crate::list_shards::bounds).collect();
    assert_eq!(ranges, [(0, third - 1), (third, 2 * third - 1), (2 * third, u128::MAX)]);
}

#[tokio::test]
async fn an_on_demand_stream_starts_with_four_shards() {
    let server = Server::start();
    let kinesis = server.client();
    let mode = StreamModeDetails::builder().stream_mode(StreamMode::OnDemand).build().expect("the mode is given");
    kinesis.create_stream().stream_name(ORDERS).stream_mode_details(mode).send().await.expect("a stream is created");
    let summary = active(&kinesis, ORDERS).await;
    assert_eq!(summary.open_shard_count, 4);
    assert_eq!(summary.stream_mode_details.expect("given").stream_mode, StreamMode::OnDemand);
}

#[tokio::test]
async fn a_name_that_is_taken_or_none_is_refused() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let twice = kinesis.create_stream().stream_name(ORDERS).shard_count(1).send().await;
    let taken = format!("Stream {ORDERS} under account {ACCOUNT} already exists.");
    assert_refused(twice, "ResourceInUseException", &taken);
    let slash = kinesis.create_stream().stream_name("a/b").shard_count(1).send().await;
    let pattern = "1 validation error detected: Value 'a/b' at 'streamName' failed to satisfy constraint: \
                   Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
    assert_refused(slash, "ValidationException", pattern);
    let empty = kinesis.create_stream().stream_name("none").shard_count(0).send().await;
    let least = "1 validation error detected: Value '0' at 'shardCount' failed to satisfy constraint: \
                 Member must have value greater than or equal to 1";
    assert_refused(empty, "ValidationException", least);
}

#[tokio::test]
async fn more_shards_than_the_account_may_have_are_refused() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 2).await;
    let (code, message) = refusal(kinesis.create_stream().stream_name("many").shard_count(499).send().await);
    assert_eq!(code, "LimitExceededException");
    let start = format!(
        "This request would exceed the shard limit for the account {ACCOUNT} in {REGION}. Current shard count for the \
         account: 2. Limit: 500. Number of additional shards that would have resulted from this request: 499. Refer to"
    );
    assert!(message.starts_with(&start), "{message}");
}

#[tokio::test]
async fn a_stream_that_is_not_there_is_not_found() {
    let server = Server::start();
    let kinesis = server.client();
    let missing = format!("Stream absent under account {ACCOUNT} not found.");
    let described = kinesis.describe_stream().stream_name("absent").send().await;
    assert_refused(described, "ResourceNotFoundException", &missing);
    let deleted = kinesis.delete_stream().stream_name("absent").send().await;
    assert_refused(deleted, "ResourceNotFoundException", &missing);
}

#[tokio::test]
async fn a_stream_of_another_account_is_denied() {
    let server = Server::start();
    let kinesis = server.client();
    let arn = format!("arn:aws:kinesis:{REGION}:999999999999:stream/{ORDERS}");
    let (code, _) = refusal(kinesis.describe_stream_summary().stream_arn(arn).send().await);
    assert_eq!(code, "AccessDeniedException");
}
