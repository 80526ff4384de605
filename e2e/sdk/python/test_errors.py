"""Every refusal of ../errors.json as boto3 reports it: type and text."""

import json
import re
from pathlib import Path

import pytest
from botocore import xform_name
from conftest import create, wait_active

CASES = json.loads((Path(__file__).parent.parent / "errors.json").read_text())


@pytest.fixture(scope="module")
def facts(kinesis):
    """The stream that the cases speak of: shard 0 with one record, shard 1 split into 2 and 3."""
    stream = create(kinesis, ShardCount=2)
    put = kinesis.put_record(StreamName=stream, PartitionKey="a", ExplicitHashKey="0", Data=b"x")
    middle = str(2**127 + 2**126)
    kinesis.split_shard(StreamName=stream, ShardToSplit="shardId-000000000001", NewStartingHashKey=middle)
    arn = wait_active(kinesis, stream)["StreamARN"].split(":")
    yield {"stream": stream, "sequence": put["SequenceNumber"], "region": arn[3], "account": arn[4]}
    kinesis.delete_stream(StreamName=stream)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_refused(unchecked, facts, case):
    operation = getattr(unchecked, xform_name(case["operation"]))
    with pytest.raises(unchecked.exceptions.ClientError) as refused:
        operation(**filled(case["input"], facts))
    error = refused.value.response["Error"]
    assert case["type"] in ("*", error["Code"]), error
    if "message" in case:
        assert error["Message"] == filled(case["message"], facts)
    else:
        assert re.fullmatch(filled(case["pattern"], facts), error["Message"]), error["Message"]


def filled(value, facts):
    """A case's value with the facts in the place of their names and `$repeat` written out."""
    if isinstance(value, str):
        for name, fact in facts.items():
            value = value.replace("{" + name + "}", fact)
        return value
    if isinstance(value, list):
        return [filled(item, facts) for item in value]
    if isinstance(value, dict):
        if "$repeat" in value:
            item, times = value["$repeat"]
            return item * times if isinstance(item, str) else [filled(item, facts)] * times
        return {key: filled(item, facts) for key, item in value.items()}
    return value
