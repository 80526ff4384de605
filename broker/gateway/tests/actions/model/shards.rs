//! Ranges in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use forebay_gateway::catalog::open_shard_count;
use forebay_gateway::ranges::{
    Append, Batch, ChunkOutcome, Closing, Held, Numbered, OpenShard, Place, RangeAddress, RangeError, Ranges, Read,
    ReadAnswer, ReadError, Reshard, ReshardError, Retention, ShardFacts, ShardMap,
};
use forebay_protocol::limits::HOUR_MS;
use forebay_protocol::record::{Record, Records};
use forebay_protocol::words::{HashKeyRange, SequenceNumber, ShardId, TimestampMs};

/// The counter of a shard's first record; 0 is the starting sequence number's.
const FIRST_COUNTER: u64 = 1;

/// Every stream's shards and records.
#[derive(Clone, Default)]
pub(crate) struct Shards(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    ranges: HashMap<RangeAddress, Range>,
    now: TimestampMs,
    /// The latest that `now` ever was.
    expiry: TimestampMs,
    /// Shards that refuse the next append or read.
    throttled: BTreeSet<ShardId>,
    full: bool,
    /// What happens between the next shard map handed out and the append routed by it.
    before_append: VecDeque<Reshard>,
    appends: usize,
    /// What the requests that appended, read and resharded hold.
    held: Vec<Held>,
}

struct Range {
    map: Arc<ShardMap>,
    records: BTreeMap<ShardId, Vec<Chunk>>,
}

#[derive(Clone)]
struct Chunk {
    first: u64,
    count: u32,
    arrived: TimestampMs,
    body: Bytes,
}

impl Shards {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds the lock")
    }

    /// Sets the time at which records arrive.
    pub(crate) fn at(&self, now: TimestampMs) {
        let mut state = self.state();
        (state.now, state.expiry) = (now, state.expiry.max(now));
    }

    /// Makes a shard refuse from now on.
    pub(crate) fn throttle(&self, shard: u32) {
        self.state().throttled.insert(ShardId(shard));
    }

    /// Fills the volume.
    pub(crate) fn fill(&self) {
        self.state().full = true;
    }

    /// Reshards just before the next append.
    pub(crate) fn reshard_before_append(&self, reshard: Reshard) {
        self.state().before_append.push_back(reshard);
    }

    /// How many appends there were.
    pub(crate) fn appends(&self) -> usize {
        self.state().appends
    }

    /// Lets go of what was appended, read and resharded.
    pub(crate) fn let_go(&self) {
        self.state().held.clear();
    }

    /// Lets everything up to a time expire.
    pub(crate) fn expire(&self, at: RangeAddress, readable_from: TimestampMs) {
        let mut state = self.state();
        let range = state.ranges.get_mut(&at).expect("a range");
        Arc::make_mut(&mut range.map).retention.readable_from = readable_from;
    }

    /// Sets the retention period.
    pub(crate) fn retain(&self, at: RangeAddress, period_ms: u64) {
        let mut state = self.state();
        let range = state.ranges.get_mut(&at).expect("a range");
        Arc::make_mut(&mut range.map).retention.period_ms = period_ms;
    }

    /// How many shards of a range are open.
    pub(crate) fn open_count(&self, at: RangeAddress) -> u32 {
        open_shard_count(&self.state().ranges[&at].map)
    }

    /// The records of a shard as they are stored: partition key, explicit hash key, data.
    pub(crate) fn stored(&self, at: RangeAddress, shard: u32) -> Vec<(String, Option<u128>, Vec<u8>)> {
        let state = self.state();
        let chunks = &state.ranges[&at].records[&ShardId(shard)];
        let own = |record: Record<'_>| {
            let key = record.partition_key.unwrap_or_default().to_owned();
            (key, record.explicit_hash_key.map(|key| key.0), record.data.to_vec())
        };
        chunks
            .iter()
            .flat_map(|chunk| Records::new(&chunk.body).map(|record| own(record.expect("well-formed"))))
            .collect()
    }

    /// Makes a range of `count` shards, opened at `created`.
    pub(crate) fn initialise(&self, at: RangeAddress, count: u32, created: TimestampMs) {
        let facts = |index| {
            let parents = (None, None);
            open_facts(ShardId(index), HashKeyRange::part(index, count), created, parents)
        };
        let map = ShardMap {
            version: 1,
            shards: (0..count).map(facts).collect(),
            open: vec![],
            retention: Retention { readable_from: created, period_ms: 24 * HOUR_MS },
        };
        let records = (0..count).map(|index| (ShardId(index), vec![])).collect();
        self.state().ranges.insert(at, Range { map: Arc::new(with_open(map)), records });
    }

    /// Removes a range.
    pub(crate) fn remove(&self, at: RangeAddress) {
        self.state().ranges.remove(&at);
    }
}

fn open_facts(
    id: ShardId,
    hash_keys: HashKeyRange,
    opened: TimestampMs,
    (parent, adjacent_parent): (Option<ShardId>, Option<ShardId>),
) -> ShardFacts {
    let created_s = opened.seconds();
    let starting_sequence = SequenceNumber { created_s, shard: id, counter: 0, arrived_s: created_s };
    ShardFacts { id, parent, adjacent_parent, hash_keys, starting_sequence, opened, closing: None }
}

fn with_open(mut map: ShardMap) -> ShardMap {
    let open = map.shards.iter().filter(|shard| shard.closing.is_none());
    map.open = open.map(|shard| OpenShard { end: shard.hash_keys.end, shard: shard.id }).collect();
    map.open.sort_by_key(|open| open.end);
    map
}

impl Range {
    fn end(&self, shard: ShardId) -> u64 {
        self.records[&shard].last().map_or(FIRST_COUNTER, |chunk| chunk.first + u64::from(chunk.count))
    }

    /// When the newest record of a shard arrived, or the shard was opened.
    fn last_arrival(&self, shard: ShardId) -> TimestampMs {
        let opened = self.map.shard(shard).expect("a shard of the range").opened;
        self.records[&shard].last().map_or(opened, |chunk| chunk.arrived)
    }

    /// A shard that has not expired.
    fn listed(&self, shard: ShardId, now: TimestampMs) -> Result<&ShardFacts, RangeError> {
        let facts = self.map.shard(shard).filter(|facts| self.map.is_listed(facts, now));
        facts.ok_or(RangeError::NoSuchShard(shard))
    }

    /// The first record that arrived at or after a time and has not expired.
    fn first_at(&self, shard: ShardId, time: TimestampMs, now: TimestampMs) -> u64 {
        let from = time.max(self.map.retention.horizon(now));
        let first = self.records[&shard].iter().find(|chunk| chunk.arrived >= from);
        first.map_or(self.end(shard), |chunk| chunk.first)
    }

    fn reshard(&mut self, reshard: Reshard, now: TimestampMs) -> Result<(), ReshardError> {
        let (parents, children) = match reshard {
            Reshard::Split { shard, new_start } => {
                let keys = self.open(shard)?.hash_keys;
                if new_start.0 <= keys.start.0 + 1 || new_start >= keys.end {
                    return Err(ReshardError::SplitPoint { hash_keys: keys });
                }
                let before = forebay_protocol::words::HashKey(new_start.0 - 1);
                let parts = vec![
                    HashKeyRange { start: keys.start, end: before },
                    HashKeyRange { start: new_start, end: keys.end },
                ];
                ((shard, None), parts)
            }
            Reshard::Merge { shard, adjacent } => {
                self.known(shard)?;
                self.known(adjacent)?;
                let (lower, upper) = (self.open(shard)?.hash_keys, self.open(adjacent)?.hash_keys);
                if !lower.is_followed_by(&upper) {
                    return Err(ReshardError::NotAdjacent);
                }
                ((shard, Some(adjacent)), vec![HashKeyRange { start: lower.start, end: upper.end }])
            }
        };
        self.replace(parents, &children, now);
        Ok(())
    }

    fn known(&self, shard: ShardId) -> Result<&ShardFacts, ReshardError> {
        self.map.shard(shard).ok_or(ReshardError::NoSuchShard(shard))
    }

    fn open(&self, shard: ShardId) -> Result<&ShardFacts, ReshardError> {
        let facts = self.known(shard)?;
        if facts.closing.is_some() { Err(ReshardError::Closed(shard)) } else { Ok(facts) }
    }

    fn replace(&mut self, parents: (ShardId, Option<ShardId>), children: &[HashKeyRange], now: TimestampMs) {
        let ends: BTreeMap<_, _> = self.records.keys().map(|shard| (*shard, self.end(*shard))).collect();
        let both = || std::iter::once(parents.0).chain(parents.1);
        let closed: BTreeMap<_, _> = both().map(|parent| (parent, self.last_arrival(parent).max(now))).collect();
        let map = Arc::make_mut(&mut self.map);
        let first = u32::try_from(map.shards.len()).expect("few shards");
        let ids: Vec<_> = (first..).take(children.len()).map(ShardId).collect();
        for (&parent, &closed) in &closed {
            let facts = map.shards.iter_mut().find(|shard| shard.id == parent).expect("looked up above");
            let start = facts.starting_sequence;
            let ending_sequence =
                SequenceNumber { counter: SequenceNumber::COUNTER_MAX, arrived_s: closed.seconds(), ..start };
            let closing = Closing { ending_sequence, closed, end: ends[&parent], children: ids.clone() };
            facts.closing = Some(closing);
        }
        // The second after: a child's creation second lies above its parents' last.
        let last = closed.values().max().expect("at least one parent");
        let opened = TimestampMs((last.seconds() + 1) * 1000);
        for (id, keys) in ids.iter().zip(children) {
            map.shards.push(open_facts(*id, *keys, opened, (Some(parents.0), parents.1)));
            self.records.insert(*id, vec![]);
        }
        map.version += 1;
        *map = with_open(map.clone());
    }

    fn append(&mut self, chunk: &forebay_gateway::ranges::AppendChunk, now: TimestampMs) -> ChunkOutcome {
        let Some(facts) = self.map.shard(chunk.shard).filter(|facts| facts.closing.is_none()) else {
            return ChunkOutcome::NotOpen;
        };
        let created_s = facts.starting_sequence.created_s;
        let first = self.end(chunk.shard);
        assert_eq!(forebay_protocol::record::crc32c(&chunk.body), chunk.crc32c);
        let records = Records::new(&chunk.body);
        assert_eq!(u32::try_from(records.clone().count()), Ok(chunk.records));
        let charged: u64 = records.map(|record| record.expect("well-formed").charged_bytes()).sum();
        assert_eq!(charged, u64::from(chunk.charged_bytes));
        let arrived = now.max(self.last_arrival(chunk.shard));
        let stored = Chunk { first, count: chunk.records, arrived, body: chunk.body.clone() };
        self.records.get_mut(&chunk.shard).expect("an open shard").push(stored);
        ChunkOutcome::Appended(Numbered { created_s, first, arrived })
    }

    fn read(&self, read: &Read, now: TimestampMs) -> Result<ReadAnswer, RangeError> {
        let facts = self.listed(read.shard, now)?;
        let end = self.end(read.shard);
        let from = read.from.max(self.first_at(read.shard, TimestampMs(0), now));
        let (mut next, mut batches, mut bytes) = (from, vec![], 0);
        let unread = |chunk: &&Chunk| chunk.first + u64::from(chunk.count) > from;
        for chunk in self.records[&read.shard].iter().filter(unread) {
            let skip = u32::try_from(next - chunk.first).expect("fewer than the chunk has");
            let mut take = 0;
            for record in Records::new(&chunk.body).skip(skip as usize) {
                let taken = next - from;
                let size = record.expect("well-formed").charged_bytes();
                let full = taken == u64::from(read.records_max) || bytes + size > u64::from(read.bytes_max);
                if taken > 0 && full {
                    break;
                }
                (take, next, bytes) = (take + 1, next + 1, bytes + size);
            }
            if take > 0 {
                let (first, arrived, body) = (chunk.first, chunk.arrived, chunk.body.clone());
                batches.push(Batch { first, skip, take, arrived, body });
            }
            if skip + take < chunk.count {
                break;
            }
        }
        let children = facts.closing.as_ref().filter(|_| next >= end).map(|closing| {
            let facts = |child: &ShardId| self.map.shard(*child).expect("a child").clone();
            closing.children.iter().map(facts).collect()
        });
        let behind_from = batches.last().filter(|_| next < end).map(|batch: &Batch| batch.arrived);
        Ok(ReadAnswer {
            batches,
            created_s: facts.starting_sequence.created_s,
            next,
            millis_behind_latest: behind_from.map_or(0, |arrived| now.0.saturating_sub(arrived.0)),
            ended: children,
        })
    }
}

impl Ranges for Shards {
    fn expiry_time(&self) -> TimestampMs {
        self.state().expiry
    }

    async fn shard_map(&self, at: RangeAddress) -> Result<Arc<ShardMap>, RangeError> {
        self.state().ranges.get(&at).map(|range| range.map.clone()).ok_or(RangeError::NotFound)
    }

    async fn append(&self, at: RangeAddress, append: Append) -> Result<Vec<ChunkOutcome>, RangeError> {
        let mut guard = self.state();
        let state = &mut *guard;
        state.appends += 1;
        state.held.push(append.held);
        let range = state.ranges.get_mut(&at).ok_or(RangeError::NotFound)?;
        if let Some(reshard) = state.before_append.pop_front() {
            range.reshard(reshard, state.now).expect("the test reshards what it can");
        }
        let one = |chunk: &forebay_gateway::ranges::AppendChunk| match chunk.shard {
            _ if state.full => ChunkOutcome::NoSpace,
            shard if state.throttled.contains(&shard) => ChunkOutcome::Throttled,
            _ => range.append(chunk, state.now),
        };
        Ok(append.chunks.iter().map(one).collect())
    }

    async fn locate(&self, at: RangeAddress, shard: ShardId, place: Place) -> Result<u64, RangeError> {
        let state = self.state();
        let range = state.ranges.get(&at).ok_or(RangeError::NotFound)?;
        range.listed(shard, state.expiry)?;
        Ok(match place {
            Place::TrimHorizon => range.first_at(shard, TimestampMs(0), state.expiry),
            Place::Latest => range.end(shard),
            Place::AtTimestamp(time) => range.first_at(shard, time, state.expiry),
        })
    }

    async fn read(&self, at: RangeAddress, read: Read) -> Result<ReadAnswer, ReadError> {
        let mut guard = self.state();
        let state = &mut *guard;
        state.held.push(read.held.clone());
        if state.throttled.contains(&read.shard) {
            return Err(ReadError::Throttled);
        }
        let range = state.ranges.get(&at).ok_or(RangeError::NotFound)?;
        Ok(range.read(&read, state.expiry)?)
    }

    async fn reshard(&self, at: RangeAddress, reshard: Reshard, held: Held) -> Result<(), ReshardError> {
        let mut state = self.state();
        let now = state.now;
        let range = state.ranges.get_mut(&at).ok_or(RangeError::NotFound)?;
        range.reshard(reshard, now)?;
        state.held.push(held);
        Ok(())
    }
}
