//! The shapes here, held against the service model: every operation known, every member, type, limit and pattern.

use std::collections::BTreeSet;

use forebay_protocol::api::Operation;
use forebay_protocol::wire::{Bounds, Kind, Member, Presence, Shape};
use serde_json::Value;

/// Made by bin/model-facts.
fn model() -> Value {
    serde_json::from_str(include_str!("../model/kinesis-2013-12-02.json")).expect("JSON")
}

fn texts(value: &Value) -> BTreeSet<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn every_operation_of_the_model_is_known_and_no_other() {
    let model = model();
    let ours: BTreeSet<&str> = Operation::ALL.iter().map(|operation| operation.name()).collect();
    let theirs: BTreeSet<&str> = model["operations"].as_object().expect("a map").keys().map(String::as_str).collect();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), 57);
    assert_eq!(model["target"], Operation::SERVICE);
}

#[test]
fn every_shape_of_an_implemented_operation_is_the_models() {
    let model = model();
    for operation in Operation::ALL {
        if let Some(shape) = operation.input() {
            assert_eq!(model["operations"][operation.name()]["input"], shape.name);
            compare(shape, &model["shapes"]);
        }
    }
}

fn compare(shape: &Shape, shapes: &Value) {
    let facts = &shapes[shape.name];
    let name = shape.name;
    match &shape.kind {
        Kind::Boolean => assert_eq!(facts["type"], "boolean", "{name}"),
        Kind::Timestamp => assert_eq!(facts["type"], "timestamp", "{name}"),
        Kind::Integer(bounds) => {
            assert_eq!(facts["type"], "integer", "{name}");
            compare_bounds(*bounds, facts, name);
        }
        Kind::Blob(bounds) => {
            assert_eq!(facts["type"], "blob", "{name}");
            compare_bounds(*bounds, facts, name);
        }
        Kind::Text { length, pattern } => {
            assert_eq!(facts["type"], "string", "{name}");
            assert!(facts["enum"].is_null(), "{name}");
            compare_bounds(*length, facts, name);
            // AWS prints these two without the anchors and the group that the model has around them.
            let theirs = facts["pattern"]
                .as_str()
                .map(|theirs| theirs.strip_prefix("^(").and_then(|theirs| theirs.strip_suffix(")$")).unwrap_or(theirs));
            assert_eq!(pattern.map(forebay_protocol::wire::Pattern::text), theirs, "{name}");
        }
        Kind::Enum(values) => {
            assert_eq!(facts["type"], "string", "{name}");
            assert_eq!(values.iter().copied().collect::<BTreeSet<_>>(), texts(&facts["enum"]), "{name}");
        }
        Kind::List(member, bounds) => {
            assert_eq!((&facts["type"], &facts["member"]), (&"list".into(), &member.name.into()), "{name}");
            compare_bounds(*bounds, facts, name);
            compare(member, shapes);
        }
        Kind::Map { key, value, length } => {
            assert_eq!((&facts["type"], &facts["key"]), (&"map".into(), &key.name.into()), "{name}");
            assert_eq!(facts["value"], value.name, "{name}");
            compare_bounds(*length, facts, name);
            compare(key, shapes);
            compare(value, shapes);
        }
        Kind::Structure(members) => compare_members(members, facts, shapes, name),
    }
}

fn compare_members(members: &[Member], facts: &Value, shapes: &Value, name: &str) {
    assert_eq!(facts["type"], "structure", "{name}");
    let ours: BTreeSet<&str> = members.iter().map(|member| member.name).collect();
    let theirs: BTreeSet<&str> = facts["members"].as_object().expect("a map").keys().map(String::as_str).collect();
    assert_eq!((ours.len(), &ours), (members.len(), &theirs), "{name}");
    let required = members.iter().filter(|member| member.presence == Presence::Required);
    assert_eq!(required.map(|member| member.name).collect::<BTreeSet<_>>(), texts(&facts["required"]), "{name}");
    for member in members {
        assert_eq!(facts["members"][member.name], member.shape.name, "{name}.{}", member.name);
        compare(member.shape, shapes);
    }
}

fn compare_bounds(bounds: Bounds, facts: &Value, name: &str) {
    assert_eq!((bounds.min, bounds.max), (facts["min"].as_i64(), facts["max"].as_i64()), "{name}");
}
