"""Records as boto3 sees them: put, routed, read from every kind of iterator, in order and whole."""

import hashlib
import time

import pytest
from conftest import iterator, read, shards


def test_a_record_comes_back_as_it_was_put(kinesis, stream):
    data = bytes(range(256)) * 5
    put = kinesis.put_record(StreamName=stream, PartitionKey="schlüssel-鍵", Data=data)
    assert len(put["SequenceNumber"]) == 56
    [record] = read(kinesis, iterator(kinesis, stream, put["ShardId"]), at_least=1)
    assert record["Data"] == data
    assert record["PartitionKey"] == "schlüssel-鍵"
    assert record["SequenceNumber"] == put["SequenceNumber"]
    assert abs(record["ApproximateArrivalTimestamp"].timestamp() - time.time()) < 60


def test_an_empty_and_a_large_record_come_back_whole(kinesis, stream):
    large = hashlib.sha256(b"seed").digest() * (1024 * 1024 // 32 - 1)
    for data in [b"", large]:
        kinesis.put_record(StreamName=stream, PartitionKey="a", ExplicitHashKey="0", Data=data)
    records = read(kinesis, iterator(kinesis, stream, "shardId-000000000000"), at_least=2)
    assert [record["Data"] for record in records] == [b"", large]


def test_a_partition_key_lands_in_the_shard_of_its_md5(kinesis, stream):
    listed = shards(kinesis, stream)
    for key in ["a", "b", "order-17", "鍵"]:
        hash_key = int.from_bytes(hashlib.md5(key.encode()).digest(), "big")
        put = kinesis.put_record(StreamName=stream, PartitionKey=key, Data=b"x")
        assert holds(listed[put["ShardId"]], hash_key), key


def test_an_explicit_hash_key_overrides_the_partition_key(kinesis, stream):
    for shard_id, shard in shards(kinesis, stream).items():
        for bound in ["StartingHashKey", "EndingHashKey"]:
            explicit = shard["HashKeyRange"][bound]
            put = kinesis.put_record(StreamName=stream, PartitionKey="same", ExplicitHashKey=explicit, Data=b"x")
            assert put["ShardId"] == shard_id


def test_put_records_answers_in_the_order_of_the_request(kinesis, stream):
    entries = [{"PartitionKey": f"key-{index}", "Data": f"data-{index}".encode()} for index in range(500)]
    answer = kinesis.put_records(StreamName=stream, Records=entries)
    assert answer["FailedRecordCount"] == 0 and len(answer["Records"]) == 500
    listed = shards(kinesis, stream)
    for entry, result in zip(entries, answer["Records"]):
        hash_key = int.from_bytes(hashlib.md5(entry["PartitionKey"].encode()).digest(), "big")
        assert holds(listed[result["ShardId"]], hash_key)
    stored = {record["SequenceNumber"]: record for shard in listed for record in whole(kinesis, stream, shard)}
    for entry, result in zip(entries, answer["Records"]):
        assert stored[result["SequenceNumber"]]["Data"] == entry["Data"]
    assert len(stored) == 500


def test_sequence_numbers_rise_within_a_shard(kinesis, stream):
    puts = [put(kinesis, stream, index)["SequenceNumber"] for index in range(20)]
    assert puts == sorted(puts) and len(set(puts)) == 20
    assert [record["SequenceNumber"] for record in whole(kinesis, stream, "shardId-000000000000")] == puts


def test_every_kind_of_iterator_starts_where_it_says(kinesis, stream):
    shard = "shardId-000000000000"
    numbers = [put(kinesis, stream, index)["SequenceNumber"] for index in range(3)]
    latest = iterator(kinesis, stream, shard, "LATEST")
    time.sleep(0.05)  # The timestamp has to lie between two records.
    middle = time.time()
    time.sleep(0.05)
    numbers += [put(kinesis, stream, index)["SequenceNumber"] for index in range(3, 6)]

    def found(position, at_least):
        return [record["SequenceNumber"] for record in read(kinesis, position, at_least)]

    assert found(iterator(kinesis, stream, shard, "TRIM_HORIZON"), 6) == numbers
    assert found(latest, 3) == numbers[3:]
    at = iterator(kinesis, stream, shard, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[2])
    assert found(at, 4) == numbers[2:]
    after = iterator(kinesis, stream, shard, "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[2])
    assert found(after, 3) == numbers[3:]
    assert found(iterator(kinesis, stream, shard, "AT_TIMESTAMP", Timestamp=middle), 3) == numbers[3:]


def test_the_start_of_a_shard_is_a_position_with_no_record_there(kinesis, stream):
    start = shards(kinesis, stream)["shardId-000000000000"]["SequenceNumberRange"]["StartingSequenceNumber"]
    put(kinesis, stream, 0)
    for kind in ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"]:
        position = iterator(kinesis, stream, "shardId-000000000000", kind, StartingSequenceNumber=start)
        assert len(read(kinesis, position, at_least=1)) == 1


def test_an_iterator_may_be_used_again(kinesis, stream):
    put(kinesis, stream, 0)
    position = iterator(kinesis, stream, "shardId-000000000000")
    assert read(kinesis, position, 1) == read(kinesis, position, 1)


def test_pages_of_records_hold_at_most_the_limit_and_lose_none(kinesis, stream):
    numbers = [put(kinesis, stream, index)["SequenceNumber"] for index in range(10)]
    position, found = iterator(kinesis, stream, "shardId-000000000000"), []
    while len(found) < 10:
        page = kinesis.get_records(ShardIterator=position, Limit=3)
        assert len(page["Records"]) <= 3
        found += [record["SequenceNumber"] for record in page["Records"]]
        position = page["NextShardIterator"]
    assert found == numbers
    assert kinesis.get_records(ShardIterator=position)["Records"] == []


def test_a_reader_behind_is_told_how_far(kinesis, stream):
    put(kinesis, stream, 0)
    time.sleep(0.3)
    put(kinesis, stream, 1)
    behind = kinesis.get_records(ShardIterator=iterator(kinesis, stream, "shardId-000000000000"), Limit=1)
    assert behind["MillisBehindLatest"] > 0
    assert kinesis.get_records(ShardIterator=behind["NextShardIterator"])["MillisBehindLatest"] == 0


def test_a_sequence_number_for_ordering_keeps_the_order(kinesis, stream):
    first = put(kinesis, stream, 0)["SequenceNumber"]
    second = put(kinesis, stream, 1, SequenceNumberForOrdering=first)["SequenceNumber"]
    assert second > first


def test_a_record_over_the_stream_s_limit_is_refused(kinesis, stream):
    with pytest.raises(kinesis.exceptions.ClientError) as refused:
        kinesis.put_record(StreamName=stream, PartitionKey="a", Data=b"x" * (1024 * 1024 + 1))
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert whole(kinesis, stream, "shardId-000000000000") == []


def put(kinesis, stream, index, **parameters):
    """Puts one record into the first shard."""
    data = f"record-{index}".encode()
    return kinesis.put_record(StreamName=stream, PartitionKey="a", ExplicitHashKey="0", Data=data, **parameters)


def whole(kinesis, stream, shard):
    """Every record of a shard."""
    return read(kinesis, iterator(kinesis, stream, shard))


def holds(shard, hash_key):
    """Whether a hash key lies in a shard's range."""
    span = shard["HashKeyRange"]
    return int(span["StartingHashKey"]) <= hash_key <= int(span["EndingHashKey"])
