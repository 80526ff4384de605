"""What was sent, what was acknowledged and when, and the checks of what is found against it."""

import hashlib
import threading
from typing import NamedTuple

LAST_HASH_KEY = 2**128 - 1


class Violation(Exception):
    """Something the server promised does not hold."""


def payload(writer, number, size):
    """Data that says whose it is and proves its own bytes."""
    head = f"{writer}:{number}:{size}:".encode()
    digest = hashlib.sha256(head).digest()
    return head + (digest * (size // len(digest) + 1))[:size]


class Record(NamedTuple):
    """A record as it was read."""

    key: tuple
    shard: str
    sequence: str
    arrival_ms: int

    @classmethod
    def read(cls, shard, sequence, arrival_ms, data):
        """Refuses data that no writer made."""
        try:
            writer, number, size, _ = data.split(b":", 3)
            key = (int(writer), int(number))
            whole = data == payload(*key, int(size))
        except ValueError:
            whole = False
        if not whole:
            raise Violation(f"{shard} {sequence}: its data is not what was put: {data[:60]!r}")
        return cls(key, shard, sequence, arrival_ms)


class Ledger:
    """Shared by all writers; one lock."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sent_at = {}
        self.answered_at = {}
        self.places = {}
        self.listed = {}

    def sent(self, keys, now):
        """These records are about to be sent."""
        with self.lock:
            self.sent_at.update(dict.fromkeys(keys, now))

    def answered(self, keys, results, now):
        """The answer to them: a place for each that was acknowledged."""
        with self.lock:
            for key, result in zip(keys, results, strict=True):
                self.answered_at[key] = now
                if "SequenceNumber" in result:
                    self.places[key] = (result["ShardId"], result["SequenceNumber"])

    def acknowledged(self):
        """How many records were acknowledged."""
        return len(self.places)

    def unanswered(self):
        """How many records were sent and never answered: they may be there, once, or not."""
        return len(self.sent_at) - len(self.answered_at)

    def check_records(self, found):
        """Every acknowledged record once at its place, none that nobody sent, order within each shard."""
        places = {}
        for shard, records in found.items():
            self.check_order(shard, records)
            for record in records:
                if record.key not in self.sent_at:
                    raise Violation(f"{record} was never sent")
                if record.key in places:
                    raise Violation(f"{record} is there twice; the other is {places[record.key]}")
                places[record.key] = (record.shard, record.sequence)
        for key, place in self.places.items():
            if key not in places:
                raise Violation(f"the acknowledged record {key} at {place} is lost")
            if places[key] != place:
                raise Violation(f"the record {key} was acknowledged at {place} and is at {places[key]}")

    def check_order(self, shard, records):
        """Numbers and arrivals rise; a writer's records stand in its order; what was acknowledged before another was
        sent stands before it."""
        last_of_writer, last_sent = {}, 0
        for before, record in zip([None, *records], records):
            if before and (len(before.sequence), before.sequence) >= (len(record.sequence), record.sequence):
                raise Violation(f"{shard}: {record} follows {before}")
            if before and before.arrival_ms > record.arrival_ms:
                raise Violation(f"{shard}: {record} arrived before {before}, which it follows")
            writer, number = record.key
            if last_of_writer.get(writer, -1) >= number:
                raise Violation(f"{shard}: {record} follows a later record of its writer")
            last_of_writer[writer] = number
            if self.answered_at.get(record.key, last_sent) < last_sent:
                raise Violation(f"{shard}: {record} was acknowledged before a record was sent that it follows")
            last_sent = max(last_sent, self.sent_at.get(record.key, 0))

    def check_same(self, one, other):
        """Two readers of the same stream have read the same."""
        for shard in sorted(one.keys() | other.keys()):
            left, right = one.get(shard, []), other.get(shard, [])
            if left != right:
                at = next((i for i, pair in enumerate(zip(left, right)) if pair[0] != pair[1]), min(len(left), len(right)))
                raise Violation(
                    f"{shard}: a reader that lived through the kills has {len(left)} records, one from the start has "
                    f"{len(right)}; they part at {at}: {left[at:at + 1]} and {right[at:at + 1]}"
                )

    def check_topology(self, shards):
        """Open shards cover every hash key once; what was listed stays listed, and closed shards stay closed."""
        opened = [shard for shard in shards if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]
        spans = sorted(tuple(int(s["HashKeyRange"][f"{e}HashKey"]) for e in ("Starting", "Ending")) for s in opened)
        gaps = [pair for pair in zip(spans, spans[1:]) if pair[0][1] + 1 != pair[1][0]]
        if gaps or not spans or (spans[0][0], spans[-1][1]) != (0, LAST_HASH_KEY):
            raise Violation(f"open shards do not cover the hash keys once: {spans}")
        now = {shard["ShardId"]: shard for shard in shards}
        for shard_id, before in self.listed.items():
            after = now.get(shard_id)
            closed = before["SequenceNumberRange"].get("EndingSequenceNumber")
            if after is None:
                raise Violation(f"{shard_id} was listed and is not any more")
            if before["HashKeyRange"] != after["HashKeyRange"] or before.get("ParentShardId") != after.get("ParentShardId"):
                raise Violation(f"{shard_id} was {before} and is {after}")
            if closed and after["SequenceNumberRange"].get("EndingSequenceNumber") != closed:
                raise Violation(f"{shard_id} was closed at {closed} and is {after}")
        self.listed = now
