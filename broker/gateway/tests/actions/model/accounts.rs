//! A catalog in memory.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard};

use forebay_gateway::catalog::{
    AccountFacts, Catalog, ChangeRefusal, Consumer, ConsumerStatus, CreateRefusal, CreateStream, Credential,
    Installation, Stream, StreamChange, StreamMode, StreamStatus,
};
use forebay_gateway::ranges::{Held, RangeAddress};
use forebay_protocol::limits::{
    CONSUMERS_PER_STREAM_MAX, HOUR_MS, MODE_SWITCHES_PER_DAY, RETENTION_HOURS_MIN, TAGS_PER_RESOURCE_MAX,
};
use forebay_protocol::words::{
    AccountId, ConsumerArn, Incarnation, Place, RangeUuid, StreamId, StreamName, TimestampMs,
};

use super::Shards;

/// The account of requests whose access key does not name one.
pub(crate) const INSTALLATION_ACCOUNT: &str = "000000000000";

/// The streams of every account.
#[derive(Clone)]
pub(crate) struct Accounts(Arc<Inner>);

struct Inner {
    installation: Installation,
    shards: Shards,
    state: Mutex<State>,
}

struct State {
    streams: BTreeMap<(AccountId, StreamName), Arc<Stream>>,
    now: TimestampMs,
    made: u8,
    /// Cloned for each shard that is reserved.
    reserved: Arc<()>,
    /// What every account is said to use and may use, in place of what there is.
    facts: Option<AccountFacts>,
    /// When each stream's mode was changed.
    mode_switches: BTreeMap<Incarnation, Vec<TimestampMs>>,
    /// The shard count that each stream is, or was, scaled to.
    scaled_to: BTreeMap<Incarnation, u32>,
    refuse_create: Option<CreateRefusal>,
    refuse_change: Option<ChangeRefusal>,
    changes: Vec<StreamChange>,
}

/// The incarnation of the n-th stream that is made.
pub(crate) fn incarnation_of(made: u8) -> Incarnation {
    Incarnation([made; 16])
}

impl Accounts {
    /// No streams yet.
    pub(crate) fn new(shards: Shards) -> Self {
        let installation = Installation {
            partition: "aws".parse().expect("a partition"),
            region: "us-east-1".parse().expect("a region"),
            default_account: INSTALLATION_ACCOUNT.parse().expect("an account"),
        };
        let state = State {
            streams: BTreeMap::new(),
            now: TimestampMs(0),
            made: 0,
            reserved: Arc::new(()),
            facts: None,
            mode_switches: BTreeMap::new(),
            scaled_to: BTreeMap::new(),
            refuse_create: None,
            refuse_change: None,
            changes: vec![],
        };
        Self(Arc::new(Inner { installation, shards, state: Mutex::new(state) }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no test panics while it holds the lock")
    }

    /// Sets the time.
    pub(crate) fn at(&self, now: TimestampMs) {
        self.state().now = now;
    }

    /// Refuses the next creation.
    pub(crate) fn refuse_create(&self, refusal: CreateRefusal) {
        self.state().refuse_create = Some(refusal);
    }

    /// Refuses the next change or deletion.
    pub(crate) fn refuse_change(&self, refusal: ChangeRefusal) {
        self.state().refuse_change = Some(refusal);
    }

    /// What accounts use and may use.
    pub(crate) fn set_facts(&self, facts: AccountFacts) {
        self.state().facts = Some(facts);
    }

    /// Changes that were asked for, oldest first.
    pub(crate) fn changes(&self) -> Vec<StreamChange> {
        self.state().changes.clone()
    }

    /// Edits a stream behind the actions' back.
    pub(crate) fn edit(&self, name: &str, edit: impl FnOnce(&mut Stream)) {
        let mut state = self.state();
        let stream = state.streams.values_mut().find(|stream| stream.arn.name.as_str() == name).expect("a stream");
        edit(Arc::make_mut(stream));
    }

    /// A stream of the installation's account.
    pub(crate) fn get(&self, name: &str) -> Arc<Stream> {
        let account = self.0.installation.default_account;
        self.stream(account, &name.parse().expect("a name")).expect("a stream")
    }
}

impl Catalog for Accounts {
    fn installation(&self) -> &Installation {
        &self.0.installation
    }

    fn stream(&self, account: AccountId, name: &StreamName) -> Option<Arc<Stream>> {
        self.state().streams.get(&(account, name.clone())).cloned()
    }

    fn stream_by_id(&self, account: AccountId, id: StreamId) -> Option<Arc<Stream>> {
        let state = self.state();
        let mut own = state.streams.iter().filter(|((owner, _), _)| *owner == account).map(|(_, stream)| stream);
        own.find(|stream| stream.id == id).cloned()
    }

    fn streams(&self, account: AccountId, after: Option<&StreamName>, limit: usize) -> Vec<Arc<Stream>> {
        let state = self.state();
        let own = state.streams.iter().filter(|((owner, _), _)| *owner == account);
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let later = own.filter(|((_, name), _)| match after {
            Bound::Excluded(after) => name > after,
            _ => true,
        });
        later.map(|(_, stream)| stream.clone()).take(limit).collect()
    }

    async fn account(&self, account: AccountId) -> AccountFacts {
        self.state().facts(&self.0.shards, account)
    }

    async fn reserve_shards(&self, account: AccountId, additional: u32) -> Result<Held, AccountFacts> {
        assert_eq!(additional, 1, "only splits reserve");
        let state = self.state();
        let facts = state.facts(&self.0.shards, account);
        if facts.open_shards < facts.shard_limit { Ok(Held::from(Arc::clone(&state.reserved))) } else { Err(facts) }
    }

    fn credential(&self, _: &str) -> Option<Arc<Credential>> {
        None
    }

    fn requires_signatures(&self) -> bool {
        false
    }

    async fn create(&self, account: AccountId, create: CreateStream) -> Result<(), CreateRefusal> {
        let mut state = self.state();
        if let Some(refusal) = state.refuse_create.take() {
            return Err(refusal);
        }
        let key = (account, create.name.clone());
        if state.streams.contains_key(&key) {
            return Err(CreateRefusal::Exists);
        }
        let facts = state.facts(&self.0.shards, account);
        match create.mode {
            StreamMode::Provisioned if facts.open_shards + create.shard_count > facts.shard_limit => {
                return Err(CreateRefusal::ShardLimit(facts));
            }
            StreamMode::OnDemand if facts.on_demand_streams == facts.on_demand_stream_limit => {
                return Err(CreateRefusal::OnDemandStreamLimit(facts));
            }
            StreamMode::Provisioned | StreamMode::OnDemand => {}
        }
        state.made += 1;
        let incarnation = incarnation_of(state.made);
        let root = RangeAddress { incarnation, range: RangeUuid([state.made; 16]) };
        self.0.shards.initialise(root, create.shard_count, state.now);
        let Installation { partition, region, .. } = self.0.installation.clone();
        let stream = Stream {
            arn: Place { partition, region, account }.stream(&create.name),
            incarnation,
            id: StreamId::of(incarnation),
            root,
            created: state.now,
            status: StreamStatus::Active,
            mode: create.mode,
            retention_hours: RETENTION_HOURS_MIN,
            max_record_size_kib: create.max_record_size_kib,
            shard_level_metrics: vec![],
            tags: create.tags,
            consumers: vec![],
        };
        state.streams.insert(key, Arc::new(stream));
        Ok(())
    }

    async fn delete(&self, account: AccountId, stream: Incarnation) -> Result<(), ChangeRefusal> {
        let mut state = self.state();
        if let Some(refusal) = state.refuse_change.take() {
            return Err(refusal);
        }
        let found = state.streams.iter().find(|((owner, _), known)| *owner == account && known.incarnation == stream);
        let key = found.map(|(key, _)| key.clone()).ok_or(ChangeRefusal::NotFound)?;
        let removed = state.streams.remove(&key).expect("found above");
        self.0.shards.remove(removed.root);
        Ok(())
    }

    async fn change(&self, account: AccountId, stream: Incarnation, change: StreamChange) -> Result<(), ChangeRefusal> {
        let mut state = self.state();
        if let Some(refusal) = state.refuse_change.take() {
            return Err(refusal);
        }
        state.changes.push(change.clone());
        let mut own = state.streams.values().filter(|known| known.arn.place.account == account);
        let found = own.find(|known| known.incarnation == stream).cloned().ok_or(ChangeRefusal::NotFound)?;
        state.admit(&self.0.shards, &found, &change)?;
        let mut changed = (*found).clone();
        let now = state.now;
        if let StreamChange::Mode(mode) = change
            && mode != changed.mode
        {
            state.mode_switches.entry(stream).or_default().push(now);
        }
        if let StreamChange::ShardCount(count) = change {
            state.scaled_to.insert(stream, count);
        }
        apply(&mut changed, change, now)?;
        self.0.shards.retain(changed.root, u64::from(changed.retention_hours) * HOUR_MS);
        state.streams.insert((account, changed.arn.name.clone()), Arc::new(changed));
        Ok(())
    }
}

impl State {
    /// What an account uses and may use.
    fn facts(&self, shards: &Shards, account: AccountId) -> AccountFacts {
        let reserved = u32::try_from(Arc::strong_count(&self.reserved) - 1).expect("few");
        if let Some(facts) = self.facts {
            return AccountFacts { open_shards: facts.open_shards + reserved, ..facts };
        }
        let mut facts =
            AccountFacts { open_shards: reserved, shard_limit: 2000, on_demand_streams: 0, on_demand_stream_limit: 50 };
        for stream in self.streams.values().filter(|stream| stream.arn.place.account == account) {
            match stream.mode {
                StreamMode::Provisioned => {
                    let scaled_to = self.scaled_to.get(&stream.incarnation).copied();
                    let promised = scaled_to.filter(|_| stream.status == StreamStatus::Updating).unwrap_or_default();
                    facts.open_shards += shards.open_count(stream.root).max(promised);
                }
                StreamMode::OnDemand => facts.on_demand_streams += 1,
            }
        }
        facts
    }

    /// Whether a stream and its account may be changed so, but for what the change itself says.
    fn admit(&self, shards: &Shards, stream: &Stream, change: &StreamChange) -> Result<(), ChangeRefusal> {
        let is_setting = matches!(
            change,
            StreamChange::RetentionHours(_)
                | StreamChange::Mode(_)
                | StreamChange::MaxRecordSizeKib(_)
                | StreamChange::ShardLevelMetrics(_)
                | StreamChange::ShardCount(_)
        );
        if is_setting && stream.status != StreamStatus::Active {
            return Err(ChangeRefusal::NotActive(stream.status));
        }
        let facts = self.facts(shards, stream.arn.place.account);
        let open = shards.open_count(stream.root);
        let additional = match change {
            StreamChange::ShardCount(count) => count.saturating_sub(open),
            StreamChange::Mode(mode) if *mode != stream.mode => self.admit_switch(stream, *mode, open, facts)?,
            _ => 0,
        };
        if additional > 0 && facts.open_shards + additional > facts.shard_limit {
            return Err(ChangeRefusal::ShardLimit(facts));
        }
        Ok(())
    }

    /// The shards that count once the stream has another mode.
    fn admit_switch(
        &self,
        stream: &Stream,
        to: StreamMode,
        open: u32,
        facts: AccountFacts,
    ) -> Result<u32, ChangeRefusal> {
        let switches = self.mode_switches.get(&stream.incarnation).into_iter().flatten();
        let recent = switches.filter(|at| self.now.0.saturating_sub(at.0) < 24 * HOUR_MS).count();
        if recent >= MODE_SWITCHES_PER_DAY {
            return Err(ChangeRefusal::ModeChanges(2));
        }
        match to {
            StreamMode::Provisioned => Ok(open),
            StreamMode::OnDemand if facts.on_demand_streams == facts.on_demand_stream_limit => {
                Err(ChangeRefusal::OnDemandStreamLimit(facts))
            }
            StreamMode::OnDemand => Ok(0),
        }
    }
}

fn apply(stream: &mut Stream, change: StreamChange, now: TimestampMs) -> Result<(), ChangeRefusal> {
    match change {
        StreamChange::RetentionHours(hours) => stream.retention_hours = hours,
        StreamChange::Mode(mode) => stream.mode = mode,
        StreamChange::MaxRecordSizeKib(kib) => stream.max_record_size_kib = kib,
        StreamChange::ShardLevelMetrics(metrics) => stream.shard_level_metrics = metrics,
        StreamChange::ShardCount(_) => stream.status = StreamStatus::Updating,
        StreamChange::AddTags(tags) => add_tags(&mut stream.tags, tags)?,
        StreamChange::RemoveTags(keys) => stream.tags.retain(|key, _| !keys.contains(key)),
        StreamChange::RegisterConsumer { name, tags } => {
            let arn = ConsumerArn { stream: stream.arn.clone(), name, created_s: now.seconds() };
            if stream.consumers.iter().any(|consumer| consumer.arn.name == arn.name) {
                return Err(ChangeRefusal::ConsumerExists(arn.name));
            }
            if stream.consumers.len() == CONSUMERS_PER_STREAM_MAX {
                return Err(ChangeRefusal::ConsumerLimit(20));
            }
            stream.consumers.push(Consumer { arn, status: ConsumerStatus::Active, created: now, tags });
            stream.consumers.sort_by(|a, b| a.arn.name.cmp(&b.arn.name));
        }
        StreamChange::DeregisterConsumer(name) => {
            consumer(stream, name.clone())?;
            stream.consumers.retain(|consumer| consumer.arn.name != name);
        }
        StreamChange::AddConsumerTags(name, tags) => add_tags(&mut consumer(stream, name)?.tags, tags)?,
        StreamChange::RemoveConsumerTags(name, keys) => {
            consumer(stream, name)?.tags.retain(|key, _| !keys.contains(key));
        }
    }
    Ok(())
}

fn add_tags(to: &mut BTreeMap<String, String>, tags: BTreeMap<String, String>) -> Result<(), ChangeRefusal> {
    to.extend(tags);
    if to.len() > TAGS_PER_RESOURCE_MAX {
        return Err(ChangeRefusal::TagLimit(u32::try_from(to.len()).expect("few tags")));
    }
    Ok(())
}

fn consumer(stream: &mut Stream, name: forebay_protocol::words::ConsumerName) -> Result<&mut Consumer, ChangeRefusal> {
    let found = stream.consumers.iter_mut().find(|consumer| consumer.arn.name == name);
    found.ok_or(ChangeRefusal::NoSuchConsumer(name))
}
