//! JSON to nodes, by the shape: one pass, borrowed texts, members outside the shape skipped.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::node::{Budget, insert};
use super::{Kind, Member, Node, Refusal, Shape};

/// Reads all of a body.
pub(super) fn read<'a>(body: &'a [u8], shape: &'static Shape) -> Result<Node<'a>, Refusal> {
    let budget = RefCell::new(Budget::new());
    let mut json = serde_json::Deserializer::from_slice(body);
    let node = Value { shape, budget: &budget }.deserialize(&mut json).map_err(|_| Refusal::Unreadable)?;
    json.end().map_err(|_| Refusal::Unreadable)?;
    Ok(node)
}

/// A value of a shape, or whatever stands in its place.
struct Value<'b> {
    shape: &'static Shape,
    budget: &'b RefCell<Budget>,
}

impl Value<'_> {
    fn of(&self, shape: &'static Shape) -> Value<'_> {
        Value { shape, budget: self.budget }
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = Node<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node<'de>, D::Error> {
        if !self.budget.borrow_mut().take() {
            return Err(D::Error::custom("more values than any request needs"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node<'de>, E> {
        Ok(Node::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node<'de>, E> {
        Ok(Node::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node<'de>, E> {
        Ok(Node::Integer(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node<'de>, E> {
        Ok(Node::Float(value))
    }

    fn visit_unit<E>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node<'de>, A::Error> {
        let mut nodes = Vec::new();
        if let Kind::List(member, _) = &self.shape.kind {
            while let Some(node) = items.next_element_seed(self.of(member))? {
                nodes.push(node);
            }
        } else {
            while items.next_element::<IgnoredAny>()?.is_some() {}
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node<'de>, A::Error> {
        if let Kind::Map { value, .. } = &self.shape.kind {
            let mut map: Vec<(Cow<'de, str>, Node<'de>)> = Vec::new();
            while let Some(key) = entries.next_key_seed(Key)? {
                let node = entries.next_value_seed(self.of(value))?;
                map.push((key, node));
            }
            return Ok(Node::Map(map));
        }
        let mut members = Vec::new();
        while let Some(member) = entries.next_key_seed(Name(self.shape.members()))? {
            match member {
                Some(member) => insert(&mut members, member.name, entries.next_value_seed(self.of(member.shape))?),
                None => drop(entries.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Node::Structure(members))
    }
}

/// A key of the client's choice.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// The name of a member, if the shape has it.
struct Name(&'static [Member]);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<&'static Member>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<&'static Member>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().find(|member| member.name == text))
    }
}
