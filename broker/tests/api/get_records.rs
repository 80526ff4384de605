//! GetRecords: pages, the tip, lag, iterators that nobody issued.

use std::time::Duration;

use crate::answers::{assert_refused, create, horizon, page, put};
use crate::server::Server;

#[tokio::test]
async fn pages_hold_at_most_the_limit_and_lose_no_record() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let mut numbers = Vec::new();
    for index in 0..7 {
        numbers.push(put(&kinesis, 0, &index.to_string()).await.sequence_number);
    }
    let (mut position, mut found) = (horizon(&kinesis, 0).await, Vec::new());
    while found.len() < numbers.len() {
        let page = kinesis.get_records().shard_iterator(&position).limit(3).send().await.expect("a page");
        assert!((1..=3).contains(&page.records.len()), "no page before the tip is empty");
        found.extend(page.records.into_iter().map(|record| record.sequence_number));
        position = page.next_shard_iterator.expect("an open shard goes on");
    }
    assert_eq!(found, numbers);
    let tip = page(&kinesis, &position).await;
    assert!(tip.records.is_empty() && tip.next_shard_iterator.is_some());
    assert_eq!(tip.millis_behind_latest, Some(0));
}

#[tokio::test]
async fn an_iterator_may_be_used_again() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    put(&kinesis, 0, "one").await;
    let position = horizon(&kinesis, 0).await;
    assert_eq!(page(&kinesis, &position).await.records, page(&kinesis, &position).await.records);
}

#[tokio::test]
async fn a_reader_behind_is_told_how_far() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    put(&kinesis, 0, "one").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    put(&kinesis, 0, "two").await;
    let position = horizon(&kinesis, 0).await;
    let behind = kinesis.get_records().shard_iterator(position).limit(1).send().await.expect("a page");
    assert!(behind.millis_behind_latest > Some(0), "{:?}", behind.millis_behind_latest);
}

#[tokio::test]
async fn what_is_no_iterator_is_refused() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let mut forged = horizon(&kinesis, 0).await;
    let middle = forged.len() / 2;
    let other = if forged.as_bytes()[middle] == b'A' { "B" } else { "A" };
    forged.replace_range(middle..=middle, other);
    for position in ["AAAA", &forged] {
        let result = kinesis.get_records().shard_iterator(position).send().await;
        assert_refused(result, "InvalidArgumentException", "Invalid ShardIterator.");
    }
    let result = kinesis.get_records().shard_iterator("AAAA").limit(10_001).send().await;
    let most = "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: \
                Member must have value less than or equal to 10000";
    assert_refused(result, "ValidationException", most);
}
