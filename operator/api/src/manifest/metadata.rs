//! The schema of `metadata`: not in a definition, because the API server knows it for every kind.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use schemars::generate::SchemaSettings;
use schemars::transform::AddNullable;
use serde_json::{Value, json};

/// A name as most objects may have it: labels of DNS, divided by dots.
const NAME: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

const NAMESPACE: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

const LABEL_VALUE: &str = "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$";

/// The schema of `metadata` with a name, which a manifest that is applied must have.
pub(super) fn schema() -> Value {
    let settings = SchemaSettings::openapi3().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let generator = settings.with_transform(AddNullable::default()).into_generator();
    let mut schema = generator.into_root_schema_for::<ObjectMeta>().to_value();
    schema["required"] = json!(["name"]);
    let fields = &mut schema["properties"];
    restrict(&mut fields["name"], NAME, 253);
    restrict(&mut fields["namespace"], NAMESPACE, 63);
    restrict(&mut fields["labels"]["additionalProperties"], LABEL_VALUE, 63);
    schema
}

fn restrict(field: &mut Value, pattern: &str, length_max: u32) {
    field["pattern"] = json!(pattern);
    field["maxLength"] = json!(length_max);
}
