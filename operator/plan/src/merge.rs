//! The three-way merge of a manifest given again: what it said last, what it says now, and what is in force, which API
//! calls may have changed meanwhile. Only a field whose own value changed in the manifest acts; every other stays as it
//! is in force.

use std::collections::{BTreeMap, BTreeSet};

use forebay_api::{ConsumerSpec, ShardLevelMetric, StreamMode, StreamModeDetails, StreamSpec};

/// What the manifest said when it was last applied.
#[derive(Debug)]
pub enum Last<'a, Spec> {
    /// This.
    Applied(&'a Spec),
    /// Nothing: the object was made through the API. Then what the manifest states acts, and the defaults that the
    /// definition filled in do not.
    Never {
        /// The fields that the manifest states, as it writes them.
        stated: &'a BTreeSet<String>,
    },
}

/// A change of the manifest that does not fit what API calls have made of the stream. What is in force stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// shardCount was changed, and the stream is ON_DEMAND by an API call.
    #[error(
        "spec.shardCount: {shard_count} does not act, because an API call made the stream ON_DEMAND; make it \
         PROVISIONED by UpdateStreamMode first"
    )]
    ShardCountOfOnDemand {
        /// What the manifest says now.
        shard_count: u32,
    },
}

/// The outcome of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged<Spec> {
    /// What should be in force.
    pub spec: Spec,
    /// What of the manifest does not act.
    pub conflicts: Vec<Conflict>,
}

impl<Spec> Last<'_, Spec> {
    /// Whether the manifest's own value of a field changed. Without an earlier one, whether it states the field.
    fn changed<T: PartialEq>(&self, field: &str, new: &Spec, value: impl Fn(&Spec) -> T) -> bool {
        match self {
            Self::Applied(last) => value(last) != value(new),
            Self::Never { stated } => stated.contains(field),
        }
    }

    /// The field's value after the merge.
    fn pick<T: PartialEq>(&self, field: &str, new: &Spec, current: &Spec, value: impl Fn(&Spec) -> T) -> T {
        if self.changed(field, new, &value) { value(new) } else { value(current) }
    }

    fn applied(&self) -> Option<&Spec> {
        match self {
            Self::Applied(last) => Some(last),
            Self::Never { .. } => None,
        }
    }
}

/// Merges a Stream's spec.
pub fn stream(last: &Last<'_, StreamSpec>, new: &StreamSpec, current: &StreamSpec) -> Merged<StreamSpec> {
    let (stream_mode_details, shard_count, conflict) = capacity(last, new, current);
    let spec = StreamSpec {
        name: last.pick("name", new, current, |spec| spec.name.clone()),
        stream_mode_details,
        shard_count,
        retention_period_hours: last.pick("retentionPeriodHours", new, current, |spec| spec.retention_period_hours),
        max_record_size_in_kib: last.pick("maxRecordSizeInKiB", new, current, |spec| spec.max_record_size_in_kib),
        desired_shard_level_metrics: metrics(last.applied(), new, current),
        tags: tags(last.applied().map(|last| &last.tags), &new.tags, &current.tags),
        limits: last.pick("limits", new, current, |spec| spec.limits),
    };
    Merged { spec, conflicts: conflict.into_iter().collect() }
}

/// Merges a Consumer's spec. What is immutable is taken over as the manifest changes it: the definition's rules refuse
/// the change in words.
pub fn consumer(last: &Last<'_, ConsumerSpec>, new: &ConsumerSpec, current: &ConsumerSpec) -> ConsumerSpec {
    ConsumerSpec {
        stream_ref: last.pick("streamRef", new, current, |spec| spec.stream_ref.clone()),
        stream_arn: last.pick("streamARN", new, current, |spec| spec.stream_arn.clone()),
        consumer_name: last.pick("consumerName", new, current, |spec| spec.consumer_name.clone()),
        tags: tags(last.applied().map(|last| &last.tags), &new.tags, &current.tags),
    }
}

/// Mode and shard count decide on each other: the count is only there while the mode is PROVISIONED.
fn capacity(
    last: &Last<'_, StreamSpec>,
    new: &StreamSpec,
    current: &StreamSpec,
) -> (Option<StreamModeDetails>, Option<u32>, Option<Conflict>) {
    let recounted = new.shard_count.filter(|_| last.changed("shardCount", new, |spec| spec.shard_count));
    // Of a manifest that names no mode the count does; naming the mode that was meant already is no change.
    let switched = match last {
        Last::Applied(last) => last.mode() != new.mode(),
        Last::Never { stated } => stated.contains("streamModeDetails") || stated.contains("shardCount"),
    };
    let stream_mode = if switched { new.mode() } else { current.mode() };
    let details = if stream_mode == current.mode() {
        current.stream_mode_details
    } else {
        Some(StreamModeDetails { stream_mode })
    };
    match stream_mode {
        StreamMode::Provisioned => (details, recounted.or(current.shard_count).or(new.shard_count), None),
        StreamMode::OnDemand => {
            let conflict = recounted.map(|shard_count| Conflict::ShardCountOfOnDemand { shard_count });
            (details, None, conflict)
        }
    }
}

/// Metric by metric, `ALL` written out: what the manifest added or took away since it was last applied.
fn metrics(last: Option<&StreamSpec>, new: &StreamSpec, current: &StreamSpec) -> BTreeSet<ShardLevelMetric> {
    let last = last.map(StreamSpec::shard_level_metrics).unwrap_or_default();
    let new = new.shard_level_metrics();
    let mut merged = current.shard_level_metrics();
    merged.extend(new.difference(&last));
    merged.retain(|metric| new.contains(metric) || !last.contains(metric));
    merged
}

/// Key by key.
fn tags(
    last: Option<&BTreeMap<String, String>>,
    new: &BTreeMap<String, String>,
    current: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let said_last = |key: &String| last.and_then(|last| last.get(key));
    let changed = new.iter().filter(|(key, value)| said_last(key) != Some(value));
    let mut merged = current.clone();
    merged.retain(|key, _| new.contains_key(key) || said_last(key).is_none());
    merged.extend(changed.map(|(key, value)| (key.clone(), value.clone())));
    merged
}
