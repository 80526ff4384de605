//! PutRecords.

use std::borrow::Cow;

use super::decode::Input;
use super::error::ErrorCode;
use super::{ApiError, Parsed, StreamRef, accept, shapes};
use crate::wire::{Blob, Bounds, Encoding, Fields, Member, Output, Shape, Writer};
use crate::words::{HashKey, SequenceNumber, ShardId};

/// Records to put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutRecords<'a> {
    /// The stream.
    pub stream: StreamRef,
    /// The records, one to 500.
    pub records: Vec<PutRecordsEntry<'a>>,
    /// Whether to try only.
    pub dry_run: bool,
}

/// A record to put; the data is not decoded, and may turn out to be no base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutRecordsEntry<'a> {
    /// Its bytes, at most 10 MiB.
    pub data: Blob<'a>,
    /// Its key, 1 to 256 characters.
    pub partition_key: Cow<'a, str>,
    /// The hash key to use instead of the key's.
    pub explicit_hash_key: Option<Parsed<HashKey>>,
}

static ENTRY: Shape = Shape::structure(
    "PutRecordsRequestEntry",
    &[
        Member::required_here("PartitionKey", &shapes::PARTITION_KEY),
        Member::optional("ExplicitHashKey", &shapes::HASH_KEY),
        Member::required("Data", &shapes::DATA),
    ],
);
static ENTRIES: Shape = Shape::list("PutRecordsRequestEntryList", &ENTRY, Bounds::of(1, 500));

static INPUT: Shape = Shape::structure(
    "PutRecordsInput",
    &[Member::required("Records", &ENTRIES), shapes::BY_ID, shapes::BY_ARN, shapes::BY_NAME, shapes::DRY_RUN],
);

impl<'a> Input<'a> for PutRecords<'a> {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'a>) -> Result<Self, ApiError> {
        let stream = StreamRef::take(&mut fields)?;
        let records = fields.structures("Records").expect("required by the shape");
        let records = records.map(|mut fields| PutRecordsEntry::take(&mut fields)).collect();
        Ok(Self { stream, records, dry_run: fields.flag("DryRun") })
    }

    fn accept(encoding: Encoding, body: &'a [u8]) -> Option<Self> {
        accept::put_records(encoding, body)
    }
}

impl<'a> PutRecordsEntry<'a> {
    pub(super) fn take(fields: &mut Fields<'a>) -> Self {
        Self {
            data: fields.blob("Data").expect("required by the shape"),
            partition_key: fields.text("PartitionKey").expect("required by the shape"),
            explicit_hash_key: fields.parsed("ExplicitHashKey"),
        }
    }

    /// What AWS charges for the record: its key and its data, in bytes.
    pub fn charged_bytes(&self) -> usize {
        self.partition_key.len() + self.data.decoded_len()
    }
}

/// What became of records, written as the iterator yields them, in the order in which they were given.
#[derive(Debug, Clone)]
pub struct PutRecordsOutput<I> {
    /// How many were not put.
    pub failed_record_count: u32,
    /// One result a record.
    pub results: I,
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutRecordsResult<'a> {
    /// It is stored.
    Put {
        /// The shard.
        shard: ShardId,
        /// The number.
        sequence: SequenceNumber,
    },
    /// It is not; [`ErrorCode::ProvisionedThroughputExceeded`] or [`ErrorCode::InternalFailure`].
    Failed {
        /// Why.
        code: ErrorCode,
        /// Why, in words.
        message: &'a str,
    },
}

impl<'m, I: Iterator<Item = PutRecordsResult<'m>> + Clone> Output for PutRecordsOutput<I> {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.member("FailedRecordCount", &self.failed_record_count);
        writer.name("Records");
        writer.begin_list();
        for result in self.results.clone() {
            result.write(writer);
        }
        writer.end_list();
        writer.end_map();
    }
}

impl Output for PutRecordsResult<'_> {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        match self {
            Self::Put { shard, sequence } => {
                writer.member("SequenceNumber", sequence);
                writer.member("ShardId", shard);
            }
            Self::Failed { code, message } => {
                writer.member("ErrorCode", code.name());
                writer.member("ErrorMessage", *message);
            }
        }
        writer.end_map();
    }
}
