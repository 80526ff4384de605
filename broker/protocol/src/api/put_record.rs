//! PutRecord.

use super::decode::Input;
use super::put_records::PutRecordsEntry;
use super::{ApiError, Parsed, StreamRef, accept, shapes};
use crate::wire::{Encoding, Fields, Member, Output, Shape, Writer};
use crate::words::{SequenceNumber, ShardId};

/// A record to put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutRecord<'a> {
    /// The stream.
    pub stream: StreamRef,
    /// The record.
    pub record: PutRecordsEntry<'a>,
    /// The number that the record's must exceed.
    pub sequence_number_for_ordering: Option<Parsed<SequenceNumber>>,
    /// Whether to try only.
    pub dry_run: bool,
}

static INPUT: Shape = Shape::structure(
    "PutRecordInput",
    &[
        Member::optional("SequenceNumberForOrdering", &shapes::SEQUENCE_NUMBER),
        Member::required_here("PartitionKey", &shapes::PARTITION_KEY),
        Member::optional("ExplicitHashKey", &shapes::HASH_KEY),
        Member::required("Data", &shapes::DATA),
        shapes::BY_ID,
        shapes::BY_ARN,
        shapes::BY_NAME,
        shapes::DRY_RUN,
    ],
);

impl<'a> Input<'a> for PutRecord<'a> {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'a>) -> Result<Self, ApiError> {
        Ok(Self {
            stream: StreamRef::take(&mut fields)?,
            sequence_number_for_ordering: fields.parsed("SequenceNumberForOrdering"),
            dry_run: fields.flag("DryRun"),
            record: PutRecordsEntry::take(&mut fields),
        })
    }

    fn accept(encoding: Encoding, body: &'a [u8]) -> Option<Self> {
        accept::put_record(encoding, body)
    }
}

/// Where a record was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PutRecordOutput {
    /// The shard.
    pub shard: ShardId,
    /// The number.
    pub sequence: SequenceNumber,
}

impl Output for PutRecordOutput {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.member("ShardId", &self.shard);
        writer.member("SequenceNumber", &self.sequence);
        writer.end_map();
    }
}
