#!/usr/bin/env python3
"""Writes requests.json: requests as botocore signs them, at a fixed time. Run it where botocore is installed."""

import datetime
import hashlib
import json
import pathlib
from unittest import mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TIME = datetime.datetime(2026, 11, 22, 12, 34, 56, tzinfo=datetime.timezone.utc)
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TARGET = "Kinesis_20131202."

CASES = [
    ("a put", "/", {"X-Amz-Target": TARGET + "PutRecords", "Content-Type": "application/x-amz-json-1.1"}, b'{"a":1}', None),
    ("an empty body", "/", {"X-Amz-Target": TARGET + "ListStreams"}, b"", None),
    ("a declared hash", "/", {"X-Amz-Content-SHA256": hashlib.sha256(b"{}").hexdigest()}, b"{}", None),
    ("a session token", "/", {"X-Amz-Target": TARGET + "ListShards"}, b"{}", "session/token+with=signs"),
    ("spaces in a header", "/", {"X-Amz-Meta": "  two   words  and\ta tab "}, b"{}", None),
    ("a path and a query", "/a b/../c%20d/?z=1&a=b%2Fc&a=", {}, b"\x00\xff binary", None),
]


def signed(name, path, headers, body, token):
    request = AWSRequest(method="POST", url="https://kinesis.eu-central-1.example.com:4567" + path, data=body)
    for header, value in headers.items():
        request.headers[header] = value
    signer = botocore.auth.SigV4Auth(Credentials(KEY, SECRET, token), "kinesis", "eu-central-1")
    with mock.patch("botocore.auth.get_current_datetime", return_value=TIME.replace(tzinfo=None)):
        signer.add_auth(request)
    path, _, query = path.partition("?")
    sent = {"host": "kinesis.eu-central-1.example.com:4567", **dict(request.headers.items())}
    return {
        "name": name,
        "path": path,
        "query": query,
        "headers": sent,
        "body_hex": body.hex(),
        "session_token": token,
    }


if __name__ == "__main__":
    out = pathlib.Path(__file__).with_name("requests.json")
    out.write_text(json.dumps([signed(*case) for case in CASES], indent=1) + "\n")
