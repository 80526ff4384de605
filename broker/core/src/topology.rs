//! The shards of a range: which are open, where their hash keys lie, who came from whom. Changes only by an opening and
//! by a [`Reshard`](crate::reshard::Reshard), and always covers the same hash keys.

use forebay_protocol::expiry;
use forebay_protocol::words::{HashKey, HashKeyRange, SequenceNumber, ShardId, TimestampMs};

/// Every shard that is open, or closed and not yet forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Topology {
    pub(crate) version: u64,
    pub(crate) next_index: u32,
    /// By id, ascending.
    pub(crate) shards: Vec<Shard>,
    open: Vec<OpenShard>,
}

/// One shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    /// Its id.
    pub id: ShardId,
    /// Its hash keys, for its whole life.
    pub hash_keys: HashKeyRange,
    /// The shards it came from.
    pub parents: Parents,
    /// The second in its sequence numbers, later than every second in its parents'.
    pub created_s: u64,
    /// How it ended, if it has.
    pub closing: Option<Closing>,
}

/// The shards that a shard came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parents {
    /// None: opened with the stream.
    None,
    /// The shard that was split.
    Split(ShardId),
    /// The shards that were merged.
    Merge {
        /// The one with the lower hash keys: AWS's `ParentShardId`.
        lower: ShardId,
        /// Its neighbour: AWS's `AdjacentParentShardId`.
        upper: ShardId,
    },
}

/// How a shard ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The counter after its last record.
    pub end: u64,
    /// When it was closed; no record of it arrived later.
    pub closed: TimestampMs,
    /// The shards that took over its hash keys, ascending.
    pub children: Vec<ShardId>,
}

/// An open shard in the order of hash keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenShard {
    /// Its last hash key.
    pub end: HashKey,
    /// The shard.
    pub shard: ShardId,
}

impl Parents {
    /// The parents, if any.
    pub fn iter(self) -> impl Iterator<Item = ShardId> {
        let (first, second) = match self {
            Self::None => (None, None),
            Self::Split(parent) => (Some(parent), None),
            Self::Merge { lower, upper } => (Some(lower), Some(upper)),
        };
        first.into_iter().chain(second)
    }
}

impl Shard {
    /// The counter of the first record. 0 is the starting sequence number's, which is below every record.
    pub const FIRST_COUNTER: u64 = 1;

    /// The earliest time any of its records arrives: the start of its creation second.
    pub fn opened(&self) -> TimestampMs {
        TimestampMs(self.created_s * 1000)
    }

    /// Below every record of the shard.
    pub fn starting_sequence(&self) -> SequenceNumber {
        SequenceNumber { created_s: self.created_s, shard: self.id, counter: 0, arrived_s: self.created_s }
    }

    /// Above every record of the shard, once it is closed.
    pub fn ending_sequence(&self) -> Option<SequenceNumber> {
        let closed = self.closing.as_ref()?.closed;
        let (created_s, shard) = (self.created_s, self.id);
        let counter = SequenceNumber::COUNTER_MAX;
        Some(SequenceNumber { created_s, shard, counter, arrived_s: closed.seconds() })
    }

    /// Whether it takes records.
    pub fn is_open(&self) -> bool {
        self.closing.is_none()
    }
}

impl Topology {
    /// Rises with every change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Every shard, by id.
    pub fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// The open shards by their last hash key, ascending: a binary search routes a hash key.
    pub fn open(&self) -> &[OpenShard] {
        &self.open
    }

    /// The id the next shard gets.
    pub fn next_id(&self) -> ShardId {
        ShardId(self.next_index)
    }

    /// A shard by id.
    pub fn shard(&self, id: ShardId) -> Option<&Shard> {
        self.position(id).ok().map(|position| &self.shards[position])
    }

    /// The open shard that takes a hash key; none if the range does not hold it.
    pub fn route(&self, key: HashKey) -> Option<&Shard> {
        let open = self.open.get(self.open.partition_point(|open| open.end < key))?;
        self.shard(open.shard).filter(|shard| shard.hash_keys.contains(key))
    }

    /// When a closed shard ended as its children see it: [`expiry::ended`].
    pub fn ended(&self, shard: &Shard) -> Option<TimestampMs> {
        let closing = shard.closing.as_ref()?;
        let children = closing.children.iter().filter_map(|child| self.shard(*child));
        Some(expiry::ended(closing.closed, children.map(Shard::opened)))
    }

    /// Whether the open shards cover the whole space without gap or overlap, as those of a whole stream must.
    pub fn tiles(&self) -> bool {
        let ranges: Option<Vec<_>> = self.open_ranges().collect();
        ranges.is_some_and(|ranges| covered(&ranges) == Some(HashKeyRange::WHOLE))
    }

    pub(crate) fn open_ranges(&self) -> impl Iterator<Item = Option<HashKeyRange>> {
        self.open.iter().map(|open| self.shard(open.shard).map(|shard| shard.hash_keys))
    }

    fn position(&self, id: ShardId) -> Result<usize, usize> {
        self.shards.binary_search_by_key(&id, |shard| shard.id)
    }

    /// Adds an open shard with an id not given before.
    ///
    /// # Panics
    /// If its hash keys are another open shard's too: a record would have two homes.
    pub(crate) fn open_shard(&mut self, shard: Shard) {
        debug_assert!(shard.id.0 >= self.next_index, "ids ascend and are never given twice");
        self.index(&shard);
        self.next_index = shard.id.0 + 1;
        self.shards.push(shard);
    }

    /// Ends an open shard; false if there is none of this id.
    pub(crate) fn close_shard(&mut self, id: ShardId, closing: Closing) -> bool {
        let Some(shard) = self.position(id).ok().map(|position| &mut self.shards[position]) else {
            return false;
        };
        if shard.closing.is_some() {
            return false;
        }
        shard.closing = Some(closing);
        let end = shard.hash_keys.end;
        self.open.retain(|open| open.end != end);
        true
    }

    fn index(&mut self, shard: &Shard) {
        let HashKeyRange { start, end } = shard.hash_keys;
        let at = self.open.partition_point(|open| open.end < start);
        let next = self.open.get(at).and_then(|next| self.shard(next.shard));
        assert!(start <= end && next.is_none_or(|next| end < next.hash_keys.start), "open shards overlap: {shard:?}");
        self.open.insert(at, OpenShard { end, shard: shard.id });
    }

    /// The shards as they were stored. None if they are of no topology: ids not ascending, or open shards overlapping.
    pub(crate) fn restore(version: u64, next_index: u32, shards: Vec<Shard>) -> Option<Self> {
        let ascending = shards.windows(2).all(|pair| pair[0].id < pair[1].id);
        let below = shards.last().is_none_or(|last| last.id.0 < next_index);
        let mut open: Vec<&Shard> = shards.iter().filter(|shard| shard.is_open()).collect();
        open.sort_by_key(|shard| shard.hash_keys.start);
        let ordered = open.iter().all(|shard| shard.hash_keys.start <= shard.hash_keys.end);
        let disjoint = open.windows(2).all(|pair| pair[0].hash_keys.end < pair[1].hash_keys.start);
        if !(ascending && below && ordered && disjoint) {
            return None;
        }
        let open = open.iter().map(|shard| OpenShard { end: shard.hash_keys.end, shard: shard.id }).collect();
        Some(Self { version, next_index, shards, open })
    }

    /// Drops closed shards whose time is over.
    pub(crate) fn forget(&mut self, forgotten: &[ShardId]) {
        if !forgotten.is_empty() {
            self.shards.retain(|shard| shard.is_open() || !forgotten.contains(&shard.id));
            self.version += 1;
        }
    }
}

/// The range that neighbours in ascending order cover together; none if one does not begin where the last ended.
pub(crate) fn covered(ascending: &[HashKeyRange]) -> Option<HashKeyRange> {
    let adjacent = ascending.windows(2).all(|pair| pair[0].is_followed_by(&pair[1]));
    let (first, last) = (ascending.first()?, ascending.last()?);
    let ordered = ascending.iter().all(|range| range.start <= range.end);
    (adjacent && ordered).then_some(HashKeyRange { start: first.start, end: last.end })
}
