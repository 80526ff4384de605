//! Conditions: what a status says in Kubernetes' own words, after the kstatus contract. Ready is True, False or Unknown;
//! Reconciling and Stalled are only present while they are true.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

/// The condition types that a Stream or a Consumer may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionType {
    /// The object serves as its spec asks.
    Ready,
    /// Steps toward the spec are under way.
    Reconciling,
    /// No step can be taken until the spec or the surroundings change.
    Stalled,
    /// Whether the next change of shard count or mode may be made now.
    AbleToScale,
    /// Whether the shard count asked for exceeds what the account may have.
    ScalingLimited,
}

impl ConditionType {
    /// The word in a condition's `type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::Reconciling => "Reconciling",
            Self::Stalled => "Stalled",
            Self::AbleToScale => "AbleToScale",
            Self::ScalingLimited => "ScalingLimited",
        }
    }
}

/// Why a condition has its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasonCode {
    /// Nothing has looked at the object yet.
    NotReconciled,
    /// The stream or consumer answers.
    Active,
    /// It is being created.
    Creating,
    /// It is being deleted.
    Deleting,
    /// The shard count moves in steps of twice or half.
    SteppingShardCount,
    /// Two mode switches were made within 24 hours.
    ModeSwitchLimit,
    /// Ten updates of the shard count were made within 24 hours.
    ShardCountUpdateLimit,
    /// The account's quota of shards is used up.
    ShardQuotaExceeded,
    /// The stream has as many consumers as it may.
    ConsumerLimitExceeded,
    /// The stream that a Consumer names does not exist.
    StreamNotFound,
    /// The stream was initialised, and its data is gone.
    DataLost,
}

impl ReasonCode {
    /// The word in a condition's `reason`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotReconciled => "NotReconciled",
            Self::Active => "Active",
            Self::Creating => "Creating",
            Self::Deleting => "Deleting",
            Self::SteppingShardCount => "SteppingShardCount",
            Self::ModeSwitchLimit => "ModeSwitchLimit",
            Self::ShardCountUpdateLimit => "ShardCountUpdateLimit",
            Self::ShardQuotaExceeded => "ShardQuotaExceeded",
            Self::ConsumerLimitExceeded => "ConsumerLimitExceeded",
            Self::StreamNotFound => "StreamNotFound",
            Self::DataLost => "DataLost",
        }
    }
}

/// A condition's `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the Kubernetes words")]
pub enum ConditionStatus {
    True,
    False,
    Unknown,
}

impl ConditionStatus {
    /// The word in a condition's `status`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// A condition to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Of which type.
    pub type_: ConditionType,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// Why, for programs.
    pub reason: ReasonCode,
    /// Why, for people; at most 32,768 characters.
    pub message: String,
}

/// Sets one condition among those of an object. Its transition time moves only when its status does: a status that
/// changed on every look would wake every watcher, its writer included.
pub fn set(conditions: &mut Vec<Condition>, observation: Observation, generation: Option<i64>, now: Timestamp) {
    let Observation { type_, status, reason, message } = observation;
    let known = conditions.iter().position(|condition| condition.type_ == type_.as_str());
    let since = known.map(|index| &conditions[index]).filter(|condition| condition.status == status.as_str());
    let next = Condition {
        last_transition_time: since.map_or(Time(now), |condition| condition.last_transition_time.clone()),
        message,
        observed_generation: generation,
        reason: reason.as_str().to_owned(),
        status: status.as_str().to_owned(),
        type_: type_.as_str().to_owned(),
    };
    match known {
        Some(index) => conditions[index] = next,
        None => conditions.push(next),
    }
}

/// Takes a condition away, as Reconciling and Stalled are once they hold no more.
pub fn clear(conditions: &mut Vec<Condition>, type_: ConditionType) {
    conditions.retain(|condition| condition.type_ != type_.as_str());
}

/// The condition that the definitions give an object by default.
pub(crate) fn initial() -> Value {
    json!({
        "lastTransitionTime": "1970-01-01T00:00:00Z",
        "message": "waiting for Forebay",
        "reason": ReasonCode::NotReconciled.as_str(),
        "status": ConditionStatus::Unknown.as_str(),
        "type": ConditionType::Ready.as_str(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(status: ConditionStatus, message: &str) -> Observation {
        Observation { type_: ConditionType::Ready, status, reason: ReasonCode::Active, message: message.to_owned() }
    }

    #[test]
    fn a_transition_time_moves_only_with_the_status() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut conditions: Vec<Condition> = vec![serde_json::from_value(initial()).unwrap()];
        set(&mut conditions, ready(ConditionStatus::True, "a"), Some(1), at(10));
        set(&mut conditions, ready(ConditionStatus::True, "b"), Some(2), at(20));
        assert_eq!(conditions.len(), 1);
        assert_eq!(conditions[0].last_transition_time, Time(at(10)));
        assert_eq!((conditions[0].message.as_str(), conditions[0].observed_generation), ("b", Some(2)));
        set(&mut conditions, ready(ConditionStatus::False, "c"), Some(2), at(30));
        assert_eq!(conditions[0].last_transition_time, Time(at(30)));
        clear(&mut conditions, ConditionType::Ready);
        assert!(conditions.is_empty());
    }
}
