//! The streams as everybody looks them up: snapshots, replaced one at a time by the catalog's owner.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use forebay_gateway::catalog::Stream;
use forebay_protocol::words::{AccountId, Incarnation, StreamId, StreamName};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Index {
    accounts: RwLock<HashMap<AccountId, Account>>,
}

#[derive(Debug, Default)]
struct Account {
    by_name: BTreeMap<StreamName, Shown>,
    by_id: HashMap<StreamId, StreamName>,
}

#[derive(Debug)]
struct Shown {
    stream: Arc<Stream>,
    /// It counts as at least so many open shards of its account.
    promised: u32,
}

impl Index {
    /// Shows a stream as it is now, with the open shards that it counts as even while its range has fewer.
    pub(crate) fn put(&self, stream: Stream, promised: u32) {
        let mut accounts = self.accounts.write().unwrap_or_else(PoisonError::into_inner);
        let account = accounts.entry(stream.arn.place.account).or_default();
        account.by_id.insert(stream.id, stream.arn.name.clone());
        let shown = Shown { stream: Arc::new(stream), promised };
        account.by_name.insert(shown.stream.arn.name.clone(), shown);
    }

    /// Lets a stream count as at least so many open shards, until it is shown again.
    pub(crate) fn promise(&self, account: AccountId, name: &StreamName, shards: u32) {
        let mut accounts = self.accounts.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(shown) = accounts.get_mut(&account).and_then(|account| account.by_name.get_mut(name)) {
            shown.promised = shown.promised.max(shards);
        }
    }

    /// Every stream of an account with the open shards that it counts as at least.
    pub(crate) fn promised(&self, account: AccountId) -> Vec<(Arc<Stream>, u32)> {
        let accounts = self.read();
        let streams = accounts.get(&account).into_iter().flat_map(|account| account.by_name.values());
        streams.map(|shown| (Arc::clone(&shown.stream), shown.promised)).collect()
    }

    /// Shows a stream no more; another one of the same name stays.
    pub(crate) fn remove(&self, account: AccountId, name: &StreamName, incarnation: Incarnation) {
        let mut accounts = self.accounts.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(account) = accounts.get_mut(&account)
            && account.by_name.get(name).is_some_and(|shown| shown.stream.incarnation == incarnation)
            && let Some(Shown { stream, .. }) = account.by_name.remove(name)
        {
            account.by_id.remove(&stream.id);
        }
    }

    pub(crate) fn stream(&self, account: AccountId, name: &StreamName) -> Option<Arc<Stream>> {
        self.read().get(&account)?.by_name.get(name).map(|shown| Arc::clone(&shown.stream))
    }

    pub(crate) fn stream_by_id(&self, account: AccountId, id: StreamId) -> Option<Arc<Stream>> {
        let accounts = self.read();
        let account = accounts.get(&account)?;
        account.by_name.get(account.by_id.get(&id)?).map(|shown| Arc::clone(&shown.stream))
    }

    /// Streams of an account by name ascending.
    pub(crate) fn streams(&self, account: AccountId, after: Option<&StreamName>, limit: usize) -> Vec<Arc<Stream>> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let accounts = self.read();
        let account = accounts.get(&account);
        let range = |account: &Account| {
            account
                .by_name
                .range::<StreamName, _>((from, Bound::Unbounded))
                .take(limit)
                .map(|(_, shown)| Arc::clone(&shown.stream))
                .collect()
        };
        account.map(range).unwrap_or_default()
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<AccountId, Account>> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner)
    }
}
