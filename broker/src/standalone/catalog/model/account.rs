//! What an account must hold: the streams that were made and what was put into them, as far as somebody was told.

use std::collections::{BTreeMap, BTreeSet};

use forebay_gateway::ranges::ShardFacts;
use forebay_protocol::words::{Incarnation, ShardId, TimestampMs};

/// Values of which one is in force: the one that was acknowledged last, or one of those asked for since without an answer.
#[derive(Debug, Clone)]
pub(super) struct Allowed<T>(BTreeSet<T>);

impl<T: Ord> Allowed<T> {
    pub(super) fn only(value: T) -> Self {
        Self(BTreeSet::from([value]))
    }

    pub(super) fn perhaps(&mut self, value: T) {
        self.0.insert(value);
    }

    pub(super) fn holds(&self, value: &T) -> bool {
        self.0.contains(value)
    }
}

/// A stream, as far as somebody was told.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) exists: Allowed<bool>,
    /// Deletions of this name that were asked for.
    pub(super) deletions: u64,
    /// Of the life that was acknowledged or seen.
    pub(super) incarnation: Option<Incarnation>,
    pub(super) retention_hours: Allowed<u32>,
    /// Unknown once a split or a merge was asked for.
    pub(super) shard_count: Option<Allowed<u32>>,
    /// Splits and merges.
    pub(super) reshards_asked: u64,
    pub(super) reshards_answered: u64,
    pub(super) tag: Allowed<Option<u64>>,
    pub(super) consumed: Allowed<bool>,
    /// Every record that was acknowledged or served, by shard and counter.
    pub(super) records: BTreeMap<ShardId, BTreeMap<u64, Record>>,
    /// Records that were put and neither acknowledged nor refused.
    pub(super) unanswered: BTreeSet<u64>,
    /// Every shard as it was last shown.
    pub(super) shards: BTreeMap<ShardId, ShardFacts>,
    /// Shards that were closed by a call that was acknowledged.
    pub(super) closed: BTreeSet<ShardId>,
}

/// A record: which one, and when it arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) id: u64,
    pub(super) arrived: TimestampMs,
}

/// By name.
pub(super) type Account = BTreeMap<String, Stream>;

impl Default for Stream {
    /// A name that nobody has asked for.
    fn default() -> Self {
        Self {
            exists: Allowed::only(false),
            deletions: 0,
            incarnation: None,
            retention_hours: Allowed::only(24),
            shard_count: None,
            reshards_asked: 0,
            reshards_answered: 0,
            tag: Allowed::only(None),
            consumed: Allowed::only(false),
            records: BTreeMap::new(),
            unanswered: BTreeSet::new(),
            shards: BTreeMap::new(),
            closed: BTreeSet::new(),
        }
    }
}

impl Stream {
    /// A stream that was made under this name.
    pub(super) fn made(&self, shard_count: u32) -> Self {
        Self { exists: Allowed::only(true), shard_count: Some(Allowed::only(shard_count)), ..self.gone() }
    }

    /// The name, of which nothing is left.
    pub(super) fn gone(&self) -> Self {
        Self { deletions: self.deletions, ..Self::default() }
    }

    /// Takes note of a record that is there for good.
    pub(super) fn keep(&mut self, shard: ShardId, counter: u64, record: Record) -> Result<(), String> {
        match self.records.entry(shard).or_default().insert(counter, record) {
            Some(before) if before != record => {
                Err(format!("{shard} had {before:?} at {counter}, and now has {record:?}"))
            }
            _ => Ok(()),
        }
    }

    /// Takes note of a shard as it is shown: what it was shown to be before stays so.
    pub(super) fn see(&mut self, shard: &ShardFacts) -> Result<(), String> {
        if let Some(before) = self.shards.insert(shard.id, shard.clone()) {
            let opened = ShardFacts { closing: None, ..before.clone() };
            if opened != (ShardFacts { closing: None, ..shard.clone() }) {
                return Err(format!("{before:?} became {shard:?}"));
            }
            if before.closing.is_some() && before.closing != shard.closing {
                return Err(format!("{before:?} was closed and became {shard:?}"));
            }
        }
        Ok(())
    }
}
