//! What the gateway asks of the ranges that hold a stream's shards. In one process the broker answers from memory and
//! disk; in a cluster the same trait is answered over gRPC. It may not know how either stores a byte.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use forebay_protocol::expiry;
use forebay_protocol::words::{HashKey, HashKeyRange, Incarnation, RangeUuid, SequenceNumber, ShardId, TimestampMs};

/// The ranges of every stream this gateway can reach. An implementation is checked by the feature `conformance`.
pub trait Ranges: Send + Sync + 'static {
    /// The time by which records and closed shards expire. A wall clock that stepped ahead is not believed at once, and
    /// one that stepped back brings nothing back.
    fn expiry_time(&self) -> TimestampMs;

    /// The shards of a stream as its range knows them now. Cheap: called for every put.
    fn shard_map(&self, at: RangeAddress) -> impl Future<Output = Result<Arc<ShardMap>, RangeError>> + Send;

    /// Appends chunks and answers once every admitted one is durable, one outcome a chunk, in the order given. The
    /// future may be dropped: the chunks may then be appended or not, and are held until it is decided.
    fn append(
        &self,
        at: RangeAddress,
        append: Append,
    ) -> impl Future<Output = Result<Vec<ChunkOutcome>, RangeError>> + Send;

    /// The counter at which a read of `shard` starts.
    fn locate(
        &self,
        at: RangeAddress,
        shard: ShardId,
        place: Place,
    ) -> impl Future<Output = Result<u64, RangeError>> + Send;

    /// Durable records of one shard from a counter on, charged against the shard's read limits. The future may be dropped:
    /// what is read all the same is held until that has ended.
    fn read(&self, at: RangeAddress, read: Read) -> impl Future<Output = Result<ReadAnswer, ReadError>> + Send;

    /// Closes parents and opens children in one logged step. The future may be dropped: it may then happen or not, and
    /// `held` stays with it until it is decided.
    fn reshard(
        &self,
        at: RangeAddress,
        reshard: Reshard,
        held: Held,
    ) -> impl Future<Output = Result<(), ReshardError>> + Send;
}

/// Which range of which life of a stream. Every request carries both, and a range refuses what is not meant for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RangeAddress {
    /// The stream's life.
    pub incarnation: Incarnation,
    /// The range.
    pub range: RangeUuid,
}

/// Every shard of a stream that is open, or closed and still readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardMap {
    /// Rises with every change.
    pub version: u64,
    /// By id, ascending.
    pub shards: Vec<ShardFacts>,
    /// The open shards by where their hash keys end, ascending: they tile the hash key space.
    pub open: Vec<OpenShard>,
    /// What has expired.
    pub retention: Retention,
}

/// From when on records are readable. It moves with the clock, so a map can be kept while nothing else changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Nothing that arrived before this comes back, whatever the clock and the settings.
    pub readable_from: TimestampMs,
    /// The retention period.
    pub period_ms: u64,
}

impl Retention {
    /// The arrival time of the oldest record that can be read now.
    pub fn horizon(&self, now: TimestampMs) -> TimestampMs {
        expiry::horizon(self.readable_from, self.period_ms, now)
    }
}

/// One shard as ListShards shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardFacts {
    /// Its id.
    pub id: ShardId,
    /// The shard it was split or merged from.
    pub parent: Option<ShardId>,
    /// The other shard it was merged from.
    pub adjacent_parent: Option<ShardId>,
    /// Its hash keys, unchanged for its life.
    pub hash_keys: HashKeyRange,
    /// The sequence number below all of its records.
    pub starting_sequence: SequenceNumber,
    /// The shard's first moment, as ListShards' timestamp filters see it.
    pub opened: TimestampMs,
    /// How it ended, if it has.
    pub closing: Option<Closing>,
}

/// How a shard ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The sequence number above all of its records.
    pub ending_sequence: SequenceNumber,
    /// When it closed.
    pub closed: TimestampMs,
    /// The counter after its last record.
    pub end: u64,
    /// The shards that took over its hash keys.
    pub children: Vec<ShardId>,
}

/// An open shard in the order of the hash key space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenShard {
    /// Its last hash key.
    pub end: HashKey,
    /// The shard.
    pub shard: ShardId,
}

impl ShardMap {
    /// The place in `open` of the shard that takes a hash key.
    ///
    /// # Panics
    /// If the open shards do not tile the hash key space.
    pub fn place(&self, key: HashKey) -> usize {
        let place = self.open.partition_point(|open| open.end < key);
        assert!(place < self.open.len(), "the open shards tile the hash key space");
        place
    }

    /// The open shard that takes a hash key.
    ///
    /// # Panics
    /// As [`ShardMap::place`].
    pub fn route(&self, key: HashKey) -> ShardId {
        self.open[self.place(key)].shard
    }

    /// Whether ListShards shows a shard: it is open, or it ended within the retention period.
    pub fn is_listed(&self, shard: &ShardFacts, now: TimestampMs) -> bool {
        self.ended(shard).is_none_or(|ended| !expiry::is_over(ended, self.retention.horizon(now)))
    }

    /// When a closed shard ended as its children see it: [`expiry::ended`].
    pub fn ended(&self, shard: &ShardFacts) -> Option<TimestampMs> {
        let closing = shard.closing.as_ref()?;
        let children = closing.children.iter().filter_map(|child| self.shard(*child));
        Some(expiry::ended(closing.closed, children.map(|child| child.opened)))
    }

    /// A shard by id; ask [`ShardMap::is_listed`] whether it still counts.
    pub fn shard(&self, id: ShardId) -> Option<&ShardFacts> {
        self.shards.binary_search_by_key(&id, |shard| shard.id).ok().map(|index| &self.shards[index])
    }
}

/// Chunks that were encoded at the front door, at most one for each shard.
#[derive(Debug, Clone)]
pub struct Append {
    /// In any order; the range numbers each within its own shard.
    pub chunks: Vec<AppendChunk>,
    /// Stays with the chunks for as long as the range has them, even if nobody waits for its answer any more.
    pub held: Held,
}

/// What a request takes of a bound: memory of the front door's, shards of an account's. It is given back once all clones
/// are dropped, so whatever outlives the request and is part of what it took keeps one of these beside it.
#[derive(Clone)]
pub struct Held(Arc<dyn Send + Sync>);

impl<T: Send + Sync + 'static> From<Arc<T>> for Held {
    fn from(counted: Arc<T>) -> Self {
        Self(counted)
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("clones", &Arc::strong_count(&self.0)).finish()
    }
}

/// The records of one request for one shard, in the form in which they are stored.
#[derive(Debug, Clone)]
pub struct AppendChunk {
    /// The shard that the gateway routed them to.
    pub shard: ShardId,
    /// How many records; at least one.
    pub records: u32,
    /// Data and partition keys in bytes: what AWS charges against the shard's limit.
    pub charged_bytes: u32,
    /// The encoded records.
    pub body: Bytes,
    /// CRC-32C of `body`.
    pub crc32c: u32,
}

/// What became of a chunk; it is admitted or refused whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkOutcome {
    /// Durable.
    Appended(Numbered),
    /// The shard's write limit is used up, or the range's queue is full.
    Throttled,
    /// The shard is closed or not of this range: take the newer shard map and route again.
    NotOpen,
    /// The volume is too full to take writes; reads go on.
    NoSpace,
}

/// How a chunk was numbered: its records have `first`, `first + 1`, ….
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered {
    /// The shard's creation second, for its sequence numbers.
    pub created_s: u64,
    /// The counter of the first record; the first of its shard has 1.
    pub first: u64,
    /// When all of them arrived: not before the shard was opened, nor before what it took earlier.
    pub arrived: TimestampMs,
}

/// Where a shard iterator starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The oldest record that is still readable.
    TrimHorizon,
    /// After the newest record.
    Latest,
    /// The first record that arrived at or after a time.
    AtTimestamp(TimestampMs),
}

/// One GetRecords.
#[derive(Debug, Clone)]
pub struct Read {
    /// The shard.
    pub shard: ShardId,
    /// The counter to start at; below the trim horizon it starts there, and beyond the end it finds nothing yet.
    pub from: u64,
    /// At most this many records.
    pub records_max: u32,
    /// At most this many bytes of data and partition keys, but at least one record.
    pub bytes_max: u32,
    /// Stays with the read for as long as it goes on, even if nobody waits for its answer any more.
    pub held: Held,
}

/// What a read found.
#[derive(Debug, Clone)]
pub struct ReadAnswer {
    /// In order, without gaps.
    pub batches: Vec<Batch>,
    /// The shard's creation second, for its sequence numbers.
    pub created_s: u64,
    /// Where the next read starts.
    pub next: u64,
    /// How long ago the last record of the answer arrived; 0 at the shard's end.
    pub millis_behind_latest: u64,
    /// The shard is closed and `next` is its end: its children, with their facts.
    pub ended: Option<Vec<ShardFacts>>,
}

/// Consecutive records of one stored chunk.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The counter of the first record that `body` holds.
    pub first: u64,
    /// How many records of `body` come before the ones asked for.
    pub skip: u32,
    /// How many records to take after those.
    pub take: u32,
    /// When they arrived.
    pub arrived: TimestampMs,
    /// The stored records.
    pub body: Bytes,
}

/// SplitShard or MergeShards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reshard {
    /// Divide a shard in two at a hash key, which becomes the second child's first.
    Split {
        /// The shard.
        shard: ShardId,
        /// The first hash key of the second child.
        new_start: HashKey,
    },
    /// Join two neighbours, `adjacent` following `shard` in the hash key space.
    Merge {
        /// The lower shard.
        shard: ShardId,
        /// The upper shard.
        adjacent: ShardId,
    },
}

/// Why a range did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RangeError {
    /// This incarnation is not, or no longer, served here.
    NotFound,
    /// The shard is not one of the range's, or its records have all expired.
    NoSuchShard(ShardId),
    /// The range cannot answer: it is starting, failed, or its data is lost. The text is for the operator's log.
    Unavailable(String),
}

impl fmt::Display for RangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("the range is not served here"),
            Self::NoSuchShard(shard) => write!(f, "the range has no {shard}"),
            Self::Unavailable(why) => write!(f, "the range is unavailable: {why}"),
        }
    }
}

impl std::error::Error for RangeError {}

/// Why a read was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// The shard's read limit is used up.
    Throttled,
    /// As for every other request.
    Range(RangeError),
}

/// Why a reshard was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReshardError {
    /// This shard is not listed.
    NoSuchShard(ShardId),
    /// This shard is closed already.
    Closed(ShardId),
    /// The new starting hash key is not strictly inside the shard (AWS wants it above its start + 1 and below its end).
    SplitPoint {
        /// The shard's hash keys.
        hash_keys: HashKeyRange,
    },
    /// The two shards are not neighbours in the order given.
    NotAdjacent,
    /// As for every other request.
    Range(RangeError),
}

impl From<RangeError> for ReadError {
    fn from(error: RangeError) -> Self {
        Self::Range(error)
    }
}

impl From<RangeError> for ReshardError {
    fn from(error: RangeError) -> Self {
        Self::Range(error)
    }
}
