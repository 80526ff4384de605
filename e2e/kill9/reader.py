"""A reader that lives through every kill: it keeps its iterators and what it has read, and goes on with both."""

import base64
import time

from ledger import Record, Violation
from wire import Connection, Gone


class Reader:
    """Reads every shard of a stream from its horizon on; `found` is all it has read, by shard, in order."""

    def __init__(self, stream, ledger):
        self.stream, self.ledger = stream, ledger
        self.found = {}
        self.iterators = {}

    def until_the_server_dies(self, port):
        """Reads beside the writers, so that what is read before it is durable would be noticed missing afterwards."""
        wire = Connection(port)
        try:
            while True:
                self.discover(wire)
                for shard in self.found:
                    self.page(wire, shard)
                time.sleep(0.01)
        except Gone:
            return

    def to_the_tip(self, port):
        """Reads on from the iterators held, until every shard is at its tip or its end."""
        wire = Connection(port)
        self.discover(wire)
        for shard in self.found:
            while self.page(wire, shard):
                pass

    def discover(self, wire):
        """Takes up shards that are new."""
        for shard in (listed["ShardId"] for listed in wire.shards(self.stream)):
            if shard not in self.found:
                answer = wire.call(
                    "GetShardIterator", StreamName=self.stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
                )
                self.iterators[shard] = answer["ShardIterator"]
                self.found[shard] = []

    def page(self, wire, shard):
        """One GetRecords; whether there is more now. An iterator is kept until the answer to it has come."""
        if self.iterators[shard] is None:
            return False
        answer = wire.call("GetRecords", ShardIterator=self.iterators[shard])
        self.iterators[shard] = answer.get("NextShardIterator")
        if self.iterators[shard] is None and not answer.get("ChildShards"):
            raise Violation(f"{shard} ends and names no children")
        self.found[shard] += [record(shard, one) for one in answer["Records"]]
        return bool(answer["Records"]) or answer["MillisBehindLatest"] > 0


def record(shard, answer):
    """A record of an answer, its data told apart into who wrote it and whether its bytes are right."""
    data = base64.b64decode(answer["Data"])
    arrival_ms = round(answer["ApproximateArrivalTimestamp"] * 1000)
    return Record.read(shard, answer["SequenceNumber"], arrival_ms, data)


def scan(stream, port):
    """Everything from every horizon, with a reader that knows nothing."""
    fresh = Reader(stream, None)
    fresh.to_the_tip(port)
    return fresh.found
