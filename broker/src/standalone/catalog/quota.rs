//! What an account uses of its quota, counted under one lock with what is admitted and not there yet: reservations, and
//! the shards that a stream is promised. Whatever takes of a quota is admitted here. Waits for no disk and no range.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use forebay_api::{StreamMode, StreamSpec};
use forebay_gateway::catalog::{ChangeRefusal, StreamMode as AwsMode, open_shard_count};
use forebay_gateway::ranges::{Held, RangeAddress};
use forebay_log::Disk;
use forebay_plan::quota::{Account, QuotaExceeded};
use forebay_plan::{Plan, Step};
use forebay_protocol::limits::ON_DEMAND_SHARDS;
use forebay_protocol::words::{AccountId, Incarnation, StreamName};

use super::entry::Entry;
use super::index::Index;
use super::owner::Owner;
use super::workshop::Workshop;

/// Shards taken of each account's quota by what is not shown yet. Locked while anything is admitted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reservations(Arc<Mutex<BTreeMap<AccountId, u32>>>);

/// Shards that count as used until this is dropped.
struct Reservation {
    all: Reservations,
    account: AccountId,
    shards: u32,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut all = self.all.lock();
        if let Some(shards) = all.get_mut(&self.account) {
            *shards -= self.shards;
        }
        all.retain(|_, shards| *shards > 0);
    }
}

impl Reservations {
    /// A panic while the lock was held leaves the counts as they were.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<AccountId, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How one of the streams is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counted {
    /// As every other: by what it is promised, where that is more.
    Promised,
    /// By its open shards alone, for a plan that starts from them.
    AsObserved(Incarnation),
}

impl<D: Disk> Workshop<D> {
    /// What an account uses and may use.
    pub(super) fn usage(&self, index: &Index, account: AccountId) -> Account {
        self.count(&self.reservations.lock(), index, account, Counted::Promised)
    }

    /// Takes so many shards until what this answers is dropped; what the account uses, if it may not have them.
    pub(super) fn reserve(&self, index: &Index, account: AccountId, shards: u32) -> Result<Held, Account> {
        let mut reserved = self.reservations.lock();
        let usage = self.count(&reserved, index, account, Counted::Promised);
        usage.admit_shards(shards).map_err(|_| usage)?;
        *reserved.entry(account).or_default() += shards;
        Ok(Held::from(Arc::new(Reservation { all: self.reservations.clone(), account, shards })))
    }

    /// Decides on a change of a stream with what the account uses, and promises the stream the shards that it takes.
    pub(super) fn admit_change<'a, T>(
        &self,
        index: &Index,
        account: AccountId,
        decide: impl FnOnce(Account) -> Result<(T, Option<(&'a StreamName, u32)>), ChangeRefusal>,
    ) -> Result<T, ChangeRefusal> {
        let reserved = self.reservations.lock();
        let (changed, promised) = decide(self.count(&reserved, index, account, Counted::Promised))?;
        if let Some((name, shards)) = promised {
            index.promise(account, name, shards);
        }
        Ok(changed)
    }

    /// Makes a plan for a stream with what the account uses, and promises the stream the shards that it leads to.
    pub(super) fn admit_plan(&self, index: &Index, entry: &Entry, decide: impl FnOnce(&Account) -> Plan) -> Plan {
        let reserved = self.reservations.lock();
        let plan = decide(&self.count(&reserved, index, entry.account, Counted::AsObserved(entry.incarnation)));
        for step in &plan.steps {
            let promised = match step {
                Step::ScaleTo { shards } => *shards,
                Step::SetMode(StreamMode::Provisioned) => self.open_shards(Self::address(entry)),
                _ => 0,
            };
            index.promise(entry.account, &entry.name, promised);
        }
        plan
    }

    /// The open shards that a stream counts as even while its range has fewer: those that it is scaled to, and where
    /// the range does not serve what its record says, which knows of no splits and merges by themselves.
    pub(super) fn promised(&self, entry: &Entry) -> u32 {
        if self.handle(entry).is_ok() {
            return entry.scaling_to.unwrap_or_default();
        }
        match entry.spec.mode() {
            StreamMode::Provisioned => {
                entry.scaling_to.max(entry.counted).or(entry.spec.shard_count).unwrap_or_default()
            }
            StreamMode::OnDemand => 0,
        }
    }

    /// Of a range; none if it does not serve.
    fn open_shards(&self, root: RangeAddress) -> u32 {
        self.host.range(root).map_or(0, |range| open_shard_count(&range.shard_map()))
    }

    fn count(
        &self,
        reserved: &BTreeMap<AccountId, u32>,
        index: &Index,
        account: AccountId,
        counted: Counted,
    ) -> Account {
        let open_shards = reserved.get(&account).copied().unwrap_or_default();
        let mut usage = Account { open_shards, shard_limit: self.shard_limit, ..Account::default() };
        for (stream, promised) in index.promised(account) {
            let promised = if counted == Counted::AsObserved(stream.incarnation) { 0 } else { promised };
            let open = match stream.mode {
                AwsMode::OnDemand => {
                    usage.on_demand_streams += 1;
                    0
                }
                AwsMode::Provisioned => self.open_shards(stream.root),
            };
            usage.open_shards = usage.open_shards.saturating_add(open.max(promised));
        }
        usage
    }
}

impl<D: Disk> Owner<D> {
    /// Takes of the account's quota what a new stream needs; what exceeds it, and what the account uses, if it may not.
    pub(super) fn admit(
        &self,
        account: AccountId,
        spec: &StreamSpec,
    ) -> Result<Option<Held>, (QuotaExceeded, Account)> {
        match spec.mode() {
            StreamMode::OnDemand => self.admit_on_demand_streams(account, 1).map(|()| None),
            StreamMode::Provisioned => {
                let additional = spec.shard_count.unwrap_or(ON_DEMAND_SHARDS);
                let exceeded = |usage: Account| {
                    let (open, limit) = (usage.open_shards, usage.shard_limit);
                    (QuotaExceeded::Shards { open, additional, limit }, usage)
                };
                self.workshop.reserve(&self.index, account, additional).map(Some).map_err(exceeded)
            }
        }
    }

    /// Whether the account may have so many more streams on demand. Only the owner makes them, so none are reserved.
    pub(super) fn admit_on_demand_streams(
        &self,
        account: AccountId,
        additional: u32,
    ) -> Result<(), (QuotaExceeded, Account)> {
        let mut usage = self.workshop.usage(&self.index, account);
        usage.on_demand_streams += additional.saturating_sub(1);
        usage.admit_on_demand_stream().map_err(|exceeded| (exceeded, usage))
    }
}
