//! A document as it was read: borrowed where the body allows, structured only where the shape says so.

use std::borrow::Cow;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node<'a> {
    /// Given as null, which counts as not given.
    Null,
    /// True or false.
    Boolean(bool),
    /// A number without a fraction; beyond 64 bits it is the nearest end.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// A CBOR byte string.
    Bytes(Cow<'a, [u8]>),
    /// Milliseconds since the epoch.
    Timestamp(i64),
    /// A list; empty where the shape wants none.
    List(Vec<Node<'a>>),
    /// A map with keys of the client's choice.
    Map(Vec<(Cow<'a, str>, Node<'a>)>),
    /// The members of a structure that its shape names, each once, by their wire names; empty where the shape wants
    /// no structure.
    Structure(Vec<(&'static str, Node<'a>)>),
}

impl Node<'_> {
    /// The member of a structure, unless it is absent or null.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        let Self::Structure(members) = self else { return None };
        members.iter().find(|(member, node)| *member == name && *node != Node::Null).map(|(_, node)| node)
    }
}

/// Values left that a document may hold: 32 times what 500 records with every member are. It bounds the memory of a
/// body made of nothing but tiny values.
#[derive(Debug)]
pub(super) struct Budget(u32);

impl Budget {
    pub(super) const fn new() -> Self {
        Self(65_536)
    }

    /// Takes one value; none is left when it answers false.
    pub(super) fn take(&mut self) -> bool {
        let left = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        left
    }
}

/// Puts a member in its place: the last of several of one name counts.
pub(super) fn insert<'a>(members: &mut Vec<(&'static str, Node<'a>)>, name: &'static str, node: Node<'a>) {
    match members.iter_mut().find(|(member, _)| *member == name) {
        Some((_, place)) => *place = node,
        None => members.push((name, node)),
    }
}
