//! The steps from what a stream is to what its manifest says, and what holds some of them up.
//!
//! A setting is compared with what is observed: it changes through the spec alone. The shard count is not, because
//! SplitShard and MergeShards change the shards and never the spec: only a count that differs from the one last carried
//! out acts, so that nobody's split is undone.

use std::collections::BTreeSet;

use forebay_api::condition::{ConditionStatus, ConditionType, Observation, ReasonCode};
use forebay_api::{Limits, ShardLevelMetric, StreamMode, StreamSpec};
use forebay_protocol::limits::{CONSUMERS_PER_STREAM_MAX, ON_DEMAND_SHARDS};
use forebay_protocol::words::{ConsumerName, TimestampMs};

use crate::quota::{Account, QuotaExceeded};
use crate::scale::stages;
use crate::window::{Daily, WindowFull};

/// What should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent<'a> {
    /// A stream.
    Present {
        /// As its manifest says now, API calls included.
        spec: &'a StreamSpec,
        /// The spec's shardCount that was last carried out, as [`Plan::settles_shard_count`] tells; none before the
        /// first time, and none when UpdateShardCount asks for the count anew that the spec has already.
        counted: Option<u32>,
        /// The names of the consumers that its Consumer objects ask for.
        consumers: &'a BTreeSet<ConsumerName>,
    },
    /// Nothing: the stream is to be deleted.
    Absent,
}

/// What is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observed {
    /// No range of the stream exists.
    Nothing,
    /// The stream as its root range tells it.
    Stream(ObservedStream),
}

/// A stream as its root range tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedStream {
    /// The settings in force.
    pub settings: Settings,
    /// Open shards, at least one.
    pub open_shards: u32,
    /// The count that a scale begun and not yet ended leads to.
    pub scaling_to: Option<u32>,
    /// The registered consumers.
    pub consumers: BTreeSet<ConsumerName>,
    /// When the mode was switched, at least within the last day.
    pub mode_switches: Vec<TimestampMs>,
    /// When a change of the shard count began, at least within the last day.
    pub shard_count_updates: Vec<TimestampMs>,
}

/// Of a stream all that its manifest sets, but for the shard count; tags are kept by the manifest alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How capacity is decided.
    pub mode: StreamMode,
    /// For how long records can be read, in hours.
    pub retention_hours: u32,
    /// The largest record, in KiB.
    pub max_record_size_kib: u32,
    /// Whether the limits of AWS hold per shard.
    pub limits: Limits,
    /// The metrics kept for each shard, `ALL` written out.
    pub shard_level_metrics: BTreeSet<ShardLevelMetric>,
}

impl Settings {
    /// What a spec sets.
    pub fn of(spec: &StreamSpec) -> Self {
        Self {
            mode: spec.mode(),
            retention_hours: spec.retention_period_hours,
            max_record_size_kib: spec.max_record_size_in_kib,
            limits: spec.limits,
            shard_level_metrics: spec.shard_level_metrics(),
        }
    }
}

/// What to do, in order. Every step may be repeated: a step already done changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make the stream.
    Init(Init),
    /// Switch the mode. The shards stay as they are.
    SetMode(StreamMode),
    /// Change how long records can be read.
    SetRetention {
        /// In hours.
        hours: u32,
    },
    /// Change the largest record.
    SetMaxRecordSize {
        /// In KiB.
        kib: u32,
    },
    /// Change whether limits hold.
    SetLimits(Limits),
    /// Change the metrics kept for each shard to exactly these.
    SetMonitoring(BTreeSet<ShardLevelMetric>),
    /// Split and merge until there are so many open shards of equal parts: one stage of a scale.
    ScaleTo {
        /// Open shards afterwards.
        shards: u32,
    },
    /// Register a consumer.
    RegisterConsumer(ConsumerName),
    /// Deregister a consumer.
    DeregisterConsumer(ConsumerName),
    /// Delete the stream with its consumers and records.
    Delete,
}

/// How a stream begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Init {
    /// Its settings.
    pub settings: Settings,
    /// Its shards, which divide the hash keys equally.
    pub shards: u32,
}

/// Why a part of the manifest is not carried out yet. The rest of it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Hold {
    /// The mode was switched too often today.
    #[error("the mode was switched {0}")]
    ModeSwitches(WindowFull),
    /// The shard count was changed too often today.
    #[error("the shard count was changed {0}")]
    ShardCountUpdates(WindowFull),
    /// The account may not have so much.
    #[error(transparent)]
    Quota(QuotaExceeded),
    /// More consumers are asked for than a stream may have; these wait.
    #[error("a stream has at most {CONSUMERS_PER_STREAM_MAX} consumers; waiting: {}", names(.0))]
    Consumers(BTreeSet<ConsumerName>),
}

fn names(consumers: &BTreeSet<ConsumerName>) -> String {
    consumers.iter().map(ConsumerName::as_str).collect::<Vec<_>>().join(", ")
}

impl Hold {
    /// When time alone lifts it.
    pub fn until(&self) -> Option<TimestampMs> {
        match self {
            Self::ModeSwitches(full) | Self::ShardCountUpdates(full) => Some(full.opens),
            Self::Quota(_) | Self::Consumers(_) => None,
        }
    }

    /// As a condition of the object.
    pub fn observation(&self) -> Observation {
        let (type_, status, reason) = match self {
            Self::ModeSwitches(_) => (ConditionType::AbleToScale, ConditionStatus::False, ReasonCode::ModeSwitchLimit),
            Self::ShardCountUpdates(_) => {
                (ConditionType::AbleToScale, ConditionStatus::False, ReasonCode::ShardCountUpdateLimit)
            }
            Self::Quota(_) => (ConditionType::ScalingLimited, ConditionStatus::True, ReasonCode::ShardQuotaExceeded),
            Self::Consumers(_) => (ConditionType::Stalled, ConditionStatus::True, ReasonCode::ConsumerLimitExceeded),
        };
        Observation { type_, status, reason, message: self.to_string() }
    }
}

/// What to do now, and what must wait.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// In this order.
    pub steps: Vec<Step>,
    /// In no order.
    pub holds: Vec<Hold>,
}

/// The steps from what is to what should be. `account` counts this stream as it is observed.
pub fn plan(intent: Intent<'_>, observed: &Observed, account: &Account, now: TimestampMs) -> Plan {
    match (intent, observed) {
        (Intent::Absent, Observed::Nothing) => Plan::default(),
        (Intent::Absent, Observed::Stream(_)) => Plan { steps: vec![Step::Delete], holds: Vec::new() },
        (Intent::Present { spec, consumers, .. }, Observed::Nothing) => create(spec, consumers, account),
        (Intent::Present { spec, counted, consumers }, Observed::Stream(stream)) => {
            let mut plan = Plan::default();
            let mode = plan.switch_mode(spec, stream, account, now);
            plan.settle(&Settings { mode, ..Settings::of(spec) }, &stream.settings);
            if mode == StreamMode::Provisioned {
                plan.scale(spec, counted, stream, account, now);
            }
            plan.match_consumers(consumers, &stream.consumers);
            plan
        }
    }
}

fn create(spec: &StreamSpec, consumers: &BTreeSet<ConsumerName>, account: &Account) -> Plan {
    let settings = Settings::of(spec);
    let shards = spec.shard_count.unwrap_or(ON_DEMAND_SHARDS);
    let admitted = match settings.mode {
        StreamMode::Provisioned => account.admit_shards(shards),
        StreamMode::OnDemand => account.admit_on_demand_stream(),
    };
    if let Err(exceeded) = admitted {
        return Plan { steps: Vec::new(), holds: vec![Hold::Quota(exceeded)] };
    }
    let mut plan = Plan { steps: vec![Step::Init(Init { settings, shards })], holds: Vec::new() };
    plan.match_consumers(consumers, &BTreeSet::new());
    plan
}

impl Plan {
    /// Whether the spec's shardCount is carried out once the steps are.
    pub fn settles_shard_count(&self) -> bool {
        let waits = |hold: &Hold| matches!(hold, Hold::ModeSwitches(_) | Hold::ShardCountUpdates(_) | Hold::Quota(_));
        !self.holds.iter().any(waits)
    }

    /// The mode after this plan.
    fn switch_mode(
        &mut self,
        spec: &StreamSpec,
        stream: &ObservedStream,
        account: &Account,
        now: TimestampMs,
    ) -> StreamMode {
        let (is, wanted) = (stream.settings.mode, spec.mode());
        if is == wanted {
            return is;
        }
        // A stream that becomes PROVISIONED brings the shards it has into the account's count.
        let admitted = match wanted {
            StreamMode::Provisioned => account.admit_shards(stream.open_shards),
            StreamMode::OnDemand => account.admit_on_demand_stream(),
        };
        let window = Daily::ModeSwitches.admit(&stream.mode_switches, now);
        match window.map_err(Hold::ModeSwitches).and(admitted.map_err(Hold::Quota)) {
            Ok(()) => {
                self.steps.push(Step::SetMode(wanted));
                wanted
            }
            Err(hold) => {
                self.holds.push(hold);
                is
            }
        }
    }

    fn settle(&mut self, wanted: &Settings, is: &Settings) {
        let Settings { mode: _, retention_hours, max_record_size_kib, limits, shard_level_metrics } = wanted;
        if *retention_hours != is.retention_hours {
            self.steps.push(Step::SetRetention { hours: *retention_hours });
        }
        if *max_record_size_kib != is.max_record_size_kib {
            self.steps.push(Step::SetMaxRecordSize { kib: *max_record_size_kib });
        }
        if *limits != is.limits {
            self.steps.push(Step::SetLimits(*limits));
        }
        if *shard_level_metrics != is.shard_level_metrics {
            self.steps.push(Step::SetMonitoring(shard_level_metrics.clone()));
        }
    }

    fn scale(
        &mut self,
        spec: &StreamSpec,
        counted: Option<u32>,
        stream: &ObservedStream,
        account: &Account,
        now: TimestampMs,
    ) {
        let Some(target) = spec.shard_count else { return };
        let changed = counted != Some(target);
        // One begun may have come by the right count with parts still unequal.
        let begun = stream.scaling_to == Some(target);
        if !begun && (!changed || target == stream.open_shards) {
            return;
        }
        // Before it is PROVISIONED, which a step ahead of these makes it, its shards are not in the account's count.
        let uncounted = if stream.settings.mode == StreamMode::Provisioned { 0 } else { stream.open_shards };
        let account = Account { open_shards: account.open_shards.saturating_add(uncounted), ..*account };
        let window = if begun { Ok(()) } else { Daily::ShardCountUpdates.admit(&stream.shard_count_updates, now) };
        let quota = account.admit_scale(stream.open_shards, target);
        match window.map_err(Hold::ShardCountUpdates).and(quota.map_err(Hold::Quota)) {
            Ok(()) => {
                let mut stages = stages(stream.open_shards, target);
                if stages.is_empty() {
                    stages.push(target);
                }
                self.steps.extend(stages.into_iter().map(|shards| Step::ScaleTo { shards }));
            }
            Err(hold) => self.holds.push(hold),
        }
    }

    /// Deregistration first: it makes room.
    fn match_consumers(&mut self, wanted: &BTreeSet<ConsumerName>, is: &BTreeSet<ConsumerName>) {
        self.steps.extend(is.difference(wanted).cloned().map(Step::DeregisterConsumer));
        let kept = is.intersection(wanted).count();
        let mut new: Vec<_> = wanted.difference(is).cloned().collect();
        let waiting = new.split_off(new.len().min(CONSUMERS_PER_STREAM_MAX.saturating_sub(kept)));
        self.steps.extend(new.into_iter().map(Step::RegisterConsumer));
        if !waiting.is_empty() {
            self.holds.push(Hold::Consumers(waiting.into_iter().collect()));
        }
    }
}
