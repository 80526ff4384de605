//! PutRecord: routed, numbered, refused.

use aws_sdk_kinesis::primitives::Blob;

use crate::answers::{ORDERS, assert_refused, create, horizon, page, put, refusal, shard_id};
use crate::server::{ACCOUNT, Server};

#[tokio::test]
async fn a_record_comes_back_as_it_was_put() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 2).await;
    let data: Vec<u8> = (0..=255).collect();
    let request = kinesis.put_record().stream_name(ORDERS).partition_key("schlüssel-鍵").data(Blob::new(data.clone()));
    let answer = request.explicit_hash_key(u128::MAX.to_string()).send().await.expect("a record is put");
    assert_eq!((answer.shard_id.as_str(), answer.sequence_number.len()), (shard_id(1).as_str(), 56));
    let found = page(&kinesis, &horizon(&kinesis, 1).await).await.records;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].data.as_ref(), data);
    assert_eq!(found[0].partition_key.as_deref(), Some("schlüssel-鍵"));
    assert_eq!(found[0].sequence_number, answer.sequence_number);
}

#[tokio::test]
async fn sequence_numbers_rise_within_a_shard() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let mut numbers = Vec::new();
    for index in 0..20 {
        numbers.push(put(&kinesis, 0, &index.to_string()).await.sequence_number);
    }
    let found = page(&kinesis, &horizon(&kinesis, 0).await).await.records;
    assert_eq!(found.into_iter().map(|record| record.sequence_number).collect::<Vec<_>>(), numbers);
    assert!(numbers.is_sorted_by(|left, right| left < right));
}

#[tokio::test]
async fn a_hash_key_beyond_the_last_is_refused() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let beyond = "340282366920938463463374607431768211456";
    let request = kinesis.put_record().stream_name(ORDERS).partition_key("a").data(Blob::new("x"));
    let result = request.explicit_hash_key(beyond).send().await;
    let message = format!(
        "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {beyond}"
    );
    assert_refused(result, "InvalidArgumentException", &message);
}

#[tokio::test]
async fn an_order_after_no_sequence_number_is_refused() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    // A version that no sequence number has.
    let number = "49039857307708443467467104868809893875799651909875269636";
    let request = kinesis.put_record().stream_name(ORDERS).partition_key("a").data(Blob::new("x"));
    let result = request.sequence_number_for_ordering(number).send().await;
    let message = format!(
        "ExclusiveMinimumSequenceNumber {number} used in PutRecord on stream {ORDERS} under account {ACCOUNT} is invalid."
    );
    assert_refused(result, "InvalidArgumentException", &message);
}

#[tokio::test]
async fn a_record_over_the_limit_of_the_stream_is_refused_and_not_stored() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let large = Blob::new(vec![b'x'; 1024 * 1024 + 1]);
    let request = kinesis.put_record().stream_name(ORDERS).partition_key("a").data(large);
    let (code, message) = refusal(request.send().await);
    assert_eq!(code, "ValidationException", "{message}");
    assert!(page(&kinesis, &horizon(&kinesis, 0).await).await.records.is_empty());
}

#[tokio::test]
async fn a_partition_key_has_at_most_256_characters() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let key = "鍵".repeat(256);
    let longest = kinesis.put_record().stream_name(ORDERS).partition_key(&key).data(Blob::new("x")).send().await;
    longest.expect("characters are counted, not bytes");
    let key = "k".repeat(257);
    let result = kinesis.put_record().stream_name(ORDERS).partition_key(&key).data(Blob::new("x")).send().await;
    let message = format!(
        "1 validation error detected: Value '{key}' at 'partitionKey' failed to satisfy constraint: \
         Member must have length less than or equal to 256"
    );
    assert_refused(result, "ValidationException", &message);
}
