//! Time as a client of a running account sees it: what the wall clock does during puts, splits and reads, and what a
//! retention does to what is there. A table; after each event of a row, every promise of order is held.

use std::sync::Arc;

use forebay_gateway::catalog::{Catalog, CreateStream, StreamChange, StreamMode};
use forebay_gateway::conformance::World;
use forebay_gateway::ranges::{
    Append, AppendChunk, ChunkOutcome, Held, Place, RangeAddress, Ranges, Read, Reshard, ShardFacts,
};
use forebay_protocol::limits::HOUR_MS;
use forebay_protocol::record::{ChunkEncoder, Record, Records};
use forebay_protocol::words::{HashKey, SequenceNumber, ShardId, TimestampMs};

use super::conformance::Account;
use super::simulated;
use crate::machine::Machine;

/// What happens. Records go to the shard of hash key 0 and are numbered from 0.
#[derive(Debug, Clone, Copy)]
enum Event {
    Put,
    /// All clocks go on by so many minutes.
    Pass(u64),
    /// The wall clock alone steps by so many minutes.
    Step(i64),
    /// The shard of hash key 0 is split.
    Split,
    /// The retention becomes so many hours.
    Retain(u32),
    /// What the process does once a minute.
    Maintain,
}

use Event::{Maintain, Pass, Put, Retain, Split, Step};

const HOUR: u64 = 60;
const DAY: u64 = 24 * HOUR;

/// What happens, and which records a reader from the horizon on then finds.
const TABLE: &[(&str, &[Event], &[u64])] = &[
    ("the clock steps back during puts", &[Put, Step(-60), Put, Pass(1), Put], &[0, 1, 2]),
    (
        "the clock steps back beyond the start of the stream",
        &[Put, Step(-90 * 24 * 60), Put, Split, Put, Maintain],
        &[0, 1, 2],
    ),
    ("the clock steps days ahead: nothing expires", &[Put, Step(7 * 24 * 60), Put, Pass(9), Maintain, Put], &[0, 1, 2]),
    ("once it has stood for ten minutes, it counts", &[Put, Step(7 * 24 * 60), Pass(11), Put, Maintain], &[1]),
    (
        "a step ahead that is taken back in time leaves no trace",
        &[Put, Step(7 * 24 * 60), Put, Pass(5), Step(-7 * 24 * 60), Pass(15), Maintain, Put],
        &[0, 1, 2],
    ),
    ("splits within one second", &[Put, Split, Put, Split, Put, Split, Put], &[0, 1, 2, 3]),
    ("splits while the clock steps back", &[Put, Split, Step(-30), Put, Split, Step(-30), Put], &[0, 1, 2]),
    ("a parent expires before its child", &[Put, Pass(HOUR), Split, Put, Pass(DAY - 1), Maintain], &[1]),
    ("what is over is over after a split and a day", &[Put, Split, Pass(DAY + 1), Maintain, Put], &[1]),
    ("a longer retention keeps", &[Put, Retain(48), Pass(30 * HOUR), Put, Maintain], &[0, 1]),
    ("a shorter one hides at once", &[Retain(48), Put, Pass(30 * HOUR), Put, Retain(24)], &[1]),
    (
        "a mistaken decrease is taken back within a day",
        &[Retain(48), Put, Pass(30 * HOUR), Put, Retain(24), Pass(HOUR), Maintain, Retain(48)],
        &[0, 1],
    ),
    (
        "an increase brings nothing back that had expired",
        &[Put, Pass(30 * HOUR), Put, Maintain, Retain(48), Pass(HOUR)],
        &[1],
    ),
];

#[test]
fn a_client_sees_time_go_forward_whatever_clocks_and_retention_do() {
    for (name, events, readable) in TABLE {
        let mut seen = Client::of_a_new_stream();
        for event in *events {
            seen.live_through(*event);
            seen.hold_order(&format!("{name}, after {event:?}"));
        }
        let found: Vec<u64> = seen.everything().iter().map(|record| record.number).collect();
        assert_eq!(found, *readable, "{name}");
    }
}

/// A record as a reader finds it.
#[derive(Debug, Clone, Copy)]
struct Found {
    number: u64,
    shard: ShardId,
    counter: u64,
    arrived: TimestampMs,
    sequence: SequenceNumber,
}

/// Who puts and reads.
struct Client {
    account: Account,
    at: RangeAddress,
    puts: u64,
}

impl Client {
    fn of_a_new_stream() -> Self {
        let account = Account::new();
        let name: forebay_protocol::words::StreamName = "orders".parse().expect("a name");
        let create = CreateStream {
            name: name.clone(),
            shard_count: 1,
            mode: StreamMode::Provisioned,
            max_record_size_kib: 1024,
            tags: std::collections::BTreeMap::new(),
        };
        account.answer(account.catalog().create(simulated::account(), create)).expect("created");
        let at = account.catalog().stream(simulated::account(), &name).expect("created").root;
        Self { account, at, puts: 0 }
    }

    fn live_through(&mut self, event: Event) {
        const MINUTE_MS: u64 = HOUR_MS / 60;
        match event {
            Put => self.put(),
            Pass(minutes) => self.account.machine().pass(minutes * MINUTE_MS),
            Step(minutes) => {
                let now_ms = self.account.machine().now().wall_ms.0;
                self.account.machine().set_wall(now_ms.saturating_add_signed(minutes * MINUTE_MS.cast_signed()));
            }
            Split => {
                let shard = self.shard();
                let reshard = Reshard::Split { shard: shard.id, new_start: HashKey(shard.hash_keys.end.0 / 2 + 2) };
                self.account.answer(self.account.ranges().reshard(self.at, reshard, of_nobody())).expect("split");
            }
            Retain(hours) => {
                let change = StreamChange::RetentionHours(hours);
                let change = self.account.catalog().change(simulated::account(), self.at.incarnation, change);
                self.account.answer(change).expect("a retention of AWS's");
            }
            Maintain => {
                let range = self.account.ranges().range(self.at).expect("served");
                range.maintain();
                self.account.machine().settle();
                assert_eq!(range.stopped(), None);
            }
        }
    }

    /// The open shard of hash key 0.
    fn shard(&self) -> ShardFacts {
        let map = self.account.answer(self.account.ranges().shard_map(self.at)).expect("served");
        map.shard(map.route(HashKey(0))).expect("an open shard is listed").clone()
    }

    fn put(&mut self) {
        let mut encoder = ChunkEncoder::with_capacity(64);
        let number = self.puts.to_le_bytes();
        encoder.push(&Record { explicit_hash_key: None, partition_key: Some("key"), data: &number });
        self.puts += 1;
        let span = encoder.end_chunk();
        let charged_bytes = u32::try_from(span.charged_bytes).expect("small");
        let (shard, body) = (self.shard().id, span.body(&encoder.into_bytes()));
        let chunk = AppendChunk { shard, records: 1, charged_bytes, body, crc32c: span.crc32c };
        let append = Append { chunks: vec![chunk], held: of_nobody() };
        let outcomes = self.account.answer(self.account.ranges().append(self.at, append)).expect("served");
        assert!(matches!(outcomes[..], [ChunkOutcome::Appended(_)]), "{outcomes:?}");
    }

    /// What a consumer finds that starts at the horizon and goes from parents to children.
    fn everything(&self) -> Vec<Found> {
        self.from(Place::TrimHorizon)
    }

    fn from(&self, place: Place) -> Vec<Found> {
        let ranges = self.account.ranges();
        let map = self.account.answer(ranges.shard_map(self.at)).expect("served");
        let mut found = Vec::new();
        for shard in map.shards.iter().filter(|shard| map.is_listed(shard, ranges.expiry_time())) {
            let from = self.account.answer(ranges.locate(self.at, shard.id, place)).expect("listed");
            let read = Read { shard: shard.id, from, records_max: 10_000, bytes_max: 10 << 20, held: of_nobody() };
            let answer = self.account.answer(ranges.read(self.at, read)).expect("readable");
            for batch in &answer.batches {
                let records = Records::new(&batch.body).skip(batch.skip as usize).take(batch.take as usize);
                for (counter, record) in (batch.first + u64::from(batch.skip)..).zip(records) {
                    let data = record.expect("whole").data;
                    let number = u64::from_le_bytes(data.try_into().expect("a number"));
                    let (created_s, arrived) = (answer.created_s, batch.arrived);
                    let arrived_s = arrived.seconds();
                    let sequence = SequenceNumber { created_s, shard: shard.id, counter, arrived_s };
                    found.push(Found { number, shard: shard.id, counter, arrived, sequence });
                }
            }
        }
        found
    }

    /// Records come in the order they were put in, by every measure a client has.
    fn hold_order(&self, when: &str) {
        let found = self.everything();
        for pair in found.windows(2) {
            let [before, after] = pair else { unreachable!("windows of two") };
            assert!(before.number < after.number, "{when}: {before:?} {after:?}");
            assert!(before.arrived <= after.arrived, "{when}: {before:?} {after:?}");
            assert!(before.sequence < after.sequence, "{when}: {before:?} {after:?}");
        }
        for record in &found {
            let later: Vec<u64> =
                found.iter().filter(|its| its.arrived >= record.arrived).map(|its| its.number).collect();
            let from: Vec<u64> =
                self.from(Place::AtTimestamp(record.arrived)).iter().map(|found| found.number).collect();
            assert_eq!(from, later, "{when}: AT_TIMESTAMP of {record:?} ({} at {})", record.shard, record.counter);
        }
    }
}

fn of_nobody() -> Held {
    Held::from(Arc::new(()))
}
