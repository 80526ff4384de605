//! Reading a range beside its owner: where an iterator starts, and what a GetRecords finds.

use std::sync::Arc;

use forebay_core::topology::Shard;
use forebay_gateway::ranges::{Batch, Place, RangeError, Read, ReadAnswer, ReadError, ShardFacts, ShardMap};
use forebay_log::{Chunk, Disk, ReadLimits};
use forebay_protocol::limits::GET_RECORDS_COUNT_MAX;
use forebay_protocol::record::{HEAD_BYTES_MAX, Records};
use forebay_protocol::words::{ShardId, TimestampMs};
use tokio::sync::oneshot;

use super::handle::{RangeHandle, Shared};
use super::writer::Causes;

/// What a read asks of the log beyond the bytes of records: their stored heads.
const HEADS_BYTES_MAX: u64 = HEAD_BYTES_MAX as u64 * GET_RECORDS_COUNT_MAX as u64;

impl<D: Disk> RangeHandle<D> {
    /// The counter at which an iterator starts.
    pub(crate) async fn locate(&self, shard: ShardId, place: Place) -> Result<u64, RangeError> {
        let range = Arc::clone(self.shared());
        let facts = range.listed(shard)?;
        self.blocking(move || range.locate(&facts, place)).await
    }

    /// Records from a counter on.
    pub(crate) async fn read(&self, read: Read) -> Result<ReadAnswer, ReadError> {
        let shared = Arc::clone(self.shared());
        let facts = shared.listed(read.shard)?;
        let (id, limits) = (facts.id, shared.published().configuration.limits);
        let now = shared.environment.machine.now();
        let admitted = shared.read_quotas().admit(read.shard, limits, now.monotonic_ms);
        if admitted.is_err() {
            shared.count(read.shard, |counters| counters.read_throttled.inc());
            return Err(ReadError::Throttled);
        }
        if read.from >= shared.end_of(&facts) {
            return Ok(shared.nothing_more(&facts, read.from));
        }
        let (answer, read_bytes) = self.blocking(move || shared.read(&facts, read)).await?;
        self.shared().read_quotas().charge(id, limits, read_bytes);
        self.shared().count_read(id, &answer, read_bytes);
        Ok(answer)
    }

    /// Runs what may wait for the disk where waiting harms nobody.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, RangeError> + Send + 'static,
    ) -> Result<T, RangeError> {
        let (reply, outcome) = oneshot::channel();
        // Whoever went away meanwhile is not told.
        let work = move || drop(reply.send(work()));
        self.shared().environment.machine.run_blocking(Box::new(work));
        outcome.await.unwrap_or_else(|_| Err(RangeError::Unavailable("the read was given up".to_owned())))
    }
}

impl<D: Disk> Shared<D> {
    /// A shard that ListShards shows.
    fn listed(&self, shard: ShardId) -> Result<ShardFacts, RangeError> {
        if let Some(why) = self.queue.stopped() {
            return Err(RangeError::Unavailable(why));
        }
        let map = self.published().map;
        let facts = map.shard(shard).filter(|facts| map.is_listed(facts, self.environment.expiry_time()));
        facts.cloned().ok_or(RangeError::NoSuchShard(shard))
    }

    /// The counter after the last durable record.
    fn end_of(&self, shard: &ShardFacts) -> u64 {
        let closed = shard.closing.as_ref().map(|closing| closing.end);
        let written = || self.reader.lane_end(shard.id.0).map(|end| end.next_counter);
        closed.or_else(written).unwrap_or(Shard::FIRST_COUNTER)
    }

    /// The counter of the oldest record that can be read.
    fn trim_horizon(&self, shard: &ShardFacts) -> Result<u64, RangeError> {
        self.first_at_or_after(shard, self.horizon())
    }

    /// The arrival time of the oldest record that can be read.
    fn horizon(&self) -> TimestampMs {
        self.published().map.retention.horizon(self.environment.expiry_time())
    }

    fn first_at_or_after(&self, shard: &ShardFacts, time: TimestampMs) -> Result<u64, RangeError> {
        let found = self.reader.first_at_or_after(shard.id.0, time.0).map_err(|error| unreadable(&error))?;
        Ok(found.unwrap_or_else(|| self.end_of(shard)))
    }

    fn locate(&self, shard: &ShardFacts, place: Place) -> Result<u64, RangeError> {
        match place {
            Place::Latest => Ok(self.end_of(shard)),
            Place::TrimHorizon => self.trim_horizon(shard),
            Place::AtTimestamp(time) => self.first_at_or_after(shard, time.max(self.horizon())),
        }
    }

    /// The answer, and the bytes to charge for it.
    fn read(&self, shard: &ShardFacts, read: Read) -> Result<(ReadAnswer, u64), RangeError> {
        let from = read.from.max(self.trim_horizon(shard)?);
        let limits =
            ReadLimits { bytes: u64::from(read.bytes_max) + HEADS_BYTES_MAX, records: u64::from(read.records_max) };
        let chunks = self.reader.read(shard.id.0, from, limits).map_err(|error| unreadable(&error))?;
        let mut taken = Taken { read, next: from, bytes: 0, records: 0, batches: Vec::with_capacity(chunks.len()) };
        for chunk in chunks {
            if !taken.take(chunk)? {
                break;
            }
        }
        let end = self.end_of(shard);
        let answer = ReadAnswer {
            created_s: shard.starting_sequence.created_s,
            next: taken.next,
            millis_behind_latest: self.millis_behind(&taken, end),
            ended: self.children_at_end(shard, taken.next),
            batches: taken.batches,
        };
        Ok((answer, taken.bytes))
    }

    /// The answer of a reader who has everything.
    fn nothing_more(&self, shard: &ShardFacts, from: u64) -> ReadAnswer {
        self.count(shard.id, |counters| counters.iterator_age_ms.set(0));
        ReadAnswer {
            batches: Vec::new(),
            created_s: shard.starting_sequence.created_s,
            next: from,
            millis_behind_latest: 0,
            ended: self.children_at_end(shard, from),
        }
    }

    /// From the arrival of the last record taken until now, while there are more.
    fn millis_behind(&self, taken: &Taken, end: u64) -> u64 {
        match taken.batches.last() {
            Some(last) if taken.next < end => self.environment.expiry_time().0.saturating_sub(last.arrived.0),
            _ => 0,
        }
    }

    fn children_at_end(&self, shard: &ShardFacts, next: u64) -> Option<Vec<ShardFacts>> {
        let closing = shard.closing.as_ref().filter(|closing| next >= closing.end)?;
        let map: Arc<ShardMap> = self.published().map;
        Some(closing.children.iter().filter_map(|child| map.shard(*child).cloned()).collect())
    }

    fn count_read(&self, shard: ShardId, answer: &ReadAnswer, bytes: u64) {
        let records = answer.batches.iter().map(|batch| u64::from(batch.take)).sum();
        let age_ms = i64::try_from(answer.millis_behind_latest).unwrap_or(i64::MAX);
        self.count(shard, |counters| {
            counters.outgoing_records.inc_by(records);
            counters.outgoing_bytes.inc_by(bytes);
            counters.iterator_age_ms.set(age_ms);
        });
    }
}

/// What a read has taken so far.
struct Taken {
    read: Read,
    next: u64,
    bytes: u64,
    records: u32,
    batches: Vec<Batch>,
}

impl Taken {
    /// Takes what the limits leave of a chunk; false once they are reached.
    fn take(&mut self, chunk: Chunk) -> Result<bool, RangeError> {
        // Before the first record something may have been trimmed; between two there is nothing to be missed.
        if chunk.first_counter > self.next && self.records > 0 {
            let (expected, found) = (self.next, chunk.first_counter);
            return Err(RangeError::Unavailable(format!("records {expected} to {found} are missing from the log")));
        }
        self.next = self.next.max(chunk.first_counter);
        let skip = u32::try_from(self.next - chunk.first_counter).expect("a chunk has fewer than 2^32 records");
        let mut take = 0;
        let mut records = Records::new(&chunk.body);
        for _ in 0..skip {
            records.pass().transpose().map_err(|error| unreadable(&error))?;
        }
        while let Some(passed) = records.pass() {
            let charged = passed.map_err(|error| unreadable(&error))?;
            let full = self.records >= self.read.records_max || self.bytes + charged > u64::from(self.read.bytes_max);
            if full && self.records > 0 {
                break;
            }
            self.bytes += charged;
            self.records += 1;
            take += 1;
        }
        let complete = skip + take == chunk.count;
        self.next += u64::from(take);
        if take > 0 {
            let arrived = TimestampMs(chunk.time_ms);
            self.batches.push(Batch { first: chunk.first_counter, skip, take, arrived, body: chunk.body });
        }
        Ok(complete && self.records < self.read.records_max)
    }
}

fn unreadable(error: &dyn std::error::Error) -> RangeError {
    RangeError::Unavailable(Causes(error).to_string())
}
