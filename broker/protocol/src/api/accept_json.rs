//! PutRecord and PutRecords in JSON, borrowed from the body: no text is copied unless it holds escapes, and base64 is
//! neither decoded nor even read as text.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::accept::{Address, EntryMembers, PutRecordMembers, PutRecordsMembers};
use super::put_records::PutRecordsEntry;
use crate::limits;
use crate::wire::Blob;

/// Members that a body holds, unless one of them is odd in any way.
pub(super) fn read<'a, M: Members<'a>>(body: &'a [u8]) -> Option<M> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let Of(members) = Of::deserialize(&mut json).ok()?;
    json.end().ok()?;
    Some(members)
}

/// A structure whose members are read by name.
pub(super) trait Members<'a>: Default {
    /// Reads the value of a member; one of another name is skipped.
    fn read<A: MapAccess<'a>>(&mut self, name: &str, values: &mut A) -> Result<(), A::Error>;
}

impl<'a> Members<'a> for PutRecordsMembers<'a> {
    fn read<A: MapAccess<'a>>(&mut self, name: &str, values: &mut A) -> Result<(), A::Error> {
        match name {
            "Records" if self.records.is_empty() => {
                let Records(records) = values.next_value()?;
                self.records = records;
                Ok(())
            }
            "Records" => Err(A::Error::duplicate_field("Records")),
            "DryRun" => values.next_value::<Option<bool>>().map(|dry_run| self.dry_run = dry_run == Some(true)),
            _ => self.address.read(name, values),
        }
    }
}

impl<'a> Members<'a> for PutRecordMembers<'a> {
    fn read<A: MapAccess<'a>>(&mut self, name: &str, values: &mut A) -> Result<(), A::Error> {
        match name {
            "Data" | "PartitionKey" | "ExplicitHashKey" => self.record.read(name, values),
            "SequenceNumberForOrdering" => text(&mut self.sequence_number_for_ordering, values),
            "DryRun" => values.next_value::<Option<bool>>().map(|dry_run| self.dry_run = dry_run == Some(true)),
            _ => self.address.read(name, values),
        }
    }
}

impl<'a> Members<'a> for Address<'a> {
    fn read<A: MapAccess<'a>>(&mut self, name: &str, values: &mut A) -> Result<(), A::Error> {
        match name {
            "StreamName" => text(&mut self.name, values),
            "StreamARN" => text(&mut self.arn, values),
            "StreamId" => text(&mut self.id, values),
            _ => values.next_value::<IgnoredAny>().map(drop),
        }
    }
}

impl<'a> Members<'a> for EntryMembers<'a> {
    fn read<A: MapAccess<'a>>(&mut self, name: &str, values: &mut A) -> Result<(), A::Error> {
        match name {
            "Data" if self.data.is_none() => {
                let Base64(data) = values.next_value()?;
                self.data = Some(data);
                Ok(())
            }
            "PartitionKey" => text(&mut self.partition_key, values),
            "ExplicitHashKey" => text(&mut self.explicit_hash_key, values),
            "Data" => Err(A::Error::duplicate_field("Data")),
            _ => values.next_value::<IgnoredAny>().map(drop),
        }
    }
}

/// A text into its place; the same member twice is odd.
fn text<'a, A: MapAccess<'a>>(place: &mut Option<Cow<'a, str>>, values: &mut A) -> Result<(), A::Error> {
    if place.is_some() {
        return Err(A::Error::custom("the same member twice"));
    }
    *place = values.next_value::<Option<Text<'a>>>()?.map(|Text(text)| text);
    Ok(())
}

/// A structure as serde reads it.
struct Of<M>(M);

impl<'de, M: Members<'de>> Deserialize<'de> for Of<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor(PhantomData)).map(Of)
    }
}

struct MembersVisitor<M>(PhantomData<M>);

impl<'de, M: Members<'de>> Visitor<'de> for MembersVisitor<M> {
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a structure")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<M, A::Error> {
        let mut members = M::default();
        while let Some(Text(name)) = entries.next_key()? {
            members.read(&name, &mut entries)?;
        }
        Ok(members)
    }
}

/// The records, each within its limits, at most as many as a request may hold.
struct Records<'a>(Vec<PutRecordsEntry<'a>>);

impl<'de> Deserialize<'de> for Records<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(RecordsVisitor).map(Self)
    }
}

struct RecordsVisitor;

impl<'de> Visitor<'de> for RecordsVisitor {
    type Value = Vec<PutRecordsEntry<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut records = Vec::new();
        while let Some(Of(members)) = items.next_element::<Of<EntryMembers<'de>>>()? {
            let record = members.accept().filter(|_| records.len() < limits::PUT_RECORDS_COUNT_MAX);
            records.push(record.ok_or_else(|| A::Error::custom("beyond a limit"))?);
        }
        Ok(records)
    }
}

/// A text, borrowed where it holds no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// A text that is taken for base64. Read as bytes: what is not ASCII is no base64, so nothing need check for UTF-8.
struct Base64<'a>(Blob<'a>);

impl<'de> Deserialize<'de> for Base64<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(Base64Visitor).map(|text| Self(Blob::Base64(text)))
    }
}

struct Base64Visitor;

impl<'de> Visitor<'de> for Base64Visitor {
    type Value = Cow<'de, [u8]>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("base64")
    }

    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(bytes))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Cow::Owned(bytes.to_owned()))
    }
}
