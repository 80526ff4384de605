//! A catalog in memory.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard};

use forebay_gateway::catalog::{
    AccountFacts, Catalog, ChangeRefusal, Consumer, ConsumerStatus, CreateRefusal, CreateStream, Credential,
    Installation, Stream, StreamChange, StreamMode, StreamStatus,
};
use forebay_gateway::ranges::{Held, RangeAddress};
use forebay_protocol::limits::RETENTION_HOURS_MIN;
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
    facts: AccountFacts,
    /// Cloned for each shard that is reserved.
    reserved: Arc<()>,
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
        let facts = AccountFacts { open_shards: 0, shard_limit: 500, on_demand_streams: 0, on_demand_stream_limit: 50 };
        let state = State {
            streams: BTreeMap::new(),
            now: TimestampMs(0),
            made: 0,
            facts,
            reserved: Arc::new(()),
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
        self.state().facts = facts;
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

    async fn account(&self, _: AccountId) -> AccountFacts {
        self.state().facts
    }

    async fn reserve_shards(&self, _: AccountId, additional: u32) -> Result<Held, AccountFacts> {
        assert_eq!(additional, 1, "only splits reserve");
        let state = self.state();
        let reserved = u32::try_from(Arc::strong_count(&state.reserved) - 1).expect("few");
        let facts = AccountFacts { open_shards: state.facts.open_shards + reserved, ..state.facts };
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
        let now = state.now;
        state.changes.push(change.clone());
        let mut own = state.streams.iter_mut().filter(|((owner, _), _)| *owner == account).map(|(_, stream)| stream);
        let found = own.find(|known| known.incarnation == stream).ok_or(ChangeRefusal::NotFound)?;
        apply(Arc::make_mut(found), change, now)
    }
}

fn apply(stream: &mut Stream, change: StreamChange, now: TimestampMs) -> Result<(), ChangeRefusal> {
    match change {
        StreamChange::RetentionHours(hours) => stream.retention_hours = hours,
        StreamChange::Mode(mode) => stream.mode = mode,
        StreamChange::MaxRecordSizeKib(kib) => stream.max_record_size_kib = kib,
        StreamChange::ShardLevelMetrics(metrics) => stream.shard_level_metrics = metrics,
        StreamChange::ShardCount(_) => stream.status = StreamStatus::Updating,
        StreamChange::AddTags(tags) => stream.tags.extend(tags),
        StreamChange::RemoveTags(keys) => stream.tags.retain(|key, _| !keys.contains(key)),
        StreamChange::RegisterConsumer { name, tags } => {
            let arn = ConsumerArn { stream: stream.arn.clone(), name, created_s: now.seconds() };
            if stream.consumers.iter().any(|consumer| consumer.arn.name == arn.name) {
                return Err(ChangeRefusal::ConsumerExists(arn.name));
            }
            stream.consumers.push(Consumer { arn, status: ConsumerStatus::Active, created: now, tags });
            stream.consumers.sort_by(|a, b| a.arn.name.cmp(&b.arn.name));
        }
        StreamChange::DeregisterConsumer(name) => stream.consumers.retain(|consumer| consumer.arn.name != name),
        StreamChange::AddConsumerTags(name, tags) => consumer(stream, name)?.tags.extend(tags),
        StreamChange::RemoveConsumerTags(name, keys) => {
            consumer(stream, name)?.tags.retain(|key, _| !keys.contains(key));
        }
    }
    debug_assert!(matches!(stream.mode, StreamMode::Provisioned | StreamMode::OnDemand));
    Ok(())
}

fn consumer(stream: &mut Stream, name: forebay_protocol::words::ConsumerName) -> Result<&mut Consumer, ChangeRefusal> {
    let found = stream.consumers.iter_mut().find(|consumer| consumer.arn.name == name);
    found.ok_or(ChangeRefusal::NoSuchConsumer(name))
}
