//! GetRecords.

use super::decode::Input;
use super::{ApiError, ChildShard, StreamRef, shapes};
use crate::limits;
use crate::wire::{Bounds, Fields, Member, Output, Shape, Writer};
use crate::words::{SequenceNumber, TimestampMs};

/// A read from where an iterator points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetRecords {
    /// The sealed token, at most 512 characters.
    pub iterator: Box<str>,
    /// At most so many records.
    pub limit: u32,
    /// The stream, if the request names it beside the iterator.
    pub stream: Option<StreamRef>,
    /// Whether to try only.
    pub dry_run: bool,
}

static LIMIT: Shape = Shape::integer("GetRecordsInputLimit", Bounds::of(1, 10_000));
static ITERATOR: Shape = Shape::text("ShardIterator", Bounds::of(1, 512));

static INPUT: Shape = Shape::structure(
    "GetRecordsInput",
    &[
        Member::optional("Limit", &LIMIT),
        Member::required("ShardIterator", &ITERATOR),
        shapes::BY_ID,
        shapes::BY_ARN,
        shapes::DRY_RUN,
    ],
);

impl Input<'_> for GetRecords {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            iterator: fields.text("ShardIterator").expect("required by the shape").into(),
            limit: fields.count("Limit").unwrap_or(limits::GET_RECORDS_COUNT_MAX),
            stream: StreamRef::take_optional(&mut fields)?,
            dry_run: fields.flag("DryRun"),
        })
    }
}

/// Records of a shard, written as the iterator yields them.
///
/// Either there is a next iterator and no child shard, or the shard's end is reached: then there are children and no
/// next iterator. KCL takes every other mix for broken and asks for ever.
#[derive(Debug, Clone)]
pub struct GetRecordsOutput<'a, I> {
    /// The records, in order.
    pub records: I,
    /// Where the next read starts; none at the end of a closed shard.
    pub next_iterator: Option<&'a str>,
    /// How far the reader is behind.
    pub millis_behind_latest: u64,
    /// The shards that follow, at the end of a closed one.
    pub child_shards: &'a [ChildShard],
}

/// A record as it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadRecord<'a> {
    /// Its sequence number.
    pub sequence: SequenceNumber,
    /// When it arrived.
    pub arrived: TimestampMs,
    /// Its key, if it has one.
    pub partition_key: Option<&'a str>,
    /// Its bytes.
    pub data: &'a [u8],
}

impl<'r, I: Iterator<Item = ReadRecord<'r>> + Clone> Output for GetRecordsOutput<'_, I> {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.name("Records");
        writer.begin_list();
        // From within: an iterator over batches of records is a loop in a loop.
        self.records.clone().for_each(|record| record.write(writer));
        writer.end_list();
        if let Some(next) = self.next_iterator {
            writer.name("NextShardIterator");
            writer.plain(next);
        }
        writer.member("MillisBehindLatest", &self.millis_behind_latest);
        writer.optional("ChildShards", (!self.child_shards.is_empty()).then_some(self.child_shards));
        writer.end_map();
    }
}

impl Output for ReadRecord<'_> {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.member("SequenceNumber", &self.sequence);
        writer.member("ApproximateArrivalTimestamp", &self.arrived);
        writer.name("Data");
        writer.blob(self.data);
        writer.optional("PartitionKey", self.partition_key);
        writer.end_map();
    }
}
