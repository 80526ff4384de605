//! SplitShard: parents readable to their end, children from their start.

use crate::answers::{ORDERS, active, assert_refused, create, horizon, page, put, shard_id, shards};
use crate::list_shards::bounds;
use crate::server::{ACCOUNT, Server};

const MIDDLE: u128 = 1 << 127;

async fn split(kinesis: &aws_sdk_kinesis::Client, shard: u32, at: u128) {
    let request = kinesis.split_shard().stream_name(ORDERS).shard_to_split(shard_id(shard));
    request.new_starting_hash_key(at.to_string()).send().await.expect("a shard is split");
    active(kinesis, ORDERS).await;
}

#[tokio::test]
async fn a_parent_is_read_to_its_end_and_then_names_its_children() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    put(&kinesis, 0, "before").await;
    let open_ended = horizon(&kinesis, 0).await;
    split(&kinesis, 0, MIDDLE).await;
    assert_eq!(put(&kinesis, MIDDLE - 1, "low").await.shard_id, shard_id(1));
    assert_eq!(put(&kinesis, MIDDLE, "high").await.shard_id, shard_id(2));
    let listed = shards(&kinesis).await;
    assert_eq!(bounds(&listed[1]), (0, MIDDLE - 1));
    assert_eq!(bounds(&listed[2]), (MIDDLE, u128::MAX));
    assert_eq!(listed[1].parent_shard_id, Some(shard_id(0)));
    assert!(listed[0].sequence_number_range.clone().expect("given").ending_sequence_number.is_some());
    let mut last = page(&kinesis, &open_ended).await;
    assert_eq!(last.records.len(), 1);
    while let Some(next) = last.next_shard_iterator {
        assert!(last.child_shards.unwrap_or_default().is_empty(), "children are named at the end alone");
        last = page(&kinesis, &next).await;
    }
    let children = last.child_shards.expect("children are named at the end");
    let named: Vec<_> = children.iter().map(|child| (child.shard_id.clone(), child.parent_shards.clone())).collect();
    assert_eq!(named, [(shard_id(1), vec![shard_id(0)]), (shard_id(2), vec![shard_id(0)])]);
}

#[tokio::test]
async fn sequence_numbers_rise_from_parent_to_child() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let before = put(&kinesis, 0, "before").await.sequence_number;
    split(&kinesis, 0, MIDDLE).await;
    let after = put(&kinesis, 0, "after").await.sequence_number;
    let ranges: Vec<_> = shards(&kinesis).await.into_iter().filter_map(|shard| shard.sequence_number_range).collect();
    let ending = ranges[0].ending_sequence_number.clone().expect("the parent is closed");
    let numbers = [before, ending, ranges[1].starting_sequence_number.clone(), after];
    assert!(numbers.is_sorted_by(|left, right| left < right), "{numbers:?}");
}

#[tokio::test]
async fn what_cannot_be_split_is_refused() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 1).await;
    let request = |shard: u32, at: u128| {
        let request = kinesis.split_shard().stream_name(ORDERS).shard_to_split(shard_id(shard));
        request.new_starting_hash_key(at.to_string()).send()
    };
    let message = format!("Could not find shard {} in stream {ORDERS} under account {ACCOUNT}.", shard_id(7));
    assert_refused(request(7, MIDDLE).await, "ResourceNotFoundException", &message);
    for at in [0, 1, u128::MAX] {
        let message = format!(
            "NewStartingHashKey {at} used in SplitShard() on shard {} in stream {ORDERS} under account {ACCOUNT} is not \
             both greater than one plus the shard's StartingHashKey 0 and less than the shard's EndingHashKey {}.",
            shard_id(0),
            u128::MAX
        );
        assert_refused(request(0, at).await, "InvalidArgumentException", &message);
    }
    split(&kinesis, 0, MIDDLE).await;
    let message = format!(
        "Shard {} in stream {ORDERS} under account {ACCOUNT} has already been merged or split, and thus is not eligible \
         for merging or splitting.",
        shard_id(0)
    );
    assert_refused(request(0, MIDDLE).await, "InvalidArgumentException", &message);
}
