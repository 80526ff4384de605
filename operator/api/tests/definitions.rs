//! The generated definitions: committed as generated, small enough to apply, and sound where kube derives them wrongly.

use forebay_api::{StreamSpec, crd};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::core::cel::{apply_defaults, compile_schema, estimate_rule_cost};
use serde_json::{Value, json};

/// What the API server stores as the annotation of a client-side apply, and etcd in one request.
const SIZE_BYTES_MAX: usize = 262_144;

fn schemas() -> Vec<(CustomResourceDefinition, Value)> {
    let with_schema = |definition: CustomResourceDefinition| {
        let schema = serde_json::to_value(crd::schema_of(&definition)).expect("a schema is JSON");
        (definition, schema)
    };
    crd::definitions().into_iter().map(with_schema).collect()
}

/// Every schema within a schema, with its path.
fn nodes<'a>(schema: &'a Value, path: &str, found: &mut Vec<(String, &'a Value)>) {
    found.push((path.to_owned(), schema));
    for (key, field) in schema["properties"].as_object().into_iter().flatten() {
        nodes(field, &format!("{path}.{key}"), found);
    }
    for keyword in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get(keyword) {
            nodes(inner, &format!("{path}[]"), found);
        }
    }
}

#[test]
fn the_committed_files_are_those_that_the_types_generate() {
    for (name, text) in crd::files().unwrap() {
        let path = format!("{}/../../crds/{name}", env!("CARGO_MANIFEST_DIR"));
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == text, "{name} is stale: run cargo run -p forebay-api --bin crdgen");
        assert!(text.len() < SIZE_BYTES_MAX, "{name}: {} bytes", text.len());
    }
}

#[test]
fn nothing_is_nullable_and_no_default_is_more_than_a_scalar() {
    for (definition, schema) in schemas() {
        let mut found = Vec::new();
        nodes(&schema, "", &mut found);
        for (path, node) in found {
            let place = format!("{} {path}", definition.spec.names.kind);
            assert!(node.get("nullable").is_none(), "{place}");
            assert!(!node["enum"].as_array().is_some_and(|words| words.contains(&Value::Null)), "{place}");
            let scalar = !node["default"].is_object() && !node["default"].is_array();
            assert!(scalar || path == ".status", "{place}: Git users would see this default as a difference");
            assert!(node.get("type").is_some(), "{place}: a structural schema names every type");
        }
    }
}

#[test]
fn every_column_and_scale_path_is_in_the_schema() {
    for (definition, schema) in schemas() {
        let version = &definition.spec.versions[0];
        let columns = version.additional_printer_columns.iter().flatten().map(|column| column.json_path.clone());
        let subresources = version.subresources.as_ref().unwrap();
        let scale = subresources.scale.iter();
        let scale = scale.flat_map(|scale| [scale.spec_replicas_path.clone(), scale.status_replicas_path.clone()]);
        for path in columns.chain(scale).filter(|path| !path.starts_with(".metadata.")) {
            let mut node = &schema;
            for step in path.replace("[?(@.type=='Ready')]", ".[]").split('.').skip(1) {
                node = if step == "[]" { &node["items"] } else { &node["properties"][step] };
            }
            assert!(node["type"].is_string(), "{}: {path}", definition.spec.names.kind);
        }
    }
}

#[test]
fn every_rule_compiles_and_is_cheap() {
    for (definition, schema) in schemas() {
        let mut found = Vec::new();
        nodes(&schema, "", &mut found);
        let mut rules = 0;
        for (path, node) in found {
            let compiled = compile_schema(node);
            assert!(!compiled.has_errors(), "{path}: {:?}", compiled.compilation_errors());
            for rule in node["x-kubernetes-validations"].as_array().into_iter().flatten() {
                let warnings = estimate_rule_cost(rule["rule"].as_str().unwrap(), &compiled);
                assert!(warnings.is_empty(), "{} {path}: {rule}: {warnings:?}", definition.spec.names.kind);
                if let Some(field) = rule["fieldPath"].as_str() {
                    assert!(node["properties"][&field[1..]].is_object(), "{path}: {field} is no field");
                }
                rules += 1;
            }
        }
        assert!(rules >= 5, "{}: {rules} rules found", definition.spec.names.kind);
    }
}

#[test]
fn the_types_default_as_the_schema_does() {
    let (_, schema) = schemas().into_iter().find(|(definition, _)| definition.spec.names.kind == "Stream").unwrap();
    let defaulted = apply_defaults(&schema["properties"]["spec"], &json!({}));
    assert_eq!(defaulted, serde_json::to_value(StreamSpec::default()).unwrap());
    assert_eq!(StreamSpec::default(), serde_json::from_value(json!({})).unwrap());
}
