#!/usr/bin/env python3
"""Writes the golden requests, OPERATION/request.json and OPERATION/request.cbor, from the parameters below.

The JSON is what botocore sends (pip install botocore==1.44.5). The CBOR is what Amazon's Java SDK sends for the same
parameters: maps and lists of indefinite length, blobs as byte strings, timestamps as tag 1 and integer milliseconds.
"""

import datetime
import pathlib
import struct

import botocore.serialize
import botocore.session

ARN = "arn:aws:kinesis:eu-central-1:123456789012:stream/orders"
STREAM_ID = "abcdefghij0123456789-xyz"
AT = datetime.datetime(2026, 11, 22, 12, 30, 45, 678000, tzinfo=datetime.timezone.utc)

REQUESTS = {
    "AddTagsToStream": {"StreamName": "orders", "Tags": {"team": "größe", "empty": ""}},
    "CreateStream": {
        "StreamName": "orders",
        "ShardCount": 4,
        "StreamModeDetails": {"StreamMode": "PROVISIONED"},
        "Tags": {"team": "a"},
        "MaxRecordSizeInKiB": 2048,
    },
    "DeleteStream": {"StreamARN": ARN, "EnforceConsumerDeletion": True},
    "DescribeLimits": {},
    "DescribeStream": {"StreamName": "orders", "Limit": 10, "ExclusiveStartShardId": "shardId-000000000003"},
    "DescribeStreamConsumer": {"StreamARN": ARN, "ConsumerName": "analytics"},
    "DescribeStreamSummary": {"StreamId": STREAM_ID},
    "EnableEnhancedMonitoring": {"StreamName": "orders", "ShardLevelMetrics": ["IncomingBytes", "ALL"]},
    "GetRecords": {"ShardIterator": "AAAAAAAAAAE=", "Limit": 100, "StreamARN": ARN},
    "GetShardIterator": {
        "StreamName": "orders",
        "ShardId": "shardId-000000000000",
        "ShardIteratorType": "AT_TIMESTAMP",
        "Timestamp": AT,
    },
    "ListShards": {"StreamARN": ARN, "MaxResults": 5, "ShardFilter": {"Type": "FROM_TIMESTAMP", "Timestamp": AT}},
    "ListStreams": {"Limit": 7, "ExclusiveStartStreamName": "a"},
    "MergeShards": {"StreamName": "orders", "ShardToMerge": "shardId-0", "AdjacentShardToMerge": "shardId-1"},
    "PutRecord": {
        "StreamName": "orders",
        "Data": b"abc",
        "PartitionKey": "customer-7",
        "SequenceNumberForOrdering": "49590338271490256608559692538361571095921575989136588898",
    },
    "PutRecords": {
        "StreamARN": ARN,
        "Records": [
            {"Data": b"abc", "PartitionKey": "customer-7"},
            {"Data": bytes(range(256)), "PartitionKey": "schl\u00fcssel", "ExplicitHashKey": str(2**128 - 1)},
        ],
    },
    "RegisterStreamConsumer": {"StreamARN": ARN, "ConsumerName": "analytics", "Tags": {"a": "b"}},
    "SplitShard": {"StreamName": "orders", "ShardToSplit": "shardId-000000000000", "NewStartingHashKey": "170"},
    "UntagResource": {"ResourceARN": ARN + "/consumer/analytics:1700000000", "TagKeys": ["a", "b"]},
    "UpdateShardCount": {"StreamName": "orders", "TargetShardCount": 8, "ScalingType": "UNIFORM_SCALING"},
    "UpdateStreamMode": {"StreamARN": ARN, "StreamModeDetails": {"StreamMode": "ON_DEMAND"}},
}


def main():
    model = botocore.session.get_session().get_service_model("kinesis")
    serializer = botocore.serialize.create_serializer(model.metadata["protocol"], include_validation=False)
    here = pathlib.Path(__file__).parent
    for name, parameters in REQUESTS.items():
        operation = model.operation_model(name)
        folder = here / "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")
        folder.mkdir(exist_ok=True)
        body = serializer.serialize_to_request(parameters, operation)["body"]
        (folder / "request.json").write_bytes(body if isinstance(body, bytes) else body.encode())
        (folder / "request.cbor").write_bytes(cbor(parameters))


def cbor(value):
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return b"\x9f" + b"".join(map(cbor, value)) + b"\xff"
    if isinstance(value, dict):
        return b"\xbf" + b"".join(cbor(key) + cbor(item) for key, item in value.items()) + b"\xff"
    if isinstance(value, datetime.datetime):
        return b"\xc1" + head(0, round(value.timestamp() * 1000))
    raise TypeError(value)


def head(major, number):
    for size, (limit, form) in enumerate(((2**8, ">B"), (2**16, ">H"), (2**32, ">I"), (2**64, ">Q"))):
        if number < 24:
            return bytes([major << 5 | number])
        if number < limit:
            return bytes([major << 5 | 24 + size]) + struct.pack(form, number)
    raise ValueError(number)


main()
