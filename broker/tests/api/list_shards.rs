//! ListShards: pages, tokens, filters.

use aws_sdk_kinesis::types::{Shard, ShardFilter, ShardFilterType};

use crate::answers::{ORDERS, active, assert_refused, create, shard_id};
use crate::server::Server;

/// The first and the last hash key of a shard.
pub(crate) fn bounds(shard: &Shard) -> (u128, u128) {
    let range = shard.hash_key_range.as_ref().expect("a shard has its range");
    let key = |text: &str| text.parse().expect("a hash key is a number");
    (key(&range.starting_hash_key), key(&range.ending_hash_key))
}

#[tokio::test]
async fn shards_come_in_pages_by_token() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 5).await;
    let mut found = Vec::new();
    let mut answer = kinesis.list_shards().stream_name(ORDERS).max_results(2).send().await.expect("a page");
    loop {
        let page = answer.shards.expect("a list is always given");
        assert!(page.len() <= 2);
        found.extend(page.into_iter().map(|shard| shard.shard_id));
        let Some(token) = answer.next_token else { break };
        answer = kinesis.list_shards().next_token(token).max_results(2).send().await.expect("a page");
    }
    assert_eq!(found, (0..5).map(shard_id).collect::<Vec<_>>());
}

#[tokio::test]
async fn filters_choose_open_and_closed_shards() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let middle = (1_u128 << 127).to_string();
    let split = kinesis.split_shard().stream_name(ORDERS).shard_to_split(shard_id(0)).new_starting_hash_key(middle);
    split.send().await.expect("a shard is split");
    active(&kinesis, ORDERS).await;
    let table = [
        (ShardFilterType::AtLatest, None, vec![1, 2]),
        (ShardFilterType::AtTrimHorizon, None, vec![0]),
        (ShardFilterType::FromTrimHorizon, None, vec![0, 1, 2]),
        (ShardFilterType::AfterShardId, Some(shard_id(0)), vec![1, 2]),
    ];
    for (kind, after, expected) in table {
        let filter = ShardFilter::builder().r#type(kind.clone()).set_shard_id(after).build().expect("a type is given");
        let answer = kinesis.list_shards().stream_name(ORDERS).shard_filter(filter).send().await.expect("a page");
        let found: Vec<_> = answer.shards.expect("a list").into_iter().map(|shard| shard.shard_id).collect();
        assert_eq!(found, expected.into_iter().map(shard_id).collect::<Vec<_>>(), "{kind}");
    }
}

#[tokio::test]
async fn a_token_stands_alone() {
    let server = Server::start();
    let kinesis = server.client();
    let neither = kinesis.list_shards().send().await;
    assert_refused(neither, "InvalidArgumentException", "Either NextToken or StreamName should be provided.");
    let both = kinesis.list_shards().stream_name(ORDERS).next_token("AAAA").send().await;
    assert_refused(both, "InvalidArgumentException", "NextToken and StreamName cannot be provided together.");
}
