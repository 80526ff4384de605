//! The structure that a definition's schema demands of a document: a walk over both at once. It refuses what the API
//! server refuses under strict field validation and drops the nulls it drops.
//!
//! Known here are the keywords that structural schemas of ours use; a test refuses a definition that uses another.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Map, Value};

use super::problem::Place;
use super::suggest::nearest;
use super::yaml::{Entry, Node, NodeValue};

/// Something wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) place: Place,
    pub(super) path: String,
    pub(super) message: String,
}

/// A schema with its patterns compiled.
#[derive(Debug)]
pub(super) struct Structure {
    pub(super) schema: Value,
    patterns: BTreeMap<String, Regex>,
}

impl Structure {
    pub(super) fn new(schema: Value) -> Self {
        let mut patterns = BTreeMap::new();
        compile(&schema, &mut patterns);
        Self { schema, patterns }
    }

    /// The document as JSON without nulls; what is wrong goes to `findings`. Defaults are left to the rules and to the
    /// types, which have those of the schema.
    pub(super) fn check(&self, node: &Node, findings: &mut Vec<Finding>) -> Value {
        Walk { structure: self, findings }.node(node, &self.schema, "")
    }
}

fn compile(schema: &Value, patterns: &mut BTreeMap<String, Regex>) {
    if let Some(pattern) = schema["pattern"].as_str() {
        let regex = Regex::new(pattern).expect("a definition's pattern is a regular expression");
        patterns.insert(pattern.to_owned(), regex);
    }
    let fields = schema["properties"].as_object().into_iter().flat_map(Map::values);
    for inner in fields.chain(schema.get("items")).chain(schema.get("additionalProperties")) {
        compile(inner, patterns);
    }
}

struct Walk<'a> {
    structure: &'a Structure,
    findings: &'a mut Vec<Finding>,
}

impl Walk<'_> {
    fn report(&mut self, place: Place, path: &str, message: String) {
        self.findings.push(Finding { place, path: path.to_owned(), message });
    }

    fn node(&mut self, node: &Node, schema: &Value, path: &str) -> Value {
        let expected = schema["type"].as_str().unwrap_or("any");
        match (&node.value, expected) {
            (NodeValue::Map(entries), "object" | "any") => self.map(node, entries, schema, path),
            (NodeValue::List(items), "array" | "any") => self.list(node, items, schema, path),
            (NodeValue::Text(text), "string" | "any") => self.text(node.place, text, schema, path),
            (NodeValue::Number(number), "number" | "any") => Value::Number(number.clone()),
            (NodeValue::Number(number), "integer") if !number.is_f64() => {
                self.bounds(node.place, number, schema, path);
                Value::Number(number.clone())
            }
            (NodeValue::Bool(bool), "boolean" | "any") => Value::Bool(*bool),
            (NodeValue::Null, "any") => Value::Null,
            (other, _) => {
                self.report(node.place, path, format!("{} is not {}", shown(other), wanted(schema)));
                Value::Null
            }
        }
    }

    fn map(&mut self, node: &Node, entries: &[Entry], schema: &Value, path: &str) -> Value {
        // What the API server does with a null of a field that is not nullable: as if it were not there.
        let given = || entries.iter().filter(|entry| entry.node.value != NodeValue::Null);
        let properties = schema["properties"].as_object();
        let others = schema.get("additionalProperties").filter(|others| others.is_object());
        let mut fields = Map::new();
        for entry in given() {
            let field = joined(path, &entry.key);
            let known = properties.and_then(|known| known.get(&entry.key)).or(others);
            if let Some(known) = known {
                fields.insert(entry.key.clone(), self.node(&entry.node, known, &field));
            } else if properties.is_some() {
                let message = self.unknown(&entry.key, schema);
                self.report(entry.place, &field, message);
            } else {
                fields.insert(entry.key.clone(), self.node(&entry.node, &Value::Null, &field));
            }
        }
        for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !given().any(|entry| entry.key == required) {
                let message = format!("missing; {} is required", wanted(&schema["properties"][required]));
                self.report(node.place, &joined(path, required), message);
            }
        }
        self.size(node.place, given().count(), "entries", ["minProperties", "maxProperties"], schema, path);
        Value::Object(fields)
    }

    /// Says where the field is known, or which fields are known here.
    fn unknown(&self, key: &str, schema: &Value) -> String {
        let known =
            || schema["properties"].as_object().into_iter().flat_map(|fields| fields.keys().map(String::as_str));
        let writable = |path: &&String| !path.starts_with("status.") && !path.starts_with("metadata.");
        let mut elsewhere = Vec::new();
        paths(&self.structure.schema, "", &mut elsewhere);
        let same = elsewhere.iter().filter(writable).find(|path| path.rsplit('.').next() == Some(key));
        match (nearest(key, known()), same) {
            (Some(near), _) => format!("unknown field; did you mean {near}?"),
            (None, Some(path)) => format!("unknown field here; it belongs at {path}"),
            (None, None) => format!("unknown field; known here: {}", known().collect::<Vec<_>>().join(", ")),
        }
    }

    fn list(&mut self, node: &Node, items: &[Node], schema: &Value, path: &str) -> Value {
        let item = &schema["items"];
        let mut values: Vec<Value> = Vec::with_capacity(items.len());
        for (index, node) in items.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let value = self.node(node, item, &path);
            let twice = values.iter().any(|other| same_item(other, &value, schema));
            if twice && !value.is_null() {
                self.report(node.place, &path, format!("{} is listed twice", shown(&node.value)));
            }
            values.push(value);
        }
        self.size(node.place, items.len(), "items", ["minItems", "maxItems"], schema, path);
        Value::Array(values)
    }

    fn text(&mut self, place: Place, text: &str, schema: &Value, path: &str) -> Value {
        self.size(place, text.chars().count(), "characters", ["minLength", "maxLength"], schema, path);
        if let Some(words) = words_of(schema)
            && !words.contains(&text)
        {
            let near = nearest(text, words.iter().copied()).map(|near| format!("; did you mean {near}?"));
            let message = format!("{text:?} is not {}{}", wanted(schema), near.unwrap_or_default());
            self.report(place, path, message);
        }
        let pattern = schema["pattern"].as_str().and_then(|pattern| self.structure.patterns.get(pattern));
        if let Some(pattern) = pattern.filter(|pattern| !pattern.is_match(text)) {
            self.report(place, path, format!("{text:?} does not match {pattern}"));
        }
        Value::String(text.to_owned())
    }

    fn bounds(&mut self, place: Place, number: &serde_json::Number, schema: &Value, path: &str) {
        let value = number.as_i64().map_or(f64::INFINITY, |_| number.as_f64().unwrap_or(f64::INFINITY));
        let bound = |keyword: &str| schema[keyword].as_f64();
        if let Some(minimum) = bound("minimum").filter(|minimum| value < *minimum) {
            self.report(place, path, format!("{number} is below the minimum, {minimum}"));
        }
        if let Some(maximum) = bound("maximum").filter(|maximum| value > *maximum) {
            self.report(place, path, format!("{number} is above the maximum, {maximum}"));
        }
    }

    fn size(&mut self, place: Place, size: usize, of: &str, keywords: [&str; 2], schema: &Value, path: &str) {
        let [minimum, maximum] = keywords.map(|keyword| schema[keyword].as_u64());
        if let Some(minimum) = minimum.filter(|minimum| (size as u64) < *minimum) {
            self.report(place, path, format!("{size} {of}, fewer than the least allowed, {minimum}"));
        }
        if let Some(maximum) = maximum.filter(|maximum| size as u64 > *maximum) {
            self.report(place, path, format!("{size} {of}, more than the most allowed, {maximum}"));
        }
    }
}

/// Whether two items may not stand in one list, by the list's type.
fn same_item(a: &Value, b: &Value, schema: &Value) -> bool {
    match schema["x-kubernetes-list-type"].as_str() {
        Some("set") => a == b,
        Some("map") => {
            let keys = schema["x-kubernetes-list-map-keys"].as_array().into_iter().flatten();
            keys.filter_map(Value::as_str).all(|key| a[key] == b[key])
        }
        _ => false,
    }
}

/// The path of every field of a schema.
fn paths(schema: &Value, path: &str, found: &mut Vec<String>) {
    for (key, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = joined(path, key);
        paths(field, &path, found);
        found.push(path);
    }
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn words_of(schema: &Value) -> Option<Vec<&str>> {
    schema["enum"].as_array().map(|words| words.iter().filter_map(Value::as_str).collect())
}

/// A value as a person wrote it, cut where it gets long.
fn shown(value: &NodeValue) -> String {
    match value {
        NodeValue::Null => "null".to_owned(),
        NodeValue::Bool(bool) => bool.to_string(),
        NodeValue::Number(number) => number.to_string(),
        NodeValue::Text(text) if text.chars().count() > 60 => {
            format!("{:?}…", text.chars().take(60).collect::<String>())
        }
        NodeValue::Text(text) => format!("{text:?}"),
        NodeValue::List(_) => "a list".to_owned(),
        NodeValue::Map(_) => "a map".to_owned(),
    }
}

/// What a schema wants, in words.
fn wanted(schema: &Value) -> String {
    if let Some(words) = words_of(schema) {
        return format!("one of {}", words.join(", "));
    }
    match schema["type"].as_str() {
        Some("integer") => match (schema["minimum"].as_f64(), schema["maximum"].as_f64()) {
            (Some(minimum), Some(maximum)) => format!("an integer from {minimum} to {maximum}"),
            _ => "an integer".to_owned(),
        },
        Some("string") => "a string".to_owned(),
        Some("boolean") => "true or false".to_owned(),
        Some("array") => "a list".to_owned(),
        Some("object") => "a map".to_owned(),
        Some("number") => "a number".to_owned(),
        _ => "a value".to_owned(),
    }
}
