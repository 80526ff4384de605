//! The shapes of the model as static tables: types, limits, patterns and enums, held against the model by a test.

use super::Pattern;

/// A named shape.
#[derive(Debug)]
pub struct Shape {
    /// Its name in the model.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// What a shape holds, and within which bounds.
#[derive(Debug)]
pub enum Kind {
    /// True or false.
    Boolean,
    /// A 32-bit integer.
    Integer(Bounds),
    /// A moment.
    Timestamp,
    /// A text.
    Text {
        /// In characters, counted as Java counts them: UTF-16 code units.
        length: Bounds,
        /// What all of it must match.
        pattern: Option<Pattern>,
    },
    /// One of a set of texts, in the order in which AWS lists them.
    Enum(&'static [&'static str]),
    /// Bytes.
    Blob(Bounds),
    /// Values of one shape.
    List(&'static Shape, Bounds),
    /// Values of one shape by texts of another.
    Map {
        /// The keys.
        key: &'static Shape,
        /// The values.
        value: &'static Shape,
        /// In entries.
        length: Bounds,
    },
    /// Named members, in the order in which AWS checks them.
    Structure(&'static [Member]),
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// Its wire name.
    pub name: &'static str,
    /// Its shape.
    pub shape: &'static Shape,
    /// Whether it must be given.
    pub presence: Presence,
}

/// Whether a member must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// By the model.
    Required,
    /// By the model it may be absent, but every kind of stream there is here needs it.
    RequiredHere,
    /// May be absent.
    Optional,
}

/// The least and the most of a value or a length, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The least.
    pub min: Option<i64>,
    /// The most.
    pub max: Option<i64>,
}

impl Bounds {
    /// Any.
    pub const NONE: Self = Self { min: None, max: None };

    /// From `min` to `max`.
    pub const fn of(min: i64, max: i64) -> Self {
        Self { min: Some(min), max: Some(max) }
    }

    /// `min` or more.
    pub const fn at_least(min: i64) -> Self {
        Self { min: Some(min), max: None }
    }
}

impl Shape {
    /// True or false.
    pub const fn boolean(name: &'static str) -> Self {
        Self { name, kind: Kind::Boolean }
    }

    /// An integer within bounds.
    pub const fn integer(name: &'static str, bounds: Bounds) -> Self {
        Self { name, kind: Kind::Integer(bounds) }
    }

    /// A moment.
    pub const fn timestamp(name: &'static str) -> Self {
        Self { name, kind: Kind::Timestamp }
    }

    /// A text within bounds.
    pub const fn text(name: &'static str, length: Bounds) -> Self {
        Self { name, kind: Kind::Text { length, pattern: None } }
    }

    /// A text within bounds that matches a pattern.
    pub const fn pattern(name: &'static str, length: Bounds, pattern: Pattern) -> Self {
        Self { name, kind: Kind::Text { length, pattern: Some(pattern) } }
    }

    /// One of a set of texts.
    pub const fn choice(name: &'static str, values: &'static [&'static str]) -> Self {
        Self { name, kind: Kind::Enum(values) }
    }

    /// Bytes within bounds.
    pub const fn blob(name: &'static str, length: Bounds) -> Self {
        Self { name, kind: Kind::Blob(length) }
    }

    /// A list within bounds.
    pub const fn list(name: &'static str, member: &'static Shape, length: Bounds) -> Self {
        Self { name, kind: Kind::List(member, length) }
    }

    /// A map within bounds.
    pub const fn map(name: &'static str, key: &'static Shape, value: &'static Shape, length: Bounds) -> Self {
        Self { name, kind: Kind::Map { key, value, length } }
    }

    /// A structure.
    pub const fn structure(name: &'static str, members: &'static [Member]) -> Self {
        Self { name, kind: Kind::Structure(members) }
    }

    /// The members, if it is a structure.
    pub fn members(&self) -> &'static [Member] {
        match &self.kind {
            Kind::Structure(members) => members,
            _ => &[],
        }
    }
}

impl Member {
    /// A member the model requires.
    pub const fn required(name: &'static str, shape: &'static Shape) -> Self {
        Self { name, shape, presence: Presence::Required }
    }

    /// A member that may be absent.
    pub const fn optional(name: &'static str, shape: &'static Shape) -> Self {
        Self { name, shape, presence: Presence::Optional }
    }

    /// A member that is required here, though not by the model.
    pub const fn required_here(name: &'static str, shape: &'static Shape) -> Self {
        Self { name, shape, presence: Presence::RequiredHere }
    }
}
