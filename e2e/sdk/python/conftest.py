"""What every test of this suite starts from: a client as a user makes one, and streams of its own."""

import itertools
import time

import boto3
import pytest
from botocore.config import Config

NAMES = itertools.count()
# Generous: a slow machine is no failure. Nothing waits that long when all is well.
ACTIVE_WITHIN_S = 60


@pytest.fixture(scope="session")
def kinesis():
    """A client from the environment alone: endpoint, region and credentials."""
    return boto3.client("kinesis")


@pytest.fixture(scope="session")
def unchecked():
    """A client that sends what it is given, so that the server and not the SDK refuses it, and refuses it once."""
    return boto3.client("kinesis", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))


@pytest.fixture
def stream(kinesis):
    """A new stream with two shards, deleted afterwards."""
    name = create(kinesis, ShardCount=2)
    yield name
    kinesis.delete_stream(StreamName=name, EnforceConsumerDeletion=True)


def create(kinesis, **parameters):
    """Creates a stream under a name that no other test has and waits until it is active."""
    name = f"python-{next(NAMES)}"
    kinesis.create_stream(StreamName=name, **parameters)
    wait_active(kinesis, name)
    return name


def wait_active(kinesis, name):
    """Waits until the stream's own status says that it may be changed again."""
    until = time.monotonic() + ACTIVE_WITHIN_S
    while True:
        summary = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        if summary["StreamStatus"] == "ACTIVE":
            return summary
        assert time.monotonic() < until, f"{name} is still {summary['StreamStatus']}"
        time.sleep(0.05)


def iterator(kinesis, stream, shard, kind="TRIM_HORIZON", **parameters):
    """A shard iterator's text."""
    answer = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType=kind, **parameters)
    return answer["ShardIterator"]


def read(kinesis, position, at_least=0):
    """Records from a position on: until `at_least` are there and the reader is at the tip, or the shard ends."""
    records, until = [], time.monotonic() + ACTIVE_WITHIN_S
    while position is not None:
        page = kinesis.get_records(ShardIterator=position)
        records += page["Records"]
        position = page.get("NextShardIterator")
        if page["MillisBehindLatest"] == 0 and len(records) >= at_least:
            break
        assert time.monotonic() < until, f"only {len(records)} of {at_least} records"
    return records


def shards(kinesis, stream, **parameters):
    """All shards by id, closed ones included."""
    answer = kinesis.list_shards(StreamName=stream, **parameters)
    return {shard["ShardId"]: shard for shard in answer["Shards"]}
