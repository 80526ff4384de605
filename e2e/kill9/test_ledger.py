"""Each promise broken once: the checks that every round trusts have to see it."""

import unittest

from ledger import LAST_HASH_KEY, Ledger, Record, Violation, payload

SHARD = "shardId-000000000000"


def record(number, sequence, arrival_ms=5, writer=0, shard=SHARD):
    """A record as a reader makes it from an answer."""
    return Record.read(shard, str(sequence), arrival_ms, payload(writer, number, 40))


def filled():
    """A ledger with two acknowledged records, and one that was sent and never answered."""
    ledger = Ledger()
    for at, number in enumerate((0, 1)):
        ledger.sent([(0, number)], at)
        ledger.answered([(0, number)], [{"ShardId": SHARD, "SequenceNumber": str(10 + number)}], at + 0.5)
    ledger.sent([(1, 0)], 0.2)
    return ledger


def shard(index, first, last, **more):
    """A shard as ListShards gives it."""
    span = {"StartingHashKey": str(first), "EndingHashKey": str(last)}
    return {"ShardId": f"shardId-{index}", "HashKeyRange": span, "SequenceNumberRange": more}


class Records(unittest.TestCase):
    """check_records and check_same."""

    def refused(self, words, *records):
        """The records of the only shard are refused with these words."""
        with self.assertRaisesRegex(Violation, words):
            filled().check_records({SHARD: list(records)})

    def test_what_was_acknowledged_and_what_was_not_answered_may_be_there(self):
        filled().check_records({SHARD: [record(0, 10), record(1, 11)]})
        filled().check_records({SHARD: [record(0, 10), record(1, 11), record(0, 12, writer=1)]})

    def test_a_lost_record(self):
        self.refused("is lost", record(0, 10))

    def test_a_doubled_record(self):
        other = "shardId-000000000001"
        with self.assertRaisesRegex(Violation, "twice"):
            filled().check_records({SHARD: [record(0, 10), record(1, 11)], other: [record(1, 12, shard=other)]})

    def test_a_moved_record(self):
        self.refused("was acknowledged at", record(0, 10), record(1, 13))

    def test_a_record_nobody_sent(self):
        self.refused("never sent", record(0, 10), record(1, 11), record(7, 12))

    def test_records_out_of_order(self):
        self.refused("follows", record(1, 11), record(0, 10))

    def test_a_writer_s_order_changed(self):
        self.refused("later record of its writer", record(1, 10), record(0, 11))

    def test_an_arrival_before_the_one_before(self):
        self.refused("arrived before", record(0, 10, 5), record(1, 11, 4))

    def test_a_record_after_one_that_was_sent_later(self):
        ledger = Ledger()
        for writer, sent, answered, number in ((0, 5, 6, 10), (1, 1, 2, 11)):
            ledger.sent([(writer, 0)], sent)
            ledger.answered([(writer, 0)], [{"ShardId": SHARD, "SequenceNumber": str(number)}], answered)
        with self.assertRaisesRegex(Violation, "before a record was sent"):
            ledger.check_records({SHARD: [record(0, 10), record(0, 11, writer=1)]})

    def test_other_bytes(self):
        with self.assertRaisesRegex(Violation, "not what was put"):
            Record.read(SHARD, "10", 5, payload(0, 0, 40)[:-1] + b"?")
        with self.assertRaisesRegex(Violation, "not what was put"):
            Record.read(SHARD, "10", 5, b"")

    def test_readers_that_have_read_differently(self):
        with self.assertRaisesRegex(Violation, "part at 1"):
            filled().check_same({SHARD: [record(0, 10), record(1, 11)]}, {SHARD: [record(0, 10)]})


class Topology(unittest.TestCase):
    """check_topology."""

    def refused(self, words, *listings):
        """The last of the listings is refused with these words."""
        ledger = Ledger()
        with self.assertRaisesRegex(Violation, words):
            for listing in listings:
                ledger.check_topology(listing)

    def test_a_gap_and_an_overlap(self):
        self.refused("do not cover", [shard(0, 0, 9), shard(1, 11, LAST_HASH_KEY)])
        self.refused("do not cover", [shard(0, 0, 9), shard(1, 9, LAST_HASH_KEY)])

    def test_a_shard_that_went_away_or_opened_again(self):
        closed = shard(0, 0, LAST_HASH_KEY, EndingSequenceNumber="5")
        child = shard(1, 0, LAST_HASH_KEY)
        self.refused("is not any more", [closed, child], [child])
        self.refused("was closed", [closed, child], [
            shard(0, 0, LAST_HASH_KEY), shard(1, 0, LAST_HASH_KEY, EndingSequenceNumber="6")
        ])


if __name__ == "__main__":
    unittest.main()
