//! The file catalog: streams, consumers and credentials of the accounts, as manifests in a directory. Look-ups go to the
//! [`index`]; every change goes to the [`owner`], one at a time.

mod applied;
mod apply;
mod carry_out;
mod change;
#[cfg(test)]
mod conformance;
mod entry;
mod files;
mod in_force;
mod index;
#[cfg(test)]
mod model;
mod owner;
mod quota;
#[cfg(test)]
mod simulated;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod time;
mod workshop;

use std::collections::HashMap;
use std::sync::Arc;

use forebay_gateway::catalog::{
    AccountFacts, Catalog, ChangeRefusal, CreateRefusal, CreateStream, Credential, Installation, Stream, StreamChange,
};
use forebay_gateway::ranges::Held;
use forebay_log::{Disk, RealDisk};
use forebay_protocol::words::{AccountId, Incarnation, StreamId, StreamName};
use tokio::sync::{mpsc, oneshot};

pub(crate) use applied::AppliedFile;
pub(crate) use apply::{Applied, ApplyError};
pub(crate) use files::Files;
use owner::Owner;
pub(crate) use owner::StartError;
pub(crate) use quota::Reservations;
pub(crate) use workshop::Workshop;

use self::change::facts;
use self::index::Index;
use self::owner::Message;

/// Changes that wait for the owner at a time; each is a request that holds a permit of the front door.
const MESSAGES_MAX: usize = 1024;

/// See the module; clones are the same catalog.
#[derive(Debug, Clone)]
pub(crate) struct FileCatalog<D: Disk = RealDisk> {
    credentials: Arc<HashMap<String, Arc<Credential>>>,
    index: Arc<Index>,
    workshop: Arc<Workshop<D>>,
    messages: mpsc::Sender<Message>,
}

impl<D: Disk> FileCatalog<D> {
    /// The catalog of a data directory, with every stream it knows served or known to be down, and the thread that owns
    /// it. The thread ends when the catalog is dropped.
    pub(crate) fn start(
        workshop: Arc<Workshop<D>>,
        credentials: HashMap<String, Arc<Credential>>,
    ) -> Result<Self, StartError> {
        let index = Arc::new(Index::default());
        let (messages, inbox) = mpsc::channel(MESSAGES_MAX);
        let owner = Owner::start(Arc::clone(&workshop), Arc::clone(&index), messages.downgrade())?;
        std::thread::Builder::new()
            .name("catalog".to_owned())
            .spawn(move || owner.run(inbox))
            .map_err(StartError::Thread)?;
        Ok(Self { credentials: Arc::new(credentials), index, workshop, messages })
    }

    /// Applies a set of manifests. What is wrong with one refuses all; a disk that fails on the way leaves what was applied
    /// before, and applying the same set again goes on.
    pub(crate) async fn apply(
        &self,
        documents: Vec<forebay_api::manifest::Document>,
    ) -> Result<Vec<Applied>, ApplyError> {
        let ask = |reply| Message::Apply(documents, reply);
        self.ask(ask).await.unwrap_or(Err(ApplyError::Stopped))
    }

    /// Tries again what was held up.
    pub(crate) fn retry(&self) {
        // A full inbox has the owner busy; the next minute will do.
        let _ = self.messages.try_send(Message::Retry);
    }

    /// Whether the stream's range serves.
    pub(crate) fn is_served(&self, stream: &Stream) -> bool {
        self.workshop.host.range(stream.root).is_ok_and(|range| range.stopped().is_none())
    }

    /// Every stream of the default account, by name.
    pub(crate) fn own_streams(&self) -> Vec<Arc<Stream>> {
        self.index.streams(self.workshop.installation.default_account, None, usize::MAX)
    }

    /// The owner's answer; none if it is gone.
    async fn ask<T>(&self, message: impl FnOnce(oneshot::Sender<T>) -> Message) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.messages.send(message(reply)).await.ok()?;
        answer.await.ok()
    }
}

const GONE: &str = "the catalog's owner is gone";

impl<D: Disk> Catalog for FileCatalog<D> {
    fn installation(&self) -> &Installation {
        &self.workshop.installation
    }

    fn stream(&self, account: AccountId, name: &StreamName) -> Option<Arc<Stream>> {
        self.index.stream(account, name)
    }

    fn stream_by_id(&self, account: AccountId, id: StreamId) -> Option<Arc<Stream>> {
        self.index.stream_by_id(account, id)
    }

    fn streams(&self, account: AccountId, after: Option<&StreamName>, limit: usize) -> Vec<Arc<Stream>> {
        self.index.streams(account, after, limit)
    }

    async fn account(&self, account: AccountId) -> AccountFacts {
        facts(&self.workshop.usage(&self.index, account))
    }

    async fn reserve_shards(&self, account: AccountId, additional: u32) -> Result<Held, AccountFacts> {
        self.workshop.reserve(&self.index, account, additional).map_err(|usage| facts(&usage))
    }

    fn credential(&self, access_key_id: &str) -> Option<Arc<Credential>> {
        self.credentials.get(access_key_id).cloned()
    }

    fn requires_signatures(&self) -> bool {
        !self.credentials.is_empty()
    }

    async fn create(&self, account: AccountId, create: CreateStream) -> Result<(), CreateRefusal> {
        let asked = self.ask(|reply| Message::Create(account, create, reply)).await;
        asked.unwrap_or_else(|| Err(CreateRefusal::Unavailable(GONE.to_owned())))
    }

    async fn delete(&self, account: AccountId, stream: Incarnation) -> Result<(), ChangeRefusal> {
        let asked = self.ask(|reply| Message::Delete(account, stream, reply)).await;
        asked.unwrap_or_else(|| Err(ChangeRefusal::Unavailable(GONE.to_owned())))
    }

    async fn change(&self, account: AccountId, stream: Incarnation, change: StreamChange) -> Result<(), ChangeRefusal> {
        let asked = self.ask(|reply| Message::Change(account, stream, change, reply)).await;
        asked.unwrap_or_else(|| Err(ChangeRefusal::Unavailable(GONE.to_owned())))
    }
}
