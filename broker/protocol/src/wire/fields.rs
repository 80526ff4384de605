//! The members of a checked structure, taken out by name: what is taken is of its shape's type and within its limits.

use std::borrow::Cow;
use std::str::FromStr;

use crate::words::TimestampMs;

use super::{Blob, Node};

/// What a request's structure was given; null and absent are one.
#[derive(Debug)]
pub(crate) struct Fields<'a>(Vec<(&'static str, Node<'a>)>);

impl<'a> Fields<'a> {
    pub(super) fn new(members: Vec<(&'static str, Node<'a>)>) -> Self {
        Self(members)
    }

    fn take(&mut self, name: &str) -> Option<Node<'a>> {
        let index = self.0.iter().position(|(member, _)| *member == name)?;
        let (_, node) = self.0.swap_remove(index);
        (node != Node::Null).then_some(node)
    }

    /// A text.
    pub(crate) fn text(&mut self, name: &str) -> Option<Cow<'a, str>> {
        match self.take(name)? {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A text whose shape's pattern, limits or enum leave no other than those that parse.
    pub(crate) fn parsed<T: FromStr>(&mut self, name: &str) -> Option<T> {
        let text = self.text(name)?;
        Some(text.parse().ok().expect("a text within its shape's constraints parses"))
    }

    /// An integer whose shape's limits are non-negative.
    pub(crate) fn count(&mut self, name: &str) -> Option<u32> {
        match self.take(name)? {
            Node::Integer(value) => Some(u32::try_from(value).expect("the shape's limits are within 32 bits")),
            _ => None,
        }
    }

    /// An integer without limits.
    pub(crate) fn integer(&mut self, name: &str) -> Option<i32> {
        match self.take(name)? {
            Node::Integer(value) => Some(i32::try_from(value).expect("integers are held within 32 bits")),
            _ => None,
        }
    }

    /// Whether a member was given as true.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        matches!(self.take(name), Some(Node::Boolean(true)))
    }

    /// A moment; one before the epoch is the epoch, older than anything there is.
    pub(crate) fn timestamp(&mut self, name: &str) -> Option<TimestampMs> {
        match self.take(name)? {
            Node::Timestamp(ms) => Some(TimestampMs(u64::try_from(ms).unwrap_or(0))),
            _ => None,
        }
    }

    /// Bytes.
    pub(crate) fn blob(&mut self, name: &str) -> Option<Blob<'a>> {
        match self.take(name)? {
            Node::Bytes(bytes) => Some(Blob::Raw(bytes)),
            Node::Text(Cow::Borrowed(text)) => Some(Blob::Base64(Cow::Borrowed(text.as_bytes()))),
            Node::Text(Cow::Owned(text)) => Some(Blob::Base64(Cow::Owned(text.into_bytes()))),
            _ => None,
        }
    }

    /// A structure.
    pub(crate) fn structure(&mut self, name: &str) -> Option<Self> {
        match self.take(name)? {
            Node::Structure(members) => Some(Self(members)),
            _ => None,
        }
    }

    /// A list of structures.
    pub(crate) fn structures(&mut self, name: &str) -> Option<impl Iterator<Item = Self> + use<'a>> {
        let Node::List(nodes) = self.take(name)? else { return None };
        Some(nodes.into_iter().filter_map(|node| match node {
            Node::Structure(members) => Some(Self(members)),
            _ => None,
        }))
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, name: &str) -> Option<impl Iterator<Item = Cow<'a, str>> + use<'a>> {
        let Node::List(nodes) = self.take(name)? else { return None };
        Some(nodes.into_iter().filter_map(|node| match node {
            Node::Text(text) => Some(text),
            _ => None,
        }))
    }

    /// A map of texts by texts.
    pub(crate) fn map(&mut self, name: &str) -> Option<impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + use<'a>> {
        let Node::Map(entries) = self.take(name)? else { return None };
        Some(entries.into_iter().filter_map(|(key, node)| match node {
            Node::Text(text) => Some((key, text)),
            _ => None,
        }))
    }
}
