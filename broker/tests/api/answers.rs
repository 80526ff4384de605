//! What the tests do again and again: make a stream, wait for it, put, read, and take a refusal apart.

use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kinesis::operation::get_records::GetRecordsOutput;
use aws_sdk_kinesis::operation::put_record::PutRecordOutput;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{Shard, ShardIteratorType, StreamDescriptionSummary, StreamStatus};

/// The stream of most tests.
pub(crate) const ORDERS: &str = "orders";

/// Polls, 20 ms apart, until a change must have ended: 20 s.
const CHANGE_POLLS: u32 = 1000;
const POLL: Duration = Duration::from_millis(20);

/// `shardId-` and an index.
pub(crate) fn shard_id(index: u32) -> String {
    format!("shardId-{index:012}")
}

/// Creates [`ORDERS`] and waits until it is active.
pub(crate) async fn create(kinesis: &Client, shards: i32) -> StreamDescriptionSummary {
    kinesis.create_stream().stream_name(ORDERS).shard_count(shards).send().await.expect("a stream is created");
    active(kinesis, ORDERS).await
}

/// The summary of a stream once it may be changed.
pub(crate) async fn active(kinesis: &Client, stream: &str) -> StreamDescriptionSummary {
    for _ in 0..CHANGE_POLLS {
        let answer = kinesis.describe_stream_summary().stream_name(stream).send().await.expect("the stream is there");
        let summary = answer.stream_description_summary.expect("a summary is always given");
        if summary.stream_status == StreamStatus::Active {
            return summary;
        }
        tokio::time::sleep(POLL).await;
    }
    panic!("{stream} does not become active");
}

/// Every shard of [`ORDERS`] in order of its id.
pub(crate) async fn shards(kinesis: &Client) -> Vec<Shard> {
    let answer = kinesis.list_shards().stream_name(ORDERS).send().await.expect("shards are listed");
    answer.shards.expect("a list is always given")
}

/// Puts a text at a hash key.
pub(crate) async fn put(kinesis: &Client, hash_key: u128, text: &str) -> PutRecordOutput {
    kinesis
        .put_record()
        .stream_name(ORDERS)
        .partition_key("customer-1")
        .explicit_hash_key(hash_key.to_string())
        .data(Blob::new(text))
        .send()
        .await
        .expect("a record is put")
}

/// An iterator at the oldest record of a shard.
pub(crate) async fn horizon(kinesis: &Client, shard: u32) -> String {
    let request = kinesis.get_shard_iterator().stream_name(ORDERS).shard_id(shard_id(shard));
    let answer =
        request.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await.expect("an iterator is given");
    answer.shard_iterator.expect("an iterator is always given")
}

/// One page.
pub(crate) async fn page(kinesis: &Client, iterator: &str) -> GetRecordsOutput {
    kinesis.get_records().shard_iterator(iterator).send().await.expect("records are read")
}

/// The texts of one page.
pub(crate) async fn texts(kinesis: &Client, iterator: &str) -> Vec<String> {
    let text = |data: &Blob| String::from_utf8(data.as_ref().to_vec()).expect("tests put texts");
    page(kinesis, iterator).await.records.iter().map(|record| text(&record.data)).collect()
}

/// The type and the text of a refusal.
#[track_caller]
pub(crate) fn refusal<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    result: Result<T, SdkError<E>>,
) -> (String, String) {
    let error = match result {
        Err(SdkError::ServiceError(error)) => error.into_err(),
        other => panic!("not refused by the server: {other:?}"),
    };
    (error.code().unwrap_or_default().to_owned(), error.message().unwrap_or_default().to_owned())
}

/// Asserts a refusal's type and text.
#[track_caller]
pub(crate) fn assert_refused<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    result: Result<T, SdkError<E>>,
    code: &str,
    message: &str,
) {
    assert_eq!(refusal(result), (code.to_owned(), message.to_owned()));
}
