//! PutRecord and PutRecords in CBOR, walked by hand and borrowed from the body.

use std::borrow::Cow;

use minicbor::data::Type;
use minicbor::decode::Decoder;

use super::accept::{Address, EntryMembers, PutRecordMembers, PutRecordsMembers};
use crate::limits;
use crate::wire::Blob;

/// Reads the members of PutRecords, unless anything about them is odd.
pub(super) fn put_records<'a>(body: &'a [u8], members: &mut PutRecordsMembers<'a>) -> Option<()> {
    let mut walk = Walk(Decoder::new(body));
    walk.map(|walk, name| match name {
        "Records" => {
            members.records.clear();
            walk.list(|walk| {
                let mut entry = EntryMembers::default();
                walk.map(|walk, name| walk.entry(&mut entry, name))?;
                let record = entry.accept().filter(|_| members.records.len() < limits::PUT_RECORDS_COUNT_MAX)?;
                members.records.push(record);
                Some(())
            })
        }
        "DryRun" => walk.flag(&mut members.dry_run),
        _ => walk.address(&mut members.address, name),
    })?;
    walk.is_at_end().then_some(())
}

/// Reads the members of PutRecord, unless anything about them is odd.
pub(super) fn put_record<'a>(body: &'a [u8], members: &mut PutRecordMembers<'a>) -> Option<()> {
    let mut walk = Walk(Decoder::new(body));
    walk.map(|walk, name| match name {
        "Data" | "PartitionKey" | "ExplicitHashKey" => walk.entry(&mut members.record, name),
        "SequenceNumberForOrdering" => walk.text(&mut members.sequence_number_for_ordering),
        "DryRun" => walk.flag(&mut members.dry_run),
        _ => walk.address(&mut members.address, name),
    })?;
    walk.is_at_end().then_some(())
}

struct Walk<'a>(Decoder<'a>);

impl<'a> Walk<'a> {
    fn is_at_end(&self) -> bool {
        self.0.position() == self.0.input().len()
    }

    /// Visits each key of a map, whose value the visit must read.
    fn map(&mut self, mut visit: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        let mut remaining = self.0.map().ok()?;
        while self.more(&mut remaining)? {
            let name = self.0.str().ok()?;
            visit(self, name)?;
        }
        Some(())
    }

    /// Visits each item of a list, which the visit must read.
    fn list(&mut self, mut visit: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let mut remaining = self.0.array().ok()?;
        while self.more(&mut remaining)? {
            visit(self)?;
        }
        Some(())
    }

    /// Whether another item follows; consumes the break after the last of an indefinite length.
    fn more(&mut self, remaining: &mut Option<u64>) -> Option<bool> {
        if let Some(count) = remaining {
            let more = *count > 0;
            *count = count.saturating_sub(1);
            return Some(more);
        }
        let more = self.0.datatype().ok()? != Type::Break;
        if !more {
            self.0.set_position(self.0.position() + 1);
        }
        Some(more)
    }

    fn address(&mut self, address: &mut Address<'a>, name: &str) -> Option<()> {
        match name {
            "StreamName" => self.text(&mut address.name),
            "StreamARN" => self.text(&mut address.arn),
            "StreamId" => self.text(&mut address.id),
            _ => None,
        }
    }

    fn entry(&mut self, entry: &mut EntryMembers<'a>, name: &str) -> Option<()> {
        match name {
            "Data" => {
                entry.data = Some(Blob::Raw(Cow::Borrowed(self.0.bytes().ok()?)));
                Some(())
            }
            "PartitionKey" => self.text(&mut entry.partition_key),
            "ExplicitHashKey" => self.text(&mut entry.explicit_hash_key),
            _ => None,
        }
    }

    /// A text into its place: of a member given twice the last counts. Null is odd.
    fn text(&mut self, place: &mut Option<Cow<'a, str>>) -> Option<()> {
        *place = Some(Cow::Borrowed(self.0.str().ok()?));
        Some(())
    }

    fn flag(&mut self, place: &mut bool) -> Option<()> {
        *place = self.0.bool().ok()?;
        Some(())
    }
}
