//! Stream: a Kinesis data stream as a Kubernetes resource. Field names are those of the AWS API in camelCase, enum
//! values verbatim; what AWS calls a parameter of a call is here a field of the spec.
//!
//! Limits that depend on history (twice or half the shards per step, two mode switches a day) are no rules of the
//! schema: a Git revert from 16 to 4 shards is a valid manifest, and reaching it takes several steps.

#![allow(clippy::duplicated_attributes, reason = "each printcolumn has a type and a priority of its own")]
#![allow(unreachable_pub, reason = "KubeSchema repeats each struct inside a function, where pub reaches nobody")]

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::core::{Reason, Rule};
use kube::{CustomResource, KubeSchema, ResourceExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a stream should be.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[kube(
    group = "forebay.dev",
    version = "v1alpha1",
    kind = "Stream",
    doc = "A Kinesis data stream. The AWS name of the stream is spec.name, or metadata.name where that is absent.",
    namespaced,
    status = "StreamStatus",
    derive = "PartialEq",
    shortname = "kstream",
    shortname = "kds",
    category = "kinesis",
    category = "all",
    scale(spec_replicas_path = ".spec.shardCount", status_replicas_path = ".status.openShardCount"),
    printcolumn(name = "Mode", type_ = "string", json_path = ".status.streamModeDetails.streamMode"),
    printcolumn(name = "Shards", type_ = "integer", json_path = ".status.openShardCount"),
    printcolumn(name = "Status", type_ = "string", json_path = ".status.streamStatus"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type=='Ready')].status"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Retention", type_ = "integer", json_path = ".status.retentionPeriodHours", priority = 1),
    printcolumn(name = "Consumers", type_ = "integer", json_path = ".status.consumerCount", priority = 1),
    printcolumn(name = "ARN", type_ = "string", json_path = ".status.streamARN", priority = 1),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].message",
        priority = 1
    ),
    validation = object_name_rule()
)]
#[x_kube(
    validation = provisioned_rule(),
    validation = on_demand_rule(),
    validation = mode_named_rule(),
    validation = name_rule()
)]
#[serde(rename_all = "camelCase")]
pub struct StreamSpec {
    /// The stream's name in the AWS API. Default: metadata.name. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[a-zA-Z0-9_.-]+$"))]
    pub name: Option<String>,

    /// The capacity mode. Default: PROVISIONED where shardCount is given, else ON_DEMAND.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_mode_details: Option<StreamModeDetails>,

    /// The number of open shards of a PROVISIONED stream. A change is carried out in steps of at most twice and at
    /// least half the count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10000))]
    pub shard_count: Option<u32>,

    /// For how many hours a record can be read after its arrival.
    #[serde(default = "default_retention_period_hours")]
    #[schemars(range(min = 24, max = 8760))]
    pub retention_period_hours: u32,

    /// The largest record that the stream accepts, in KiB.
    #[serde(default = "default_max_record_size_in_kib", rename = "maxRecordSizeInKiB")]
    #[schemars(range(min = 1024, max = 10240))]
    pub max_record_size_in_kib: u32,

    /// The metrics kept for each shard (enhanced monitoring). Those of the stream are always kept.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    #[schemars(length(max = 7))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub desired_shard_level_metrics: BTreeSet<ShardLevelMetric>,

    /// The stream's tags: at most 50, a key of 1 to 128 characters to a value of at most 256.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "crate::crd::tags")]
    pub tags: BTreeMap<String, String>,

    /// Whether the throughput limits of AWS hold for each shard: "aws" or "off". Write the latter in quotes: without
    /// them kubectl reads a boolean.
    #[serde(default)]
    pub limits: Limits,
}

const fn default_retention_period_hours() -> u32 {
    24
}

const fn default_max_record_size_in_kib() -> u32 {
    1024
}

/// Pods, volumes and Services are named after the object, so its name is a DNS label with room for a suffix.
fn object_name_rule() -> Rule {
    Rule::new("self.metadata.name.matches('^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$')").message(
        "metadata.name must have at most 40 lowercase letters, digits and '-', begin with a letter and end with a \
         letter or digit, because pods are named after it; spec.name can hold any name that AWS allows",
    )
}

fn provisioned_rule() -> Rule {
    let rule = "!has(self.streamModeDetails) || self.streamModeDetails.streamMode != 'PROVISIONED' || \
                has(self.shardCount)";
    Rule::new(rule)
        .message("a PROVISIONED stream needs shardCount")
        .reason(Reason::FieldValueRequired)
        .field_path(".shardCount")
}

/// Also what makes `kubectl scale` and an autoscaler on an on-demand stream fail loudly.
fn on_demand_rule() -> Rule {
    let rule = "!has(self.streamModeDetails) || self.streamModeDetails.streamMode != 'ON_DEMAND' || \
                !has(self.shardCount)";
    Rule::new(rule)
        .message("shardCount is for PROVISIONED streams; the shards of an ON_DEMAND stream are not set by hand")
        .reason(Reason::FieldValueForbidden)
        .field_path(".shardCount")
}

/// Without this, scaling an on-demand stream whose manifest names no mode would switch its mode.
fn mode_named_rule() -> Rule {
    let rule = "has(self.streamModeDetails) || has(oldSelf.streamModeDetails) || \
                has(self.shardCount) == has(oldSelf.shardCount)";
    Rule::new(rule)
        .message("adding or removing shardCount changes the mode: name it in streamModeDetails.streamMode")
        .reason(Reason::FieldValueRequired)
        .field_path(".streamModeDetails")
}

fn name_rule() -> Rule {
    let rule = "has(self.name) == has(oldSelf.name) && (!has(self.name) || self.name == oldSelf.name)";
    Rule::new(rule)
        .message("immutable; another name is another stream")
        .reason(Reason::FieldValueForbidden)
        .field_path(".name")
}

impl StreamSpec {
    /// The mode the spec asks for: what it names, else the one that fits the presence of a shard count, as in
    /// CreateStream.
    pub fn mode(&self) -> StreamMode {
        match (self.stream_mode_details, self.shard_count) {
            (Some(details), _) => details.stream_mode,
            (None, Some(_)) => StreamMode::Provisioned,
            (None, None) => StreamMode::OnDemand,
        }
    }

    /// The metrics asked for with `ALL` written out, as AWS answers them.
    pub fn shard_level_metrics(&self) -> BTreeSet<ShardLevelMetric> {
        if self.desired_shard_level_metrics.contains(&ShardLevelMetric::All) {
            ShardLevelMetric::EACH.into()
        } else {
            self.desired_shard_level_metrics.clone()
        }
    }
}

impl Default for StreamSpec {
    fn default() -> Self {
        Self {
            name: None,
            stream_mode_details: None,
            shard_count: None,
            retention_period_hours: default_retention_period_hours(),
            max_record_size_in_kib: default_max_record_size_in_kib(),
            desired_shard_level_metrics: BTreeSet::new(),
            tags: BTreeMap::new(),
            limits: Limits::default(),
        }
    }
}

impl Stream {
    /// The stream's name in the AWS API.
    pub fn stream_name(&self) -> String {
        self.spec.name.clone().unwrap_or_else(|| self.name_any())
    }
}

/// The capacity mode, nested as the AWS API nests it.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct StreamModeDetails {
    /// PROVISIONED: shardCount says how many shards. ON_DEMAND: Forebay does.
    pub stream_mode: StreamMode,
}

/// How a stream's capacity is decided.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the AWS words")]
pub enum StreamMode {
    Provisioned,
    OnDemand,
}

/// Whether the limits of AWS hold per shard: 1 MiB and 1,000 records a second written, 2 MiB and 5 calls read.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "said above")]
pub enum Limits {
    #[default]
    Aws,
    Off,
}

/// A metric of enhanced monitoring.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the AWS words")]
pub enum ShardLevelMetric {
    IncomingBytes,
    IncomingRecords,
    OutgoingBytes,
    OutgoingRecords,
    WriteProvisionedThroughputExceeded,
    ReadProvisionedThroughputExceeded,
    IteratorAgeMilliseconds,
    #[serde(rename = "ALL")]
    All,
}

impl ShardLevelMetric {
    /// The metrics that `ALL` stands for.
    pub const EACH: [Self; 7] = [
        Self::IncomingBytes,
        Self::IncomingRecords,
        Self::OutgoingBytes,
        Self::OutgoingRecords,
        Self::WriteProvisionedThroughputExceeded,
        Self::ReadProvisionedThroughputExceeded,
        Self::IteratorAgeMilliseconds,
    ];
}

/// What a stream is, as last observed.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Default)]
#[serde(rename_all = "camelCase")]
pub struct StreamStatus {
    /// The metadata.generation that this status is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// The stream's life as DescribeStream tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_status: Option<StreamLifecycle>,

    /// The stream's ARN.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "streamARN")]
    pub stream_arn: Option<String>,

    /// The id of this incarnation: a stream deleted and made again has another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_id: Option<String>,

    /// The capacity mode in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_mode_details: Option<StreamModeDetails>,

    /// How many shards take records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_shard_count: Option<u32>,

    /// How many closed shards can still be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_shard_count: Option<u32>,

    /// How many open shards the steps under way lead to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired_shard_count: Option<u32>,

    /// How many consumers are registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer_count: Option<u32>,

    /// The retention period in force, in hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_period_hours: Option<u32>,

    /// The largest record accepted, in KiB.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "maxRecordSizeInKiB")]
    pub max_record_size_in_kib: Option<u32>,

    /// When the stream was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_creation_timestamp: Option<Time>,

    /// The mode switches of the last 24 hours, of which AWS allows two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2))]
    pub mode_switches: Vec<Time>,

    /// The shard count updates of the last 24 hours, of which AWS allows ten.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub shard_count_updates: Vec<Time>,

    /// Ready, Reconciling, Stalled, AbleToScale, ScalingLimited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
}

/// The life of a stream in the words of DescribeStream.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the AWS words")]
pub enum StreamLifecycle {
    Creating,
    Active,
    Updating,
    Deleting,
}
