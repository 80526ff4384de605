"""Streams as boto3 sees them: life, lists, tags, retention, settings, consumers."""

import time

import pytest
from conftest import ACTIVE_WITHIN_S, create, wait_active

LAST_HASH_KEY = 2**128 - 1


def test_a_stream_is_created_described_listed_and_deleted(kinesis):
    name = create(kinesis, ShardCount=3)
    description = kinesis.describe_stream(StreamName=name)["StreamDescription"]
    assert description["StreamName"] == name
    assert description["StreamARN"].endswith(f":stream/{name}")
    assert description["StreamModeDetails"] == {"StreamMode": "PROVISIONED"}
    assert description["RetentionPeriodHours"] == 24
    assert description["EncryptionType"] == "NONE"
    assert description["HasMoreShards"] is False
    assert abs(description["StreamCreationTimestamp"].timestamp() - time.time()) < ACTIVE_WITHIN_S
    assert name in kinesis.list_streams()["StreamNames"]
    kinesis.delete_stream(StreamName=name)
    kinesis.get_waiter("stream_not_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
    assert name not in kinesis.list_streams()["StreamNames"]


def test_the_shards_of_a_stream_share_the_hash_keys_without_gap(kinesis, stream):
    ranges = [shard["HashKeyRange"] for shard in kinesis.list_shards(StreamName=stream)["Shards"]]
    bounds = [(int(range["StartingHashKey"]), int(range["EndingHashKey"])) for range in ranges]
    assert bounds[0][0] == 0 and bounds[-1][1] == LAST_HASH_KEY
    assert all(left[1] + 1 == right[0] for left, right in zip(bounds, bounds[1:]))


def test_a_stream_without_a_shard_count_is_on_demand_with_four_shards(kinesis):
    name = create(kinesis, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    summary = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    assert summary["OpenShardCount"] == 4
    assert summary["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    kinesis.delete_stream(StreamName=name)


def test_a_stream_answers_to_its_arn(kinesis, stream):
    arn = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    by_arn = kinesis.describe_stream_summary(StreamARN=arn)["StreamDescriptionSummary"]
    assert by_arn["StreamName"] == stream
    put = kinesis.put_record(StreamARN=arn, PartitionKey="a", Data=b"by arn")
    assert put["ShardId"].startswith("shardId-")


def test_lists_come_in_pages(kinesis):
    names = sorted(create(kinesis, ShardCount=1) for _ in range(5))
    pages = list(kinesis.get_paginator("list_streams").paginate(PaginationConfig={"PageSize": 2}))
    assert all(len(page["StreamNames"]) <= 2 for page in pages)
    listed = [name for page in pages for name in page["StreamNames"]]
    assert listed == sorted(listed) and set(names) <= set(listed)
    for name in names:
        kinesis.delete_stream(StreamName=name)


def test_shards_come_in_pages(kinesis):
    name = create(kinesis, ShardCount=5)
    pages = list(kinesis.get_paginator("describe_stream").paginate(StreamName=name, PaginationConfig={"PageSize": 2}))
    assert [len(page["StreamDescription"]["Shards"]) for page in pages] == [2, 2, 1]
    # By hand: botocore's own paginator repeats the name beside the token, which AWS refuses.
    page = kinesis.list_shards(StreamName=name, MaxResults=2)
    listed = [shard["ShardId"] for shard in page["Shards"]]
    while "NextToken" in page:
        page = kinesis.list_shards(NextToken=page["NextToken"], MaxResults=2)
        listed += [shard["ShardId"] for shard in page["Shards"]]
    assert listed == [f"shardId-{index:012d}" for index in range(5)]
    after = kinesis.list_shards(StreamName=name, ExclusiveStartShardId="shardId-000000000002")["Shards"]
    assert [shard["ShardId"] for shard in after] == listed[3:]
    kinesis.delete_stream(StreamName=name)


def test_tags_are_added_listed_in_pages_and_removed(kinesis, stream):
    tags = {f"key-{index}": f"value {index}" for index in range(5)}
    kinesis.add_tags_to_stream(StreamName=stream, Tags=tags)
    first = kinesis.list_tags_for_stream(StreamName=stream, Limit=3)
    assert first["HasMoreTags"] and len(first["Tags"]) == 3
    last = first["Tags"][-1]["Key"]
    rest = kinesis.list_tags_for_stream(StreamName=stream, ExclusiveStartTagKey=last)
    assert not rest["HasMoreTags"]
    assert {tag["Key"]: tag["Value"] for tag in first["Tags"] + rest["Tags"]} == tags
    kinesis.remove_tags_from_stream(StreamName=stream, TagKeys=["key-0", "key-4"])
    left = kinesis.list_tags_for_stream(StreamName=stream)["Tags"]
    assert [tag["Key"] for tag in left] == ["key-1", "key-2", "key-3"]


def test_tags_of_a_resource_are_those_of_the_stream(kinesis, stream):
    arn = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    kinesis.tag_resource(ResourceARN=arn, Tags={"team": "orders", "tier": "1"})
    assert kinesis.list_tags_for_stream(StreamName=stream)["Tags"] == [
        {"Key": "team", "Value": "orders"},
        {"Key": "tier", "Value": "1"},
    ]
    kinesis.untag_resource(ResourceARN=arn, TagKeys=["tier"])
    assert kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "team", "Value": "orders"}]


def test_retention_goes_up_and_down(kinesis, stream):
    def hours():
        return kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["RetentionPeriodHours"]

    kinesis.increase_stream_retention_period(StreamName=stream, RetentionPeriodHours=72)
    wait_active(kinesis, stream)
    assert hours() == 72
    kinesis.decrease_stream_retention_period(StreamName=stream, RetentionPeriodHours=48)
    wait_active(kinesis, stream)
    assert hours() == 48


def test_shard_metrics_are_switched_on_and_off(kinesis, stream):
    on = kinesis.enable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=["IncomingBytes", "IncomingRecords"])
    assert on["CurrentShardLevelMetrics"] == []
    assert sorted(on["DesiredShardLevelMetrics"]) == ["IncomingBytes", "IncomingRecords"]
    wait_active(kinesis, stream)
    off = kinesis.disable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=["IncomingBytes"])
    assert off["DesiredShardLevelMetrics"] == ["IncomingRecords"]


def test_a_stream_changes_its_mode_and_its_record_size(kinesis, stream):
    arn = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    kinesis.update_max_record_size(StreamARN=arn, MaxRecordSizeInKiB=2048)
    assert wait_active(kinesis, stream)["MaxRecordSizeInKiB"] == 2048
    kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    summary = wait_active(kinesis, stream)
    assert summary["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    assert summary["OpenShardCount"] == 2, "on-demand holds the shards it finds"


def test_limits_say_what_is_open(kinesis, stream):
    limits = kinesis.describe_limits()
    assert limits["OpenShardCount"] >= 2
    assert limits["ShardLimit"] >= limits["OpenShardCount"]
    assert limits["OnDemandStreamCount"] <= limits["OnDemandStreamCountLimit"]


def test_consumers_are_registered_described_listed_and_deregistered(kinesis, stream):
    arn = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    names = ["one", "three", "two"]
    for name in names:
        registered = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=name)["Consumer"]
        assert registered["ConsumerARN"].startswith(f"{arn}/consumer/{name}:")
        wait_consumer_active(kinesis, arn, name)
    paginator = kinesis.get_paginator("list_stream_consumers")
    pages = list(paginator.paginate(StreamARN=arn, PaginationConfig={"PageSize": 2}))
    listed = [consumer["ConsumerName"] for page in pages for consumer in page["Consumers"]]
    assert [len(page["Consumers"]) for page in pages] == [2, 1] and sorted(listed) == names
    kinesis.deregister_stream_consumer(StreamARN=arn, ConsumerName="two")
    with pytest.raises(kinesis.exceptions.ResourceNotFoundException):
        until = time.monotonic() + ACTIVE_WITHIN_S
        while time.monotonic() < until:
            kinesis.describe_stream_consumer(StreamARN=arn, ConsumerName="two")


def wait_consumer_active(kinesis, arn, name):
    """A consumer may be used once it is active."""
    until = time.monotonic() + ACTIVE_WITHIN_S
    while True:
        found = kinesis.describe_stream_consumer(StreamARN=arn, ConsumerName=name)["ConsumerDescription"]
        if found["ConsumerStatus"] == "ACTIVE":
            return
        assert time.monotonic() < until, f"{name} is still {found['ConsumerStatus']}"
        time.sleep(0.05)
