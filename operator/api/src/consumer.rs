//! Consumer: a registered stream consumer (RegisterStreamConsumer) as a Kubernetes resource. It is not owned by its
//! stream: manifests may be applied in any order, and one whose stream is missing waits for it.

#![allow(clippy::duplicated_attributes, reason = "each printcolumn has a type and a priority of its own")]
#![allow(unreachable_pub, reason = "KubeSchema repeats each struct inside a function, where pub reaches nobody")]

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::core::{Reason, Rule};
use kube::{CustomResource, KubeSchema, ResourceExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which consumer should be registered with which stream.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[kube(
    group = "forebay.dev",
    version = "v1alpha1",
    kind = "Consumer",
    doc = "A consumer registered with a Kinesis data stream. Its AWS name is spec.consumerName, or metadata.name where \
           that is absent.",
    namespaced,
    status = "ConsumerStatus",
    derive = "PartialEq",
    shortname = "kcon",
    category = "kinesis",
    category = "all",
    printcolumn(name = "Stream", type_ = "string", json_path = ".spec.streamRef.name"),
    printcolumn(name = "Status", type_ = "string", json_path = ".status.consumerStatus"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type=='Ready')].status"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "ARN", type_ = "string", json_path = ".status.consumerARN", priority = 1),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].message",
        priority = 1
    )
)]
#[x_kube(
    validation = one_stream_rule(),
    validation = immutable_rule("streamRef"),
    validation = immutable_rule("streamARN"),
    validation = immutable_rule("consumerName")
)]
#[serde(rename_all = "camelCase")]
pub struct ConsumerSpec {
    /// The Stream of the same namespace to register with. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_ref: Option<StreamRef>,

    /// The ARN of the stream to register with, in place of streamRef. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "streamARN")]
    #[schemars(
        length(min = 1, max = 2048),
        regex(pattern = r"^arn:aws[^:]*:kinesis:[^:]*:\d{12}:stream/[a-zA-Z0-9_.-]+$")
    )]
    pub stream_arn: Option<String>,

    /// The consumer's name in the AWS API. Default: metadata.name. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[a-zA-Z0-9_.-]+$"))]
    pub consumer_name: Option<String>,

    /// The consumer's tags: at most 50, a key of 1 to 128 characters to a value of at most 256.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "crate::crd::tags")]
    pub tags: BTreeMap<String, String>,
}

fn one_stream_rule() -> Rule {
    Rule::new("has(self.streamRef) != has(self.streamARN)")
        .message("exactly one of streamRef and streamARN says whose consumer this is")
        .reason(Reason::FieldValueRequired)
}

/// Of one field of the spec; giving it where it was absent, or taking it away, is a change too.
fn immutable_rule(field: &str) -> Rule {
    let rule =
        format!("has(self.{field}) == has(oldSelf.{field}) && (!has(self.{field}) || self.{field} == oldSelf.{field})");
    Rule::new(rule)
        .message("immutable; delete the Consumer and make another")
        .reason(Reason::FieldValueForbidden)
        .field_path(format!(".{field}"))
}

impl Consumer {
    /// The consumer's name in the AWS API.
    pub fn consumer_name(&self) -> String {
        self.spec.consumer_name.clone().unwrap_or_else(|| self.name_any())
    }
}

/// A Stream of the same namespace.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct StreamRef {
    /// The metadata.name of the Stream.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

/// What a consumer is, as last observed.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Default)]
#[serde(rename_all = "camelCase")]
pub struct ConsumerStatus {
    /// The metadata.generation that this status is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// The consumer's ARN, which holds its creation second: one registered again has another.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "consumerARN")]
    pub consumer_arn: Option<String>,

    /// The consumer's life as DescribeStreamConsumer tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer_status: Option<ConsumerLifecycle>,

    /// When the consumer was registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer_creation_timestamp: Option<Time>,

    /// The ARN of its stream.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "streamARN")]
    pub stream_arn: Option<String>,

    /// Ready, Reconciling, Stalled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
}

/// The life of a consumer in the words of DescribeStreamConsumer.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the AWS words")]
pub enum ConsumerLifecycle {
    Creating,
    Active,
    Deleting,
}
