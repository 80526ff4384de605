//! CBOR to nodes, by the shape: definite and indefinite lengths, any tags, members outside the shape skipped.
//!
//! No length that a body claims is believed before its bytes are there: nothing is reserved by it.

use std::borrow::Cow;

use minicbor::data::{IanaTag, Tag, Type};
use minicbor::decode::{Decoder, Error};

use super::node::{Budget, insert};
use super::{Kind, Member, Node, Refusal, Shape};

/// Reads all of a body.
pub(super) fn read<'a>(body: &'a [u8], shape: &'static Shape) -> Result<Node<'a>, Refusal> {
    let mut reader = Reader { cbor: Decoder::new(body), budget: Budget::new() };
    let node = reader.value(shape).map_err(|_| Refusal::Unreadable)?;
    if reader.cbor.position() == body.len() { Ok(node) } else { Err(Refusal::Unreadable) }
}

/// How deep a skipped value may nest: as deep as the JSON reader goes, far from what a stack holds.
const SKIPPED_DEPTH_MAX: u32 = 127;

struct Reader<'a> {
    cbor: Decoder<'a>,
    budget: Budget,
}

impl<'a> Reader<'a> {
    fn value(&mut self, shape: &'static Shape) -> Result<Node<'a>, Error> {
        if !self.budget.take() {
            return Err(Error::message("more values than any request needs"));
        }
        let mut epoch = false;
        while self.cbor.datatype()? == Type::Tag {
            epoch = self.cbor.tag()? == Tag::from(IanaTag::Timestamp);
        }
        match self.cbor.datatype()? {
            Type::Null => self.cbor.null().map(|()| Node::Null),
            Type::Undefined => self.cbor.undefined().map(|()| Node::Null),
            Type::Bool => self.cbor.bool().map(Node::Boolean),
            Type::F32 | Type::F64 => self.float(epoch),
            Type::String | Type::StringIndef => self.text().map(Node::Text),
            Type::Bytes => Ok(Node::Bytes(Cow::Borrowed(self.cbor.bytes()?))),
            Type::BytesIndef => Ok(Node::Bytes(Cow::Owned(join(self.cbor.bytes_iter()?)?))),
            Type::Array | Type::ArrayIndef => self.list(shape),
            Type::Map | Type::MapIndef => self.map(shape),
            _ => self.integer(epoch),
        }
    }

    fn integer(&mut self, epoch: bool) -> Result<Node<'a>, Error> {
        let wide = i128::from(self.cbor.int()?);
        let integer = i64::try_from(wide).unwrap_or(if wide < 0 { i64::MIN } else { i64::MAX });
        Ok(if epoch { Node::Timestamp(integer) } else { Node::Integer(integer) })
    }

    /// A tagged float is seconds, as RFC 8949 has it; only the integer form counts milliseconds on this wire.
    fn float(&mut self, epoch: bool) -> Result<Node<'a>, Error> {
        let float = match self.cbor.datatype()? {
            Type::F32 => f64::from(self.cbor.f32()?),
            _ => self.cbor.f64()?,
        };
        Ok(if epoch { Node::Timestamp(super::coerce::seconds_to_ms(float)) } else { Node::Float(float) })
    }

    fn text(&mut self) -> Result<Cow<'a, str>, Error> {
        if self.cbor.datatype()? == Type::String {
            return self.cbor.str().map(Cow::Borrowed);
        }
        let mut text = String::new();
        for part in self.cbor.str_iter()? {
            text.push_str(part?);
        }
        Ok(Cow::Owned(text))
    }

    fn list(&mut self, shape: &'static Shape) -> Result<Node<'a>, Error> {
        let Kind::List(member, _) = &shape.kind else {
            return self.skip(0).map(|()| Node::List(Vec::new()));
        };
        let mut remaining = self.cbor.array()?;
        let mut nodes = Vec::new();
        while self.more(&mut remaining)? {
            nodes.push(self.value(member)?);
        }
        Ok(Node::List(nodes))
    }

    fn map(&mut self, shape: &'static Shape) -> Result<Node<'a>, Error> {
        let mut remaining = self.cbor.map()?;
        if let Kind::Map { value, .. } = &shape.kind {
            let mut map = Vec::new();
            while self.more(&mut remaining)? {
                let key = self.text()?;
                map.push((key, self.value(value)?));
            }
            return Ok(Node::Map(map));
        }
        let mut members = Vec::new();
        while self.more(&mut remaining)? {
            match self.name(shape.members())? {
                Some(member) => insert(&mut members, member.name, self.value(member.shape)?),
                None => self.skip(0)?,
            }
        }
        Ok(Node::Structure(members))
    }

    fn name(&mut self, members: &'static [Member]) -> Result<Option<&'static Member>, Error> {
        let name = self.text()?;
        Ok(members.iter().find(|member| member.name == name))
    }

    /// Whether another item follows in a list or map; consumes the break that ends one of indefinite length.
    fn more(&mut self, remaining: &mut Option<u64>) -> Result<bool, Error> {
        if let Some(count) = remaining {
            let more = *count > 0;
            *count = count.saturating_sub(1);
            return Ok(more);
        }
        let more = self.cbor.datatype()? != Type::Break;
        if !more {
            self.cbor.set_position(self.cbor.position() + 1);
        }
        Ok(more)
    }

    /// Passes over a value that no shape names, at most so deep.
    fn skip(&mut self, depth: u32) -> Result<(), Error> {
        while self.cbor.datatype()? == Type::Tag {
            self.cbor.tag()?;
        }
        let (mut remaining, values_each) = match self.cbor.datatype()? {
            Type::Array | Type::ArrayIndef => (self.cbor.array()?, 1),
            Type::Map | Type::MapIndef => (self.cbor.map()?, 2),
            Type::Break => return Err(Error::message("a break where a value belongs")),
            _ => return self.cbor.skip(),
        };
        if depth == SKIPPED_DEPTH_MAX {
            return Err(Error::message("deeper than any request"));
        }
        while self.more(&mut remaining)? {
            for _ in 0..values_each {
                self.skip(depth + 1)?;
            }
        }
        Ok(())
    }
}

fn join<'a>(parts: impl Iterator<Item = Result<&'a [u8], Error>>) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(part?);
    }
    Ok(bytes)
}
