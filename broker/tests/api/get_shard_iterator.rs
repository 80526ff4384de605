//! GetShardIterator: the five types, and what each refuses.

use std::time::Duration;

use aws_sdk_kinesis::operation::get_shard_iterator::builders::GetShardIteratorFluentBuilder;
use aws_sdk_kinesis::primitives::DateTime;
use aws_sdk_kinesis::types::ShardIteratorType::{
    self, AfterSequenceNumber, AtSequenceNumber, AtTimestamp, Latest, TrimHorizon,
};

use crate::answers::{ORDERS, assert_refused, create, page, put, refusal, shard_id, shards, texts};
use crate::server::{ACCOUNT, Server};

const EITHER: &str = "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or \
                      (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified";

fn iterator(kinesis: &aws_sdk_kinesis::Client, kind: ShardIteratorType) -> GetShardIteratorFluentBuilder {
    kinesis.get_shard_iterator().stream_name(ORDERS).shard_id(shard_id(0)).shard_iterator_type(kind)
}

async fn given(request: GetShardIteratorFluentBuilder) -> String {
    request.send().await.expect("an iterator is given").shard_iterator.expect("an iterator is always given")
}

#[tokio::test]
async fn every_type_starts_where_it_says() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let first = put(&kinesis, 0, "one").await.sequence_number;
    let latest = given(iterator(&kinesis, Latest)).await;
    // The second record has to arrive in a later millisecond than the first, by which it is looked up.
    tokio::time::sleep(Duration::from_millis(20)).await;
    let second = put(&kinesis, 0, "two").await.sequence_number;
    let arrived = page(&kinesis, &latest).await.records[0].approximate_arrival_timestamp.expect("given");
    let table = [
        (given(iterator(&kinesis, TrimHorizon)).await, vec!["one", "two"]),
        (latest, vec!["two"]),
        (given(iterator(&kinesis, AtSequenceNumber).starting_sequence_number(&first)).await, vec!["one", "two"]),
        (given(iterator(&kinesis, AfterSequenceNumber).starting_sequence_number(&first)).await, vec!["two"]),
        (given(iterator(&kinesis, AfterSequenceNumber).starting_sequence_number(&second)).await, vec![]),
        (given(iterator(&kinesis, AtTimestamp).timestamp(arrived)).await, vec!["two"]),
        (given(iterator(&kinesis, AtTimestamp).timestamp(DateTime::from_secs(0))).await, vec!["one", "two"]),
    ];
    for (position, expected) in table {
        assert_eq!(texts(&kinesis, &position).await, expected);
    }
}

#[tokio::test]
async fn the_start_of_a_shard_is_a_position() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let start = shards(&kinesis).await[0].sequence_number_range.clone().expect("given").starting_sequence_number;
    let position = given(iterator(&kinesis, AtSequenceNumber).starting_sequence_number(start)).await;
    put(&kinesis, 0, "one").await;
    assert_eq!(texts(&kinesis, &position).await, ["one"]);
}

#[tokio::test]
async fn a_type_and_a_sequence_number_go_together() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let number = put(&kinesis, 0, "one").await.sequence_number;
    for (kind, name) in [(TrimHorizon, "TRIM_HORIZON"), (Latest, "LATEST")] {
        let result = iterator(&kinesis, kind).starting_sequence_number(&number).send().await;
        assert_refused(
            result,
            "InvalidArgumentException",
            &format!("{EITHER} {name} and also a StartingSequenceNumber."),
        );
    }
    for (kind, name) in [(AtSequenceNumber, "AT_SEQUENCE_NUMBER"), (AfterSequenceNumber, "AFTER_SEQUENCE_NUMBER")] {
        let result = iterator(&kinesis, kind).send().await;
        assert_refused(result, "InvalidArgumentException", &format!("{EITHER} {name} and no StartingSequenceNumber."));
    }
}

#[tokio::test]
async fn a_time_is_needed_and_not_to_come() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let missing = "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. \
                   Current request has no timestamp parameter.";
    assert_refused(iterator(&kinesis, AtTimestamp).send().await, "InvalidArgumentException", missing);
    let future = iterator(&kinesis, AtTimestamp).timestamp(DateTime::from_secs(4_102_444_800)).send().await;
    let (code, message) = refusal(future);
    assert_eq!(code, "InvalidArgumentException");
    let start = "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. \
                 timestampInMillis: 4102444800000, currentTimestampInMillis: ";
    assert!(message.starts_with(start), "{message}");
}

#[tokio::test]
async fn an_absent_shard_and_another_shard_s_number_are_refused() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 2).await;
    let absent = iterator(&kinesis, Latest).shard_id("shardId-9").send().await;
    let message = format!("Shard {} in stream {ORDERS} under account {ACCOUNT} does not exist", shard_id(9));
    assert_refused(absent, "ResourceNotFoundException", &message);
    let no_id = iterator(&kinesis, Latest).shard_id("first").send().await;
    let message = format!("Could not find shard first in stream {ORDERS} under account {ACCOUNT}.");
    assert_refused(no_id, "ResourceNotFoundException", &message);
    let other = put(&kinesis, u128::MAX, "one").await.sequence_number;
    let result = iterator(&kinesis, AtSequenceNumber).starting_sequence_number(other).send().await;
    let message = format!(
        "Invalid StartingSequenceNumber. It encodes {}, while it was used in a call to a shard with {}",
        shard_id(1),
        shard_id(0)
    );
    assert_refused(result, "InvalidArgumentException", &message);
}
