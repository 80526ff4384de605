//! PutRecords: answers in the order of the request, whole requests refused.

use std::collections::BTreeMap;

use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;

use crate::answers::{ORDERS, assert_refused, create, horizon, page, refusal};
use crate::server::Server;

fn entry(key: &str, data: &str) -> PutRecordsRequestEntry {
    PutRecordsRequestEntry::builder().partition_key(key).data(Blob::new(data)).build().expect("data is given")
}

#[tokio::test]
async fn five_hundred_records_are_answered_in_the_order_of_the_request() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 4).await;
    let entries: Vec<_> = (0..500).map(|index| entry(&format!("key-{index}"), &format!("data-{index}"))).collect();
    let answer = kinesis.put_records().stream_name(ORDERS).set_records(Some(entries)).send().await.expect("put");
    assert_eq!(answer.failed_record_count, Some(0));
    let mut stored = BTreeMap::new();
    for shard in 0..4 {
        for record in page(&kinesis, &horizon(&kinesis, shard).await).await.records {
            stored.insert(record.sequence_number, record.data.into_inner());
        }
    }
    assert_eq!((answer.records.len(), stored.len()), (500, 500));
    for (index, result) in answer.records.iter().enumerate() {
        let number = result.sequence_number.as_ref().expect("no record failed");
        assert_eq!(stored[number], format!("data-{index}").into_bytes());
    }
}

#[tokio::test]
async fn none_and_too_many_records_are_refused() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let none = kinesis.put_records().stream_name(ORDERS).set_records(Some(Vec::new())).send().await;
    let least = "1 validation error detected: Value '[]' at 'records' failed to satisfy constraint: \
                 Member must have length greater than or equal to 1";
    assert_refused(none, "ValidationException", least);
    let many = vec![entry("a", "x"); 501];
    let (code, message) = refusal(kinesis.put_records().stream_name(ORDERS).set_records(Some(many)).send().await);
    assert_eq!(code, "ValidationException");
    assert!(message.ends_with("Member must have length less than or equal to 500"), "{message}");
}

#[tokio::test]
async fn one_malformed_record_refuses_them_all() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let mut bad = entry("b", "x");
    bad.explicit_hash_key = Some("-1".to_owned());
    let result = kinesis.put_records().stream_name(ORDERS).records(entry("a", "x")).records(bad).send().await;
    let message = "1 validation error detected: Value '-1' at 'records.2.member.explicitHashKey' failed to satisfy \
                   constraint: Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38})";
    assert_refused(result, "ValidationException", message);
    assert!(page(&kinesis, &horizon(&kinesis, 0).await).await.records.is_empty());
}
