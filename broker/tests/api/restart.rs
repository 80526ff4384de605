//! What was acknowledged is there after the process was killed.

use crate::answers::{ORDERS, active, create, horizon, page, put, shard_id, shards, texts};
use crate::server::Server;

#[tokio::test]
async fn records_shards_and_iterators_outlive_the_process() {
    let mut server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let before = put(&kinesis, 0, "before").await.sequence_number;
    let position = horizon(&kinesis, 0).await;
    let split = kinesis.split_shard().stream_name(ORDERS).shard_to_split(shard_id(0)).new_starting_hash_key("2");
    split.send().await.expect("a shard is split");
    active(&kinesis, ORDERS).await;
    put(&kinesis, 5, "in the child").await;
    let listed = shards(&kinesis).await;

    server.kill_and_restart();

    let kinesis = server.client();
    assert_eq!(shards(&kinesis).await, listed);
    let found = page(&kinesis, &position).await.records;
    assert_eq!((found.len(), &found[0].sequence_number), (1, &before));
    assert_eq!(texts(&kinesis, &horizon(&kinesis, 2).await).await, ["in the child"]);
    put(&kinesis, 5, "after").await;
    assert_eq!(texts(&kinesis, &horizon(&kinesis, 2).await).await, ["in the child", "after"]);
}
