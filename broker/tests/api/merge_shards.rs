//! MergeShards: two neighbours end in one child.

use crate::answers::{ORDERS, active, assert_refused, create, horizon, page, put, shard_id, shards, texts};
use crate::list_shards::bounds;
use crate::server::{ACCOUNT, Server};

#[tokio::test]
async fn two_neighbours_end_in_one_child() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 2).await;
    put(&kinesis, 0, "left").await;
    put(&kinesis, u128::MAX, "right").await;
    let request = kinesis.merge_shards().stream_name(ORDERS).shard_to_merge(shard_id(0));
    request.adjacent_shard_to_merge(shard_id(1)).send().await.expect("shards are merged");
    assert_eq!(active(&kinesis, ORDERS).await.open_shard_count, 1);
    put(&kinesis, u128::MAX, "after").await;
    let child = shards(&kinesis).await.pop().expect("the child is listed");
    assert_eq!(bounds(&child), (0, u128::MAX));
    assert_eq!((child.parent_shard_id, child.adjacent_parent_shard_id), (Some(shard_id(0)), Some(shard_id(1))));
    assert_eq!(texts(&kinesis, &horizon(&kinesis, 2).await).await, ["after"]);
    for (parent, text) in [(0, "left"), (1, "right")] {
        let mut last = page(&kinesis, &horizon(&kinesis, parent).await).await;
        assert_eq!(last.records[0].data.as_ref(), text.as_bytes());
        while let Some(next) = last.next_shard_iterator {
            last = page(&kinesis, &next).await;
        }
        let children = last.child_shards.expect("the child is named at the end");
        assert_eq!((children.len(), &children[0].shard_id), (1, &shard_id(2)));
        assert_eq!(children[0].parent_shards, [shard_id(0), shard_id(1)]);
    }
}

#[tokio::test]
async fn shards_that_are_no_neighbours_are_refused() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 3).await;
    for (left, right) in [(0, 2), (1, 0)] {
        let request = kinesis.merge_shards().stream_name(ORDERS).shard_to_merge(shard_id(left));
        let result = request.adjacent_shard_to_merge(shard_id(right)).send().await;
        let message = format!(
            "Shards {} and {} in stream {ORDERS} under account {ACCOUNT} are not an adjacent pair of shards eligible for \
             merging",
            shard_id(left),
            shard_id(right)
        );
        assert_refused(result, "InvalidArgumentException", &message);
    }
}
