//! Constraints, as AWS reports them: all of a document's violations in the order of its shapes, at most ten.

use std::fmt::Write;

use super::coerce::shown;
use super::{Blob, Bounds, Kind, Node, Presence, Refusal, Shape};

/// AWS stops counting here.
const VIOLATIONS_MAX: usize = 10;
/// Elements of a list that a refusal repeats; twice what any list may hold.
const SHOWN_ELEMENTS_MAX: usize = 1000;

/// Checks a document whose types are right.
pub(super) fn check(node: &Node<'_>, shape: &Shape) -> Result<(), Refusal> {
    let mut violations = Violations::default();
    violations.members(node, shape, "");
    let Violations(violations) = violations;
    let plural = if violations.len() == 1 { "" } else { "s" };
    match violations.len() {
        0 => Ok(()),
        count => {
            Err(Refusal::Constraint(format!("{count} validation error{plural} detected: {}", violations.join("; "))))
        }
    }
}

#[derive(Default)]
struct Violations(Vec<String>);

impl Violations {
    fn is_full(&self) -> bool {
        self.0.len() == VIOLATIONS_MAX
    }

    fn push(&mut self, node: Option<(&Node<'_>, &Shape)>, path: &str, constraint: &str) {
        if !self.is_full() {
            let value = node.map_or("null".to_owned(), |(node, shape)| format!("'{}'", value_text(node, shape)));
            self.0.push(format!("Value {value} at '{path}' failed to satisfy constraint: {constraint}"));
        }
    }

    fn members(&mut self, node: &Node<'_>, shape: &Shape, path: &str) {
        for member in shape.members() {
            let path = format!("{path}{}", lower_first(member.name));
            match node.member(member.name) {
                Some(value) => self.value(value, member.shape, &path),
                None if member.presence == Presence::Optional => {}
                None => self.push(None, &path, "Member must not be null"),
            }
        }
    }

    fn value(&mut self, node: &Node<'_>, shape: &Shape, path: &str) {
        for violated in violated(node, shape) {
            self.push(Some((node, shape)), path, &violated);
        }
        match (node, &shape.kind) {
            (Node::Structure(_), Kind::Structure(_)) => self.members(node, shape, &format!("{path}.")),
            (Node::List(nodes), Kind::List(member, _)) => self.list(node, nodes, (shape, member), path),
            (Node::Map(entries), Kind::Map { key, value, .. }) => self.map(node, entries, (shape, key, value), path),
            _ => {}
        }
    }

    /// Structures answer for themselves; other elements make one violation of their list.
    fn list(&mut self, list: &Node<'_>, nodes: &[Node<'_>], (shape, member): (&Shape, &Shape), path: &str) {
        for (index, node) in nodes.iter().enumerate() {
            if self.is_full() {
                return;
            }
            let path = format!("{path}.{}.member", index + 1);
            match (node, &member.kind) {
                (Node::Null, _) => self.push(None, &path, "Member must not be null"),
                (_, Kind::Structure(_)) => self.value(node, member, &path),
                _ => {}
            }
        }
        let simple = !matches!(member.kind, Kind::Structure(_));
        if simple && nodes.iter().any(|node| *node != Node::Null && !violated(node, member).is_empty()) {
            self.push(Some((list, shape)), path, &format!("Member must satisfy constraint: {}", constraints(member)));
        }
    }

    fn map(&mut self, map: &Node<'_>, entries: &[Entry<'_>], shapes: (&Shape, &Shape, &Shape), path: &str) {
        let (shape, key, value) = shapes;
        for (name, _) in entries.iter().filter(|(_, node)| *node == Node::Null) {
            self.push(None, &format!("{path}.{}.member", shown(name)), "Member must not be null");
        }
        let breaks = |text: &str, shape: &Shape| !violated_text(text, shape).is_empty();
        if entries.iter().any(|(name, _)| breaks(name, key)) {
            self.push(Some((map, shape)), path, &format!("Map keys must satisfy constraint: {}", constraints(key)));
        }
        if entries.iter().any(|(_, node)| *node != Node::Null && !violated(node, value).is_empty()) {
            self.push(Some((map, shape)), path, &format!("Map value must satisfy constraint: {}", constraints(value)));
        }
    }
}

type Entry<'a> = (std::borrow::Cow<'a, str>, Node<'a>);

/// The constraints that a value itself breaks, in AWS's order.
fn violated(node: &Node<'_>, shape: &Shape) -> Vec<String> {
    match (node, &shape.kind) {
        (Node::Text(text), Kind::Text { .. } | Kind::Enum(_)) => violated_text(text, shape),
        (Node::Integer(value), Kind::Integer(bounds)) => violated_bounds(*value, *bounds, "value"),
        (Node::Text(_) | Node::Bytes(_), Kind::Blob(bounds)) => violated_bounds(blob_length(node), *bounds, "length"),
        (Node::List(nodes), Kind::List(_, bounds)) => violated_bounds(length(nodes.len()), *bounds, "length"),
        (Node::Map(entries), Kind::Map { length: bounds, .. }) => {
            violated_bounds(length(entries.len()), *bounds, "length")
        }
        _ => Vec::new(),
    }
}

fn violated_text(text: &str, shape: &Shape) -> Vec<String> {
    match &shape.kind {
        Kind::Enum(values) if !values.contains(&text) => vec![enum_constraint(values)],
        Kind::Text { length: bounds, pattern } => {
            let mut violated = Vec::new();
            if let Some(pattern) = pattern.filter(|pattern| !pattern.matches(text)) {
                violated.push(format!("Member must satisfy regular expression pattern: {}", pattern.text()));
            }
            violated.extend(violated_bounds(characters(text), *bounds, "length"));
            violated
        }
        _ => Vec::new(),
    }
}

fn violated_bounds(value: i64, bounds: Bounds, what: &str) -> Vec<String> {
    let below = bounds.min.filter(|min| value < *min).map(|min| at_least(what, min));
    let above = bounds.max.filter(|max| value > *max).map(|max| at_most(what, max));
    below.into_iter().chain(above).collect()
}

/// Every constraint of a shape in brackets, the most before the least: how a list or map reports its elements.
fn constraints(shape: &Shape) -> String {
    let all: Vec<String> = match &shape.kind {
        Kind::Enum(values) => vec![enum_constraint(values)],
        Kind::Text { length, pattern } => {
            let pattern =
                pattern.map(|pattern| format!("Member must satisfy regular expression pattern: {}", pattern.text()));
            let most = length.max.map(|max| at_most("length", max));
            let least = length.min.map(|min| at_least("length", min));
            most.into_iter().chain(least).chain(pattern).collect()
        }
        _ => Vec::new(),
    };
    format!("[{}]", all.join(", "))
}

fn at_least(what: &str, min: i64) -> String {
    format!("Member must have {what} greater than or equal to {min}")
}

fn at_most(what: &str, max: i64) -> String {
    format!("Member must have {what} less than or equal to {max}")
}

fn enum_constraint(values: &[&str]) -> String {
    format!("Member must satisfy enum value set: [{}]", values.join(", "))
}

/// A value as Java prints it.
fn value_text(node: &Node<'_>, shape: &Shape) -> String {
    match (node, &shape.kind) {
        (Node::Null, _) => "null".to_owned(),
        (Node::Boolean(value), _) => value.to_string(),
        (Node::Integer(value) | Node::Timestamp(value), _) => value.to_string(),
        (Node::Float(value), _) => value.to_string(),
        (Node::Text(_) | Node::Bytes(_), Kind::Blob(_)) => {
            let length = blob_length(node);
            format!("java.nio.HeapByteBuffer[pos=0 lim={length} cap={length}]")
        }
        (Node::Text(text), _) => shown(text).to_owned(),
        (Node::Bytes(_), _) => String::new(),
        (Node::Structure(_), _) => object_text(shape, 0),
        (Node::List(nodes), _) => list_text(nodes, shape),
        (Node::Map(entries), _) => map_text(entries, shape),
    }
}

fn list_text(nodes: &[Node<'_>], shape: &Shape) -> String {
    let Kind::List(member, _) = &shape.kind else { return String::new() };
    let texts = nodes.iter().take(SHOWN_ELEMENTS_MAX).enumerate().map(|(index, node)| match node {
        Node::Structure(_) => object_text(member, index),
        _ => value_text(node, member),
    });
    format!("[{}]", bounded_join(texts))
}

fn map_text(entries: &[Entry<'_>], shape: &Shape) -> String {
    let Kind::Map { value, .. } = &shape.kind else { return String::new() };
    let texts = entries.iter().map(|(key, node)| format!("{}={}", shown(key), value_text(node, value)));
    format!("{{{}}}", bounded_join(texts))
}

/// Texts with commas between, cut where a refusal would grow far beyond what a valid request can hold.
fn bounded_join(texts: impl Iterator<Item = String>) -> String {
    const BYTES_MAX: usize = 65_536;
    let mut joined = String::new();
    for text in texts {
        if joined.len() > BYTES_MAX {
            break;
        }
        let comma = if joined.is_empty() { "" } else { ", " };
        write!(joined, "{comma}{text}").expect("a String takes every text");
    }
    joined
}

/// An object as Java prints one: its class and, where Java puts a hash, which of its kind it is.
fn object_text(shape: &Shape, index: usize) -> String {
    format!("com.amazonaws.kinesis.v20131202.{}@{index:x}", shape.name)
}

fn blob_length(node: &Node<'_>) -> i64 {
    match node {
        Node::Text(text) => length(Blob::Base64(text.as_bytes().into()).decoded_len()),
        Node::Bytes(bytes) => length(bytes.len()),
        _ => 0,
    }
}

/// As many characters as Java counts: UTF-16 code units.
fn characters(text: &str) -> i64 {
    length(text.encode_utf16().count())
}

fn length(count: usize) -> i64 {
    i64::try_from(count).expect("a body is smaller than 2^63 bytes")
}

fn lower_first(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_ascii_lowercase() + rest
}
