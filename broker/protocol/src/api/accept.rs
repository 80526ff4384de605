//! The quick way into PutRecord and PutRecords: accepts what is plainly valid and says nothing about the rest, which
//! the reader that follows the shapes then decides and explains. A property test holds the two together.

use std::borrow::Cow;
use std::convert::Infallible;
use std::str::FromStr;

use super::StreamRef;
use super::put_record::PutRecord;
use super::put_records::{PutRecords, PutRecordsEntry};
use crate::limits;
use crate::wire::{Blob, Encoding, Pattern};

/// The request of a body, if it is plainly valid. The base64 in it is not checked.
pub(super) fn put_records(encoding: Encoding, body: &[u8]) -> Option<PutRecords<'_>> {
    let mut members = PutRecordsMembers::default();
    members.records.reserve(limits::PUT_RECORDS_COUNT_MAX.min(body.len() / RECORD_BYTES_MIN));
    match encoding {
        Encoding::Json => super::accept_json::read(body, &mut members)?,
        Encoding::Cbor => super::accept_cbor::put_records(body, &mut members)?,
    }
    members.accept()
}

/// The fewest bytes that a record takes in a body: `{"Data":"","PartitionKey":"k"}` less what CBOR saves.
const RECORD_BYTES_MIN: usize = 20;

/// The request of a body, if it is plainly valid. The base64 in it is not checked.
pub(super) fn put_record(encoding: Encoding, body: &[u8]) -> Option<PutRecord<'_>> {
    let mut members = PutRecordMembers::default();
    match encoding {
        Encoding::Json => super::accept_json::read(body, &mut members)?,
        Encoding::Cbor => super::accept_cbor::put_record(body, &mut members)?,
    }
    members.accept()
}

/// The members of PutRecords, of the right types.
#[derive(Debug, Default)]
pub(super) struct PutRecordsMembers<'a> {
    pub(super) address: Address<'a>,
    pub(super) records: Vec<PutRecordsEntry<'a>>,
    pub(super) dry_run: bool,
}

/// The members of PutRecord, of the right types.
#[derive(Debug, Default)]
pub(super) struct PutRecordMembers<'a> {
    pub(super) address: Address<'a>,
    pub(super) record: EntryMembers<'a>,
    pub(super) sequence_number_for_ordering: Option<Cow<'a, str>>,
    pub(super) dry_run: bool,
}

/// How a request names its stream.
#[derive(Debug, Default)]
pub(super) struct Address<'a> {
    pub(super) name: Option<Cow<'a, str>>,
    pub(super) arn: Option<Cow<'a, str>>,
    pub(super) id: Option<Cow<'a, str>>,
}

/// The members of a record.
#[derive(Debug, Default)]
pub(super) struct EntryMembers<'a> {
    pub(super) data: Option<Blob<'a>>,
    pub(super) partition_key: Option<Cow<'a, str>>,
    pub(super) explicit_hash_key: Option<Cow<'a, str>>,
}

impl<'a> PutRecordsMembers<'a> {
    fn accept(self) -> Option<PutRecords<'a>> {
        let counted = (1..=limits::PUT_RECORDS_COUNT_MAX).contains(&self.records.len());
        if !counted {
            return None;
        }
        Some(PutRecords { stream: self.address.accept()?, records: self.records, dry_run: self.dry_run })
    }
}

impl<'a> PutRecordMembers<'a> {
    fn accept(self) -> Option<PutRecord<'a>> {
        let number = self.sequence_number_for_ordering;
        Some(PutRecord {
            stream: self.address.accept()?,
            record: self.record.accept()?,
            sequence_number_for_ordering: number
                .map(|text| of_pattern(Pattern::SequenceNumber, &text))
                .transpose()
                .ok()?,
            dry_run: self.dry_run,
        })
    }
}

impl Address<'_> {
    fn accept(&self) -> Option<StreamRef> {
        let (name, arn, id) = (self.name.as_deref(), self.arn.as_deref(), self.id.as_deref());
        let named = name.is_none_or(|text| text.len() <= 128 && Pattern::Name.matches(text));
        let arn_named = arn.is_none_or(|text| text.len() <= 2048 && Pattern::StreamArn.matches(text));
        let identified = id.is_none_or(|text| Pattern::StreamId.matches(text));
        if named && arn_named && identified { StreamRef::of(name, arn, id).ok()? } else { None }
    }
}

impl<'a> EntryMembers<'a> {
    /// The record, if it keeps the limits of its shape.
    pub(super) fn accept(self) -> Option<PutRecordsEntry<'a>> {
        let (data, partition_key) = (self.data?, self.partition_key?);
        let keyed = !partition_key.is_empty() && is_at_most(&partition_key, limits::PARTITION_KEY_CHARACTERS_MAX);
        if !keyed || data.decoded_len() > limits::DATA_BYTES_MAX {
            return None;
        }
        let explicit_hash_key = self.explicit_hash_key.map(|text| of_pattern(Pattern::HashKey, &text));
        let explicit_hash_key = explicit_hash_key.transpose().ok()?;
        Some(PutRecordsEntry { data, partition_key, explicit_hash_key })
    }
}

/// Whether a text has at most so many characters as Java counts them: never more than its bytes.
fn is_at_most(text: &str, characters_max: usize) -> bool {
    text.len() <= characters_max || text.encode_utf16().count() <= characters_max
}

/// A text that breaks its shape.
struct OutsidePattern;

fn of_pattern<T: FromStr<Err = Infallible>>(pattern: Pattern, text: &str) -> Result<T, OutsidePattern> {
    if !pattern.matches(text) {
        return Err(OutsidePattern);
    }
    let Ok(value) = text.parse();
    Ok(value)
}
