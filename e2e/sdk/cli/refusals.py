"""Every refusal of ../errors.json as the AWS CLI prints it: `An error occurred (Type) when calling …: text`."""

import contextlib
import io
import json
import re
import sys
from pathlib import Path

from awscli.clidriver import create_clidriver

CASES = json.loads((Path(__file__).parent.parent / "errors.json").read_text())
STREAM = "cli-refusals"
PRINTED = re.compile(r"An error occurred \((\w+)\) when calling the \w+ operation(?: \([^)]*\))?: (.*)", re.DOTALL)


def aws(operation, value):
    """One call with its input as JSON: status, standard output, standard error. The CLI's own entry point in this
    process, because starting it costs a second each time."""
    command = re.sub(r"(?<!^)(?=[A-Z])", "-", operation).lower()
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = create_clidriver().main(["kinesis", command, "--cli-input-json", json.dumps(value)])
    return status, out.getvalue(), err.getvalue()


def answer(operation, value):
    """The JSON answer of a call that must work."""
    status, out, err = aws(operation, value)
    assert status == 0, err
    return json.loads(out or "{}")


def wait_active():
    """The stream's summary once it may be changed."""
    for _ in range(100):
        summary = answer("DescribeStreamSummary", {"StreamName": STREAM})["StreamDescriptionSummary"]
        if summary["StreamStatus"] == "ACTIVE":
            return summary
    raise AssertionError(f"{STREAM} does not become active")


def prepared():
    """The stream that the cases speak of: shard 0 with one record, shard 1 split into 2 and 3."""
    answer("CreateStream", {"StreamName": STREAM, "ShardCount": 2})
    wait_active()
    record = {"StreamName": STREAM, "PartitionKey": "a", "ExplicitHashKey": "0", "Data": "x"}
    sequence = answer("PutRecord", record)["SequenceNumber"]
    middle = str(2**127 + 2**126)
    split = {"StreamName": STREAM, "ShardToSplit": "shardId-000000000001", "NewStartingHashKey": middle}
    answer("SplitShard", split)
    arn = wait_active()["StreamARN"].split(":")
    return {"stream": STREAM, "sequence": sequence, "region": arn[3], "account": arn[4]}


def filled(value, facts):
    """A case's value with the facts in the place of their names and `$repeat` written out."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda name: facts.get(name[1], name[0]), value)
    if isinstance(value, list):
        return [filled(item, facts) for item in value]
    if isinstance(value, dict) and "$repeat" in value:
        item, times = value["$repeat"]
        return item * times if isinstance(item, str) else [filled(item, facts)] * times
    return {key: filled(item, facts) for key, item in value.items()} if isinstance(value, dict) else value


def flaw(case, facts):
    """What is wrong with the refusal of a case, or None."""
    status, out, err = aws(case["operation"], filled(case["input"], facts))
    printed = PRINTED.search(err)
    if status == 0 or not printed:
        return f"{case['name']}: not refused: status {status}, {out[:200]} {err[:300]}"
    kind, text = printed[1], printed[2].rstrip("\n")
    if case["type"] not in ("*", kind):
        return f"{case['name']}: {kind} instead of {case['type']}: {text}"
    if "message" in case:
        right = text == filled(case["message"], facts)
    else:
        right = re.fullmatch(filled(case["pattern"], facts), text)
    return None if right else f"{case['name']}: {text}"


def main():
    """All cases; every flaw is printed before the run fails."""
    facts = prepared()
    flaws = [found for found in (flaw(case, facts) for case in CASES) if found]
    answer("DeleteStream", {"StreamName": STREAM})
    print("\n".join(flaws))
    print(f"{len(CASES) - len(flaws)} passed, {len(flaws)} failed")
    sys.exit(1 if flaws else 0)


main()
