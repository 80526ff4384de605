"""The load: writers that put batches of records one after the other, and one that splits and merges shards."""

import base64
import random
import time

from ledger import payload
from wire import Connection, Gone, Refused

LAST_HASH_KEY = 2**128 - 1
# Merge rather than split from here on, so that the number of open shards stays small in a long run.
OPEN_SHARDS_MAX = 8


class Writer:
    """Puts records with numbers of its own, each request after the answer to the one before."""

    def __init__(self, name, stream, ledger, seed):
        self.name, self.stream, self.ledger = name, stream, ledger
        self.dice = random.Random(seed)
        self.next = 0

    def until_the_server_dies(self, port):
        """Puts batches until a request gets no answer."""
        wire = Connection(port)
        try:
            while True:
                self.put_batch(wire)
        except Gone:
            return

    def put_batch(self, wire):
        """One PutRecords; the ledger learns of every record before it is sent and of every answer."""
        numbers = range(self.next, self.next + self.dice.randint(1, 40))
        self.next = numbers.stop
        entries = [self.entry(number) for number in numbers]
        keys = [(self.name, number) for number in numbers]
        self.ledger.sent(keys, time.monotonic())
        answer = wire.call("PutRecords", StreamName=self.stream, Records=entries)
        self.ledger.answered(keys, answer["Records"], time.monotonic())

    def entry(self, number):
        """A record somewhere in the hash keys; one in fifty is large, so that segments roll."""
        size = self.dice.randint(20_000, 90_000) if self.dice.random() < 0.02 else self.dice.randint(0, 1500)
        data = base64.b64encode(payload(self.name, number, size)).decode()
        key = self.dice.randint(0, LAST_HASH_KEY)
        return {"PartitionKey": f"writer-{self.name}", "ExplicitHashKey": str(key), "Data": data}


class Resharder:
    """Splits or merges one shard at a time."""

    def __init__(self, stream, seed):
        self.stream = stream
        self.dice = random.Random(seed)

    def until_the_server_dies(self, port):
        """Reshards at random times."""
        wire = Connection(port)
        try:
            while True:
                time.sleep(self.dice.uniform(0.1, 0.8))
                self.reshard(wire)
        except Gone:
            return

    def reshard(self, wire):
        """One split or merge of open shards. A refusal for a change still under way is no flaw."""
        opened = [shard for shard in wire.shards(self.stream) if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]
        opened.sort(key=lambda shard: int(shard["HashKeyRange"]["StartingHashKey"]))
        merges = len(opened) >= OPEN_SHARDS_MAX or len(opened) > 1 and self.dice.random() < 0.4
        try:
            if merges:
                self.merge(wire, opened)
            else:
                self.split(wire, self.dice.choice(opened))
        except Refused as refused:
            if "ResourceInUseException" not in str(refused):
                raise

    def merge(self, wire, opened):
        """Merges a shard with the one above it."""
        at = self.dice.randrange(len(opened) - 1)
        left, right = opened[at]["ShardId"], opened[at + 1]["ShardId"]
        wire.call("MergeShards", StreamName=self.stream, ShardToMerge=left, AdjacentShardToMerge=right)

    def split(self, wire, shard):
        """Splits a shard anywhere."""
        first, last = (int(shard["HashKeyRange"][f"{end}HashKey"]) for end in ("Starting", "Ending"))
        key = str(self.dice.randint(first + 2, last - 1))
        wire.call("SplitShard", StreamName=self.stream, ShardToSplit=shard["ShardId"], NewStartingHashKey=key)
