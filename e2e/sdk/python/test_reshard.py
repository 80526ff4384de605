"""Splits and merges as boto3 sees them: parents readable to their end, children from their start."""

from conftest import create, iterator, read, shards, wait_active

MIDDLE = 2**127


def test_a_split_shard_is_read_to_its_end_and_then_names_its_children(kinesis):
    stream = create(kinesis, ShardCount=1)
    parent = "shardId-000000000000"
    put(kinesis, stream, "before", 0)
    open_ended = iterator(kinesis, stream, parent)
    kinesis.split_shard(StreamName=stream, ShardToSplit=parent, NewStartingHashKey=str(MIDDLE))
    wait_active(kinesis, stream)
    assert put(kinesis, stream, "low", 0)["ShardId"] == "shardId-000000000001"
    assert put(kinesis, stream, "high", MIDDLE)["ShardId"] == "shardId-000000000002"

    listed = shards(kinesis, stream)
    assert "EndingSequenceNumber" in listed[parent]["SequenceNumberRange"]
    for child, bounds in [("shardId-000000000001", (0, MIDDLE - 1)), ("shardId-000000000002", (MIDDLE, 2**128 - 1))]:
        assert listed[child]["ParentShardId"] == parent
        assert "EndingSequenceNumber" not in listed[child]["SequenceNumberRange"]
        span = listed[child]["HashKeyRange"]
        assert (int(span["StartingHashKey"]), int(span["EndingHashKey"])) == bounds

    records, last = to_the_end(kinesis, open_ended)
    assert [record["Data"] for record in records] == [b"before"]
    assert "NextShardIterator" not in last
    children = {child["ShardId"]: child["ParentShards"] for child in last["ChildShards"]}
    assert children == {"shardId-000000000001": [parent], "shardId-000000000002": [parent]}
    kinesis.delete_stream(StreamName=stream)


def test_merged_shards_end_in_one_child(kinesis):
    stream = create(kinesis, ShardCount=2)
    left, right, child = (f"shardId-{index:012d}" for index in range(3))
    put(kinesis, stream, "left", 0)
    put(kinesis, stream, "right", 2**128 - 1)
    kinesis.merge_shards(StreamName=stream, ShardToMerge=left, AdjacentShardToMerge=right)
    wait_active(kinesis, stream)
    put(kinesis, stream, "after", 0)
    listed = shards(kinesis, stream)
    assert (listed[child]["ParentShardId"], listed[child]["AdjacentParentShardId"]) == (left, right)
    for parent, data in [(left, b"left"), (right, b"right")]:
        records, last = to_the_end(kinesis, iterator(kinesis, stream, parent))
        assert [record["Data"] for record in records] == [data]
        assert [shard["ShardId"] for shard in last["ChildShards"]] == [child]
        assert sorted(last["ChildShards"][0]["ParentShards"]) == [left, right]
    assert [record["Data"] for record in read(kinesis, iterator(kinesis, stream, child), 1)] == [b"after"]
    kinesis.delete_stream(StreamName=stream)


def test_sequence_numbers_rise_from_parent_to_child(kinesis):
    stream = create(kinesis, ShardCount=1)
    numbers = [put(kinesis, stream, "a", 0)["SequenceNumber"]]
    kinesis.split_shard(StreamName=stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(MIDDLE))
    wait_active(kinesis, stream)
    ending = shards(kinesis, stream)["shardId-000000000000"]["SequenceNumberRange"]["EndingSequenceNumber"]
    starting = shards(kinesis, stream)["shardId-000000000001"]["SequenceNumberRange"]["StartingSequenceNumber"]
    numbers += [ending, starting, put(kinesis, stream, "b", 0)["SequenceNumber"]]
    assert numbers == sorted(numbers) and len(set(numbers)) == 4
    kinesis.delete_stream(StreamName=stream)


def test_filters_choose_the_shards_they_name(kinesis):
    stream = create(kinesis, ShardCount=1)
    kinesis.split_shard(StreamName=stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(MIDDLE))
    wait_active(kinesis, stream)

    def found(**shard_filter):
        return [int(shard[-12:]) for shard in shards(kinesis, stream, ShardFilter=shard_filter)]

    assert found(Type="AT_LATEST") == [1, 2]
    assert found(Type="AT_TRIM_HORIZON") == [0]
    assert found(Type="FROM_TRIM_HORIZON") == [0, 1, 2]
    assert found(Type="AFTER_SHARD_ID", ShardId="shardId-000000000001") == [2]
    created = kinesis.describe_stream(StreamName=stream)["StreamDescription"]["StreamCreationTimestamp"]
    assert found(Type="FROM_TIMESTAMP", Timestamp=created) == [0, 1, 2]
    kinesis.delete_stream(StreamName=stream)


def test_update_shard_count_ends_in_equal_shards(kinesis):
    stream = create(kinesis, ShardCount=2)
    answer = kinesis.update_shard_count(StreamName=stream, TargetShardCount=3, ScalingType="UNIFORM_SCALING")
    assert (answer["CurrentShardCount"], answer["TargetShardCount"]) == (2, 3)
    assert wait_active(kinesis, stream)["OpenShardCount"] == 3
    opened = shards(kinesis, stream, ShardFilter={"Type": "AT_LATEST"}).values()
    sizes = [int(s["HashKeyRange"]["EndingHashKey"]) - int(s["HashKeyRange"]["StartingHashKey"]) + 1 for s in opened]
    assert sum(sizes) == 2**128 and max(sizes) - min(sizes) <= 2
    kinesis.delete_stream(StreamName=stream)


def put(kinesis, stream, data, hash_key):
    """Puts one record at a hash key."""
    return kinesis.put_record(
        StreamName=stream, PartitionKey="a", ExplicitHashKey=str(hash_key), Data=data.encode()
    )


def to_the_end(kinesis, position):
    """The records of a closed shard and the answer that ends it; every answer before has no word of children."""
    records = []
    for _ in range(1000):
        page = kinesis.get_records(ShardIterator=position)
        records += page["Records"]
        position = page.get("NextShardIterator")
        if position is None:
            return records, page
        assert not page.get("ChildShards"), "children are named before the end"
    raise AssertionError("a closed shard does not end")
