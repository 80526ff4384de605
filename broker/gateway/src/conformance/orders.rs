//! The stream that a check works on, and how it asks its range. Decides nothing about what is right.

use std::collections::BTreeMap;
use std::sync::Arc;

use forebay_protocol::record::{ChunkEncoder, Record, Records};
use forebay_protocol::words::{AccountId, HashKey, HashKeyRange, SequenceNumber, ShardId};

use super::World;
use crate::catalog::{Catalog, CreateStream, Stream, StreamMode};
use crate::ranges::{
    Append, AppendChunk, Batch, ChunkOutcome, Held, Numbered, Place, RangeAddress, RangeError, Ranges, Read,
    ReadAnswer, ReadError, Reshard, ReshardError, ShardFacts, ShardMap,
};

/// What every record's partition key is; it counts against limits.
pub(super) const PARTITION_KEY: &str = "k";

/// A stream of the installation's account.
pub(super) struct Orders<'a, W> {
    pub(super) world: &'a W,
    pub(super) at: RangeAddress,
}

/// A read of everything from a counter on.
pub(super) fn all_from(shard: ShardId, from: u64) -> Read {
    Read { shard, from, records_max: 10_000, bytes_max: 10 << 20, held: of_nobody() }
}

/// What a request holds that no front door counts.
pub(super) fn of_nobody() -> Held {
    Held::from(Arc::new(()))
}

/// CreateStream of a provisioned stream.
pub(super) fn provisioned(name: &str, shard_count: u32) -> CreateStream {
    CreateStream {
        name: name.parse().expect("a stream name"),
        shard_count,
        mode: StreamMode::Provisioned,
        max_record_size_kib: 1024,
        tags: BTreeMap::new(),
    }
}

/// The account that checks work in.
pub(super) fn account<W: World>(world: &W) -> AccountId {
    world.catalog().installation().default_account
}

/// Creates a stream that must come to be.
pub(super) fn created<W: World>(world: &W, create: CreateStream) -> Arc<Stream> {
    let name = create.name.clone();
    world.answer(world.catalog().create(account(world), create)).expect("the account has room for the stream");
    world.catalog().stream(account(world), &name).expect("the stream was created")
}

/// Chunks of records, each of a shard, as the front door encodes them.
fn encoded(chunks: &[(ShardId, &[&str])]) -> Vec<AppendChunk> {
    let mut encoder = ChunkEncoder::default();
    let mut spans = Vec::with_capacity(chunks.len());
    for (shard, records) in chunks {
        for data in *records {
            encoder.push(&Record {
                explicit_hash_key: None,
                partition_key: Some(PARTITION_KEY),
                data: data.as_bytes(),
            });
        }
        spans.push((*shard, encoder.end_chunk()));
    }
    let bytes = encoder.into_bytes();
    let chunk = |(shard, span): &(ShardId, forebay_protocol::record::ChunkSpan)| AppendChunk {
        shard: *shard,
        records: span.count,
        charged_bytes: u32::try_from(span.charged_bytes).expect("a check's records are small"),
        body: span.body(&bytes),
        crc32c: span.crc32c,
    };
    spans.iter().map(chunk).collect()
}

/// The data of the records that a batch takes.
fn data_of(batch: &Batch) -> Vec<String> {
    let records: Vec<_> =
        Records::new(&batch.body).map(|record| record.expect("stored records are readable")).collect();
    let taken = &records[batch.skip as usize..(batch.skip + batch.take) as usize];
    let data = |record: &Record<'_>| {
        assert_eq!(record.partition_key, Some(PARTITION_KEY), "a record comes back with its partition key");
        String::from_utf8(record.data.to_vec()).expect("a check's data is text")
    };
    taken.iter().map(data).collect()
}

/// The counter and the data of every record of an answer, in order.
pub(super) fn records(answer: &ReadAnswer) -> Vec<(u64, String)> {
    let mut found = Vec::new();
    for batch in &answer.batches {
        found.extend((batch.first + u64::from(batch.skip)..).zip(data_of(batch)));
    }
    found
}

/// The sequence number of the first record of an append.
pub(super) fn first_sequence(shard: ShardId, numbered: Numbered) -> SequenceNumber {
    let Numbered { created_s, first, arrived } = numbered;
    SequenceNumber { created_s, shard, counter: first, arrived_s: arrived.seconds() }
}

impl<'a, W: World> Orders<'a, W> {
    /// A new stream of so many shards.
    pub(super) fn with_shards(world: &'a W, shards: u32) -> Self {
        Self { world, at: created(world, provisioned("orders", shards)).root }
    }

    pub(super) fn map(&self) -> Arc<ShardMap> {
        self.world.answer(self.world.ranges().shard_map(self.at)).expect("the range serves")
    }

    /// A shard as the map has it now.
    pub(super) fn facts(&self, shard: ShardId) -> ShardFacts {
        self.map().shard(shard).expect("the map has the shard").clone()
    }

    pub(super) fn append(&self, chunks: &[(ShardId, &[&str])]) -> Vec<ChunkOutcome> {
        let append = Append { chunks: encoded(chunks), held: of_nobody() };
        self.world.answer(self.world.ranges().append(self.at, append)).expect("the range serves")
    }

    /// Appends one chunk that must be taken.
    pub(super) fn put(&self, shard: ShardId, records: &[&str]) -> Numbered {
        match self.append(&[(shard, records)])[..] {
            [ChunkOutcome::Appended(numbered)] => numbered,
            ref refused => panic!("an open shard takes records: {refused:?}"),
        }
    }

    pub(super) fn locate(&self, shard: ShardId, place: Place) -> Result<u64, RangeError> {
        self.world.answer(self.world.ranges().locate(self.at, shard, place))
    }

    pub(super) fn try_read(&self, read: Read) -> Result<ReadAnswer, ReadError> {
        self.world.answer(self.world.ranges().read(self.at, read))
    }

    /// A read that must be answered.
    pub(super) fn read(&self, read: Read) -> ReadAnswer {
        self.try_read(read).expect("the shard is readable")
    }

    pub(super) fn reshard(&self, reshard: Reshard) -> Result<(), ReshardError> {
        self.world.answer(self.world.ranges().reshard(self.at, reshard, of_nobody()))
    }

    /// Splits an open shard in the middle; its children.
    pub(super) fn split(&self, shard: ShardId) -> [ShardFacts; 2] {
        let HashKeyRange { start, end } = self.facts(shard).hash_keys;
        let new_start = HashKey(start.0 + (end.0 - start.0) / 2);
        self.reshard(Reshard::Split { shard, new_start }).expect("an open shard can be split");
        self.children(shard).try_into().expect("two shards come of one")
    }

    /// Merges two neighbours; their child.
    pub(super) fn merge(&self, shard: ShardId, adjacent: ShardId) -> ShardFacts {
        self.reshard(Reshard::Merge { shard, adjacent }).expect("open neighbours can be merged");
        let [child] = self.children(shard).try_into().expect("one shard comes of two");
        child
    }

    /// What a closed shard's map says of its children.
    pub(super) fn children(&self, shard: ShardId) -> Vec<ShardFacts> {
        let closing = self.facts(shard).closing.expect("the shard is closed");
        closing.children.iter().map(|child| self.facts(*child)).collect()
    }
}
