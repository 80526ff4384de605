//! UpdateShardCount: real splits and merges that end in equal shards.

use aws_sdk_kinesis::types::{ScalingType, ShardFilter, ShardFilterType};

use crate::answers::{ORDERS, active, create, refusal, shard_id};
use crate::list_shards::bounds;
use crate::server::Server;

/// The hash keys in equal ranges, of which the last takes the rest.
fn equal(count: u128) -> Vec<(u128, u128)> {
    if count == 1 {
        return vec![(0, u128::MAX)];
    }
    // 2^128 / count, without a number that holds 2^128.
    let width = (u128::MAX - (count - 1)) / count + 1;
    let last = |index| if index + 1 == count { u128::MAX } else { (index + 1) * width - 1 };
    (0..count).map(|index| (index * width, last(index))).collect()
}

#[tokio::test]
async fn any_allowed_count_ends_in_equal_shards_without_gap() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 2).await;
    for count in [3_i32, 6, 4, 2, 1] {
        let request = kinesis.update_shard_count().stream_name(ORDERS).target_shard_count(count);
        let answer = request.scaling_type(ScalingType::UniformScaling).send().await.expect("shards are scaled");
        assert_eq!(answer.target_shard_count, Some(count));
        assert_eq!(active(&kinesis, ORDERS).await.open_shard_count, count);
        let open = ShardFilter::builder().r#type(ShardFilterType::AtLatest).build().expect("a type is given");
        let listed = kinesis.list_shards().stream_name(ORDERS).shard_filter(open).send().await.expect("a page");
        let mut ranges: Vec<_> = listed.shards.expect("a list").iter().map(bounds).collect();
        ranges.sort_unstable();
        assert_eq!(ranges, equal(u128::from(count.unsigned_abs())));
    }
}

#[tokio::test]
async fn more_than_double_and_less_than_half_are_refused() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 4).await;
    let table =
        [(9, "UpdateShardCount cannot scale up over double"), (1, "UpdateShardCount cannot scale down below half")];
    for (count, start) in table {
        let request = kinesis.update_shard_count().stream_name(ORDERS).target_shard_count(count);
        let (code, message) = refusal(request.scaling_type(ScalingType::UniformScaling).send().await);
        assert_eq!(code, "LimitExceededException", "{message}");
        assert!(message.starts_with(start), "{message}");
    }
}

/// A split makes two shards and a merge one, so the number of all shards says how many of each it took.
#[tokio::test]
async fn scaling_makes_no_more_shards_than_equal_ones_need() {
    let server = Server::start();
    let kinesis = server.client();
    let table = [(2, 4, 6), (4, 5, 15), (4, 2, 6), (4, 3, 11), (5, 3, 13), (10, 13, 43)];
    for (from, to, all) in table {
        let name = format!("from-{from}-to-{to}");
        kinesis.create_stream().stream_name(&name).shard_count(from).send().await.expect("a stream is created");
        active(&kinesis, &name).await;
        let request = kinesis.update_shard_count().stream_name(&name).target_shard_count(to);
        request.scaling_type(ScalingType::UniformScaling).send().await.expect("shards are scaled");
        assert_eq!(active(&kinesis, &name).await.open_shard_count, to);
        let listed = kinesis.list_shards().stream_name(&name).send().await.expect("shards are listed");
        assert_eq!(listed.shards.expect("a list").len(), all, "{name}");
    }
}

/// As recorded of AWS: the second shard is split and its first part merged with the first shard, before the third is.
#[tokio::test]
async fn four_shards_scaled_to_three_become_those_that_aws_makes() {
    let server = Server::start();
    let kinesis = server.client();
    create(&kinesis, 4).await;
    let request = kinesis.update_shard_count().stream_name(ORDERS).target_shard_count(3);
    request.scaling_type(ScalingType::UniformScaling).send().await.expect("shards are scaled");
    active(&kinesis, ORDERS).await;
    let open = ShardFilter::builder().r#type(ShardFilterType::AtLatest).build().expect("a type is given");
    let listed = kinesis.list_shards().stream_name(ORDERS).shard_filter(open).send().await.expect("a page");
    let ids: Vec<_> = listed.shards.expect("a list").into_iter().map(|shard| shard.shard_id).collect();
    assert_eq!(ids, [6, 9, 10].map(shard_id));
}
