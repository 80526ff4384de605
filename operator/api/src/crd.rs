//! The CustomResourceDefinitions, generated from the types. What kube derives is finished here: `Stream::crd()` and
//! `Consumer::crd()` are raw, [`definitions`] is what crds/ holds and what manifests are checked against.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSON, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube::CustomResourceExt;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::condition;
use crate::{Consumer, Stream};

/// The definitions of every kind, in the order of their file names.
pub fn definitions() -> Vec<CustomResourceDefinition> {
    vec![finished(Consumer::crd()), finished(Stream::crd())]
}

/// The files of crds/: name and content.
///
/// # Errors
/// None that is expected: a definition serialises.
pub fn files() -> Result<Vec<(String, String)>, serde_saphyr::ser_error::Error> {
    let file = |definition: &CustomResourceDefinition| {
        let name = format!("{}.yaml", definition.spec.names.plural);
        let body = serde_saphyr::to_string(definition)?;
        Ok((name, format!("# Generated from operator/api by crdgen; edit the types there.\n{}\n", body.trim_end())))
    };
    definitions().iter().map(file).collect()
}

/// The schema of an object as its definition publishes it.
///
/// # Panics
/// If the definition has no version with a schema; those of [`definitions`] have exactly one.
pub fn schema_of(definition: &CustomResourceDefinition) -> &JSONSchemaProps {
    let version = definition.spec.versions.first().expect("a definition has a version");
    let validation = version.schema.as_ref().expect("a version has a schema");
    validation.open_api_v3_schema.as_ref().expect("a schema is an OpenAPI v3 schema")
}

fn finished(mut definition: CustomResourceDefinition) -> CustomResourceDefinition {
    for version in &mut definition.spec.versions {
        let validation = version.schema.as_mut().expect("a version has a schema");
        let root = validation.open_api_v3_schema.as_mut().expect("a schema is an OpenAPI v3 schema");
        walk(root, &mut |schema| {
            strip_nullable(schema);
            use_known_formats(schema);
            unwrap_description(schema);
        });
        let status = root.properties.as_mut().and_then(|fields| fields.get_mut("status"));
        status.expect("every kind has a status").default = Some(initial_status());
    }
    definition
}

/// A nullable field given as null is *present* to CEL, so `has(self.shardCount)` would hold for it. Without the mark
/// the API server drops the null before it looks.
fn strip_nullable(schema: &mut JSONSchemaProps) {
    schema.nullable = None;
    if let Some(words) = &mut schema.enum_ {
        words.retain(|word| !word.0.is_null());
    }
}

/// The API server knows int32 and int64 and warns of any other.
fn use_known_formats(schema: &mut JSONSchemaProps) {
    if let Some("uint32" | "uint64") = schema.format.as_deref() {
        schema.format = Some("int64".to_owned());
    }
}

/// A doc comment's line breaks are those of the source file; what Kubernetes says of its own Time type tells no user
/// anything.
fn unwrap_description(schema: &mut JSONSchemaProps) {
    let description = schema.description.take().filter(|text| !text.starts_with("Time is a wrapper"));
    schema.description = description.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
}

/// An object without any condition counts as ready to kstatus; a new one must not.
fn initial_status() -> JSON {
    JSON(json!({ "conditions": [condition::initial()] }))
}

/// Calls `change` on a schema and every schema within.
fn walk(schema: &mut JSONSchemaProps, change: &mut impl FnMut(&mut JSONSchemaProps)) {
    change(schema);
    for field in schema.properties.iter_mut().flat_map(|fields| fields.values_mut()) {
        walk(field, change);
    }
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        walk(items, change);
    }
    if let Some(JSONSchemaPropsOrBool::Schema(values)) = &mut schema.additional_properties {
        walk(values, change);
    }
}

/// The schema of tags. The characters are those that AWS was observed to take: beyond ASCII it draws the line by block,
/// not by letter. As over the API, nobody gives tags of AWS's own.
pub(crate) fn tags(_: &mut SchemaGenerator) -> Schema {
    const CHARACTERS: &str = r"[ a-zA-Z0-9_.:/=+@\-\x{C0}-\x{1FFF}\x{2C00}-\x{D7FF}\x{10000}-\x{10FFFF}]";
    json_schema!({
        "type": "object",
        "maxProperties": 50,
        "additionalProperties": { "type": "string", "maxLength": 256, "pattern": format!("^{CHARACTERS}*$") },
        "x-kubernetes-validations": [{
            "rule": format!("self.all(key, key.matches(r'^{CHARACTERS}{{1,128}}$'))"),
            "message": "a tag's key has 1 to 128 letters, digits, spaces or _ . : / = + - @"
        }, {
            "rule": "self.all(key, !key.startsWith('aws:'))",
            "message": "a tag's key may not begin with aws:, which AWS keeps for its own tags; give it another prefix"
        }]
    })
}
