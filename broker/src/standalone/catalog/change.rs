//! What a change through the AWS API makes of a stream's entry. Decides only: the owner stores the outcome and carries
//! it out.

use forebay_api::{StreamModeDetails, StreamRef, StreamSpec};
use forebay_gateway::catalog::{
    AccountFacts, ChangeRefusal, CreateRefusal, CreateStream, StreamChange, StreamMode as AwsMode, StreamStatus,
};
use forebay_plan::quota::{Account, QuotaExceeded};
use forebay_plan::window::Daily;
use forebay_protocol::limits::{CONSUMERS_PER_STREAM_MAX, TAGS_PER_RESOURCE_MAX};
use forebay_protocol::words::{ConsumerName, TimestampMs};

use super::entry::{ConsumerEntry, Entry, Phase};
use super::in_force::{manifest_metrics, manifest_mode};

/// What a change is judged by besides the entry itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances {
    pub(crate) now: TimestampMs,
    /// This stream included.
    pub(crate) account: Account,
    /// Of this stream.
    pub(crate) open_shards: u32,
}

/// The spec of CreateStream.
pub(crate) fn spec_of(create: &CreateStream) -> StreamSpec {
    StreamSpec {
        stream_mode_details: Some(StreamModeDetails { stream_mode: manifest_mode(create.mode) }),
        shard_count: (create.mode == AwsMode::Provisioned).then_some(create.shard_count),
        max_record_size_in_kib: create.max_record_size_kib,
        tags: create.tags.clone(),
        ..StreamSpec::default()
    }
}

impl Circumstances {
    /// The shards of the account that a change takes from when it is admitted until it is in force.
    pub(crate) fn promised(&self, change: &StreamChange) -> Option<u32> {
        match change {
            StreamChange::ShardCount(count) => Some(*count),
            StreamChange::Mode(AwsMode::Provisioned) => Some(self.open_shards),
            _ => None,
        }
    }
}

/// Why the account may not have what CreateStream asks for.
pub(crate) fn create_refusal((exceeded, account): &(QuotaExceeded, Account)) -> CreateRefusal {
    match exceeded {
        QuotaExceeded::Shards { .. } => CreateRefusal::ShardLimit(facts(account)),
        QuotaExceeded::OnDemandStreams { .. } => CreateRefusal::OnDemandStreamLimit(facts(account)),
    }
}

/// What an account uses and may use, as the gateway asks it.
pub(crate) fn facts(account: &Account) -> AccountFacts {
    AccountFacts {
        open_shards: account.open_shards,
        shard_limit: account.shard_limit,
        on_demand_streams: account.on_demand_streams,
        on_demand_stream_limit: account.on_demand_stream_limit,
    }
}

/// The entry after a change.
pub(crate) fn changed(entry: &Entry, change: StreamChange, at: Circumstances) -> Result<Entry, ChangeRefusal> {
    must_be_served(entry)?;
    let mut entry = entry.clone();
    match change {
        StreamChange::RetentionHours(hours) => {
            must_be_active(&entry)?;
            entry.spec.retention_period_hours = hours;
        }
        StreamChange::Mode(mode) => set_mode(&mut entry, mode, at)?,
        StreamChange::MaxRecordSizeKib(kib) => {
            must_be_active(&entry)?;
            entry.spec.max_record_size_in_kib = kib;
        }
        StreamChange::ShardLevelMetrics(names) => {
            must_be_active(&entry)?;
            entry.spec.desired_shard_level_metrics = manifest_metrics(&names);
        }
        StreamChange::ShardCount(count) => set_shard_count(&mut entry, count, at)?,
        StreamChange::AddTags(tags) => {
            entry.spec.tags.extend(tags);
            tags_within_limit(entry.spec.tags.len())?;
        }
        StreamChange::RemoveTags(keys) => entry.spec.tags.retain(|key, _| !keys.contains(key)),
        StreamChange::RegisterConsumer { name, tags } => register(&mut entry, name, tags, at.now)?,
        StreamChange::DeregisterConsumer(name) => {
            entry.consumers.remove(&name).ok_or(ChangeRefusal::NoSuchConsumer(name))?;
        }
        StreamChange::AddConsumerTags(name, tags) => {
            let consumer = consumer(&mut entry, &name)?;
            consumer.spec.tags.extend(tags);
            tags_within_limit(consumer.spec.tags.len())?;
        }
        StreamChange::RemoveConsumerTags(name, keys) => {
            consumer(&mut entry, &name)?.spec.tags.retain(|key, _| !keys.contains(key));
        }
    }
    Ok(entry)
}

fn must_be_served(entry: &Entry) -> Result<(), ChangeRefusal> {
    match entry.phase {
        Phase::Initialised => Ok(()),
        Phase::Initialising => Err(ChangeRefusal::NotActive(StreamStatus::Creating)),
        Phase::Deleting => Err(ChangeRefusal::NotActive(StreamStatus::Deleting)),
    }
}

fn must_be_active(entry: &Entry) -> Result<(), ChangeRefusal> {
    match entry.scaling_to {
        None => Ok(()),
        Some(_) => Err(ChangeRefusal::NotActive(StreamStatus::Updating)),
    }
}

fn set_mode(entry: &mut Entry, mode: AwsMode, at: Circumstances) -> Result<(), ChangeRefusal> {
    must_be_active(entry)?;
    let stream_mode = manifest_mode(mode);
    if entry.spec.mode() == stream_mode {
        return Ok(());
    }
    let window = Daily::ModeSwitches.admit(&entry.mode_switches, at.now);
    window.map_err(|full| ChangeRefusal::ModeChanges(saturated(full.uses)))?;
    let quota = match mode {
        AwsMode::Provisioned => at.account.admit_shards(at.open_shards),
        AwsMode::OnDemand => at.account.admit_on_demand_stream(),
    };
    quota.map_err(|exceeded| over_quota(&exceeded, &at.account))?;
    entry.spec.stream_mode_details = Some(StreamModeDetails { stream_mode });
    entry.spec.shard_count = (mode == AwsMode::Provisioned).then_some(at.open_shards);
    // The shards stay as they are: the new count is what there is, not something to scale to.
    entry.counted = entry.spec.shard_count;
    Ok(())
}

fn set_shard_count(entry: &mut Entry, count: u32, at: Circumstances) -> Result<(), ChangeRefusal> {
    must_be_active(entry)?;
    let window = Daily::ShardCountUpdates.admit(&entry.shard_count_updates, at.now);
    window.map_err(|full| ChangeRefusal::ShardCountUpdates(saturated(full.uses)))?;
    let quota = at.account.admit_scale(at.open_shards, count);
    quota.map_err(|exceeded| over_quota(&exceeded, &at.account))?;
    entry.spec.shard_count = Some(count);
    // Asked for by name, so it acts even where the spec said so already and splits have changed the shards since.
    entry.counted = None;
    Ok(())
}

fn register(
    entry: &mut Entry,
    name: ConsumerName,
    tags: std::collections::BTreeMap<String, String>,
    now: TimestampMs,
) -> Result<(), ChangeRefusal> {
    if entry.consumers.contains_key(&name) {
        return Err(ChangeRefusal::ConsumerExists(name));
    }
    if entry.consumers.len() >= CONSUMERS_PER_STREAM_MAX {
        return Err(ChangeRefusal::ConsumerLimit(saturated(CONSUMERS_PER_STREAM_MAX)));
    }
    let spec = forebay_api::ConsumerSpec {
        stream_ref: Some(StreamRef { name: entry.object.clone() }),
        stream_arn: None,
        consumer_name: None,
        tags,
    };
    let document = forebay_api::Consumer::named(entry.name.as_str(), name.as_str(), spec);
    let object = document.metadata.name.unwrap_or_default();
    entry.consumers.insert(name, ConsumerEntry { object, created: now, spec: document.spec });
    Ok(())
}

fn consumer<'a>(entry: &'a mut Entry, name: &ConsumerName) -> Result<&'a mut ConsumerEntry, ChangeRefusal> {
    entry.consumers.get_mut(name).ok_or_else(|| ChangeRefusal::NoSuchConsumer(name.clone()))
}

fn tags_within_limit(tags: usize) -> Result<(), ChangeRefusal> {
    if tags > TAGS_PER_RESOURCE_MAX { Err(ChangeRefusal::TagLimit(saturated(tags))) } else { Ok(()) }
}

fn over_quota(exceeded: &QuotaExceeded, account: &Account) -> ChangeRefusal {
    match exceeded {
        QuotaExceeded::Shards { .. } => ChangeRefusal::ShardLimit(facts(account)),
        QuotaExceeded::OnDemandStreams { .. } => ChangeRefusal::OnDemandStreamLimit(facts(account)),
    }
}

fn saturated(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
