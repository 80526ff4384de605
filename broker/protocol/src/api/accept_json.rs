//! PutRecord and PutRecords in JSON, borrowed from the body: no text is copied unless it holds escapes, and base64 is
//! neither decoded nor even read as text.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::accept::{Address, EntryMembers, PutRecordMembers, PutRecordsMembers};
use super::put_records::PutRecordsEntry;
use crate::limits;
use crate::wire::Blob;

/// Reads the members that a body holds, unless one of them is odd in any way.
pub(super) fn read<'a>(body: &'a [u8], into: &mut impl Members<'a>) -> Option<()> {
    let mut json = serde_json::Deserializer::from_slice(body);
    Fill(into).deserialize(&mut json).ok()?;
    json.end().ok()
}

/// A structure whose members are read by name.
pub(super) trait Members<'a> {
    /// Reads the value of a member; one of another name is skipped.
    fn read<A: MapAccess<'a>>(&mut self, name: &str, values: &mut A) -> Result<(), A::Error>;
}

impl<'a> Members<'a> for PutRecordsMembers<'a> {
    fn read<A: MapAccess<'a>>(&mut self, name: &str, values: &mut A) -> Result<(), A::Error> {
        match name {
            "Records" => {
                self.records.clear();
                values.next_value_seed(FillRecords(&mut self.records))
            }
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
            "Data" => {
                let Base64(data) = values.next_value()?;
                self.data = Some(data);
                Ok(())
            }
            "PartitionKey" => text(&mut self.partition_key, values),
            "ExplicitHashKey" => text(&mut self.explicit_hash_key, values),
            _ => values.next_value::<IgnoredAny>().map(drop),
        }
    }
}

/// A text into its place: of a member given twice the last counts.
fn text<'a, A: MapAccess<'a>>(place: &mut Option<Cow<'a, str>>, values: &mut A) -> Result<(), A::Error> {
    *place = values.next_value::<Option<Text<'a>>>()?.map(|Text(text)| text);
    Ok(())
}

/// Reads a value into its place: what is large is never moved.
struct Fill<'m, T>(&'m mut T);

impl<'de, M: Members<'de>> DeserializeSeed<'de> for Fill<'_, M> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, M: Members<'de>> Visitor<'de> for Fill<'_, M> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a structure")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(Text(name)) = entries.next_key()? {
            self.0.read(&name, &mut entries)?;
        }
        Ok(())
    }
}

/// The records of a request.
struct FillRecords<'m, 'a>(&'m mut Vec<PutRecordsEntry<'a>>);

impl<'de> DeserializeSeed<'de> for FillRecords<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for FillRecords<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        loop {
            let mut members = EntryMembers::default();
            if items.next_element_seed(Fill(&mut members))?.is_none() {
                return Ok(());
            }
            let record = members.accept().filter(|_| self.0.len() < limits::PUT_RECORDS_COUNT_MAX);
            self.0.push(record.ok_or_else(|| A::Error::custom("beyond a limit"))?);
        }
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
