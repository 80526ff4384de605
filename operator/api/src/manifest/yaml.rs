//! YAML as a tree that knows where each node stands. The parser bounds depth, anchors and repetition.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};
use serde_saphyr::{Location, Spanned};

use super::problem::Place;

/// Documents in one text: every stream that a cluster is designed for, with a consumer each, may stand in one file.
const DOCUMENTS_MAX: usize = 20_000;

/// Scalars, lists and maps in one text: a document of average size has 30.
const NODES_MAX: usize = DOCUMENTS_MAX * 100;

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: NodeValue,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum NodeValue {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A field of a map; its keys are unique.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Place,
    pub(super) node: Node,
}

/// Why a text is no YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) place: Place,
    pub(super) message: String,
}

/// Reads every document of a text that is not empty.
pub(super) fn read(text: &str) -> Result<Vec<Node>, SyntaxError> {
    // YAML 1.2: `limits: off` is the word. kubectl reads YAML 1.1, where it is a boolean, and refuses it loudly.
    let options = serde_saphyr::options! {
        with_snippet: false,
        strict_booleans: true,
        budget: serde_saphyr::budget! { max_documents: DOCUMENTS_MAX, max_nodes: NODES_MAX, max_events: NODES_MAX * 2 },
    };
    serde_saphyr::from_str_multiple_with_options::<Node, Vec<Node>>(text, options).map_err(|error| {
        let place = error.location().map_or_else(Place::default, place_of);
        let message = error.render_with_formatter(&serde_saphyr::UserMessageFormatter);
        let suffix = format!(" at line {}, column {}", place.line, place.column);
        SyntaxError { place, message: message.strip_suffix(&suffix).unwrap_or(&message).to_owned() }
    })
}

impl Node {
    /// The field of a map.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        let NodeValue::Map(entries) = &self.value else { return None };
        entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// The text of a field of a map.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match self.get(key).map(|node| &node.value) {
            Some(NodeValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The place of the deepest node on a path such as `spec.tags.team` or `items[2]`.
    pub(super) fn place_of(&self, path: &str) -> Place {
        if path.is_empty() {
            return self.place;
        }
        let (head, rest) = path.split_once('.').unwrap_or((path, ""));
        let (key, _) = head.split_once('[').unwrap_or((head, ""));
        self.get(key).map_or(self.place, |node| node.place_of(rest))
    }
}

/// A resource that came from no text.
impl From<&Value> for Node {
    fn from(value: &Value) -> Self {
        let entry = |(key, value): (&String, &Value)| Entry {
            key: key.clone(),
            place: Place::default(),
            node: Node::from(value),
        };
        let value = match value {
            Value::Null => NodeValue::Null,
            Value::Bool(bool) => NodeValue::Bool(*bool),
            Value::Number(number) => NodeValue::Number(number.clone()),
            Value::String(text) => NodeValue::Text(text.clone()),
            Value::Array(items) => NodeValue::List(items.iter().map(Node::from).collect()),
            Value::Object(fields) => NodeValue::Map(fields.iter().map(entry).collect()),
        };
        Self { place: Place::default(), value }
    }
}

fn place_of(location: Location) -> Place {
    Place { line: location.line(), column: location.column() }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<NodeValue>::deserialize(deserializer)?;
        Ok(Self { place: place_of(spanned.referenced), value: spanned.value })
    }
}

impl<'de> Deserialize<'de> for NodeValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = NodeValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<NodeValue, E> {
        Ok(NodeValue::Null)
    }

    fn visit_none<E>(self) -> Result<NodeValue, E> {
        Ok(NodeValue::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<NodeValue, D::Error> {
        NodeValue::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<NodeValue, E> {
        Ok(NodeValue::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<NodeValue, E> {
        Ok(NodeValue::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<NodeValue, E> {
        Ok(NodeValue::Number(value.into()))
    }

    /// Beyond 64 bits an integer is no longer exact, and nothing here can hold it: shown as it reads.
    fn visit_i128<E>(self, value: i128) -> Result<NodeValue, E> {
        Ok(NodeValue::Text(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<NodeValue, E> {
        Ok(NodeValue::Text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<NodeValue, E> {
        let number = Number::from_f64(value).map(NodeValue::Number);
        Ok(number.unwrap_or_else(|| NodeValue::Text(value.to_string())))
    }

    fn visit_str<E>(self, value: &str) -> Result<NodeValue, E> {
        Ok(NodeValue::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<NodeValue, E> {
        Ok(NodeValue::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<NodeValue, A::Error> {
        let mut list = Vec::new();
        while let Some(node) = items.next_element()? {
            list.push(node);
        }
        Ok(NodeValue::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<NodeValue, A::Error> {
        let mut map = Vec::new();
        while let Some((key, node)) = fields.next_entry::<Spanned<String>, Node>()? {
            map.push(Entry { place: place_of(key.referenced), key: key.value, node });
        }
        Ok(NodeValue::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_know_their_places_and_scalars_their_types() {
        let text = "# orders\na: 1\nb:\n  - x\n  - {c: true, d: null}\n---\n---\ne: 'off'\nf: off\ng: 1.5\n";
        let documents = read(text).unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(documents[0].get("a").unwrap().place, Place { line: 2, column: 4 });
        let NodeValue::List(items) = &documents[0].get("b").unwrap().value else { panic!("no list") };
        assert_eq!(items[1].get("c").unwrap().value, NodeValue::Bool(true));
        assert_eq!(items[1].get("d").unwrap().value, NodeValue::Null);
        assert_eq!(items[1].place, Place { line: 5, column: 5 });
        assert_eq!(documents[1].text("e"), Some("off"));
        assert_eq!(documents[1].get("f").unwrap().value, NodeValue::Text("off".to_owned()));
        assert_eq!(documents[1].place_of("g.h"), Place { line: 10, column: 4 });
    }

    #[test]
    fn what_is_no_yaml_is_refused_with_its_place() {
        for (text, line) in [("a: [1\nb: 2\n", 2), ("a: 1\na: 2\n", 2), ("a:\n\t- b\n", 2), ("a: *b\n", 1)] {
            let error = read(text).unwrap_err();
            assert_eq!(error.place.line, line, "{text:?}: {error:?}");
        }
    }
}
