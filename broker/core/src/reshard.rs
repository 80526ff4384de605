//! A reshard: parents closed and children opened in one logged entry, so that no record ever finds no home or two.

use forebay_protocol::limits::SHARD_INDEX_MAX;
use forebay_protocol::words::{HashKeyRange, ShardId, TimestampMs};

use crate::topology::{Closing, Parents, Shard, Topology, covered};

/// What a reshard did, as it is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reshard {
    /// The parents' ends.
    pub closed: Vec<ShardClosing>,
    /// The children, by id.
    pub opened: Vec<ShardOpening>,
}

/// The end of a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardClosing {
    /// The shard.
    pub shard: ShardId,
    /// The counter after its last record.
    pub end: u64,
    /// When it was closed.
    pub closed: TimestampMs,
}

/// The beginning of a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardOpening {
    /// The shard.
    pub shard: ShardId,
    /// Its hash keys.
    pub hash_keys: HashKeyRange,
    /// The second in its sequence numbers; no record of it arrives before.
    pub created_s: u64,
    /// Where it came from.
    pub parents: Parents,
}

/// A reshard that does not follow from the shards there are: the log is not of this state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReshardMismatch {
    /// A parent is unknown or closed already.
    #[error("the entry closes {0}, which is not open")]
    NotOpen(ShardId),
    /// A child has the id of an older shard.
    #[error("the entry opens {0}, whose id was given before")]
    IdReused(ShardId),
    /// The children do not cover what the parents covered.
    #[error("the entry's children do not cover its parents' hash keys")]
    Coverage,
    /// A child does not begin after its parents.
    #[error("the entry opens {0} in a second not after its parents'")]
    CreationSecond(ShardId),
}

/// A parent as a reshard finds it: when it closes, and where its records end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClosingParent<'a> {
    pub shard: &'a Shard,
    pub end: u64,
    /// The arrival of its last record, or the start of its first second.
    pub last: TimestampMs,
}

/// The reshard of `parents` into children of these hash keys, in this order.
pub(crate) fn reshard(
    topology: &Topology,
    time: TimestampMs,
    parents: &[ClosingParent<'_>],
    children: &[(HashKeyRange, Parents)],
) -> Option<Reshard> {
    let closed = |parent: &ClosingParent<'_>| ShardClosing {
        shard: parent.shard.id,
        end: parent.end,
        closed: time.max(parent.last),
    };
    let closed: Vec<_> = parents.iter().map(closed).collect();
    // No closing is earlier than its shard's creation second, because no record of it is.
    let created_s = 1 + closed.iter().map(|closing| closing.closed.seconds()).max()?;
    let ids = topology.next_index..=SHARD_INDEX_MAX;
    let opening = |(index, &(hash_keys, parents)): (u32, &(HashKeyRange, Parents))| ShardOpening {
        shard: ShardId(index),
        hash_keys,
        created_s,
        parents,
    };
    let opened: Vec<_> = ids.zip(children).map(opening).collect();
    (opened.len() == children.len()).then_some(Reshard { closed, opened })
}

impl ShardOpening {
    pub(crate) fn shard(&self) -> Shard {
        let Self { shard, hash_keys, created_s, parents } = *self;
        Shard { id: shard, hash_keys, parents, created_s, closing: None }
    }
}

impl Reshard {
    /// Whether it follows from these shards. Nothing is changed.
    pub fn check(&self, topology: &Topology) -> Result<(), ReshardMismatch> {
        let mut before = Vec::with_capacity(self.closed.len());
        let mut last_s = 0;
        for closing in &self.closed {
            let open = topology.shard(closing.shard).filter(|shard| shard.is_open());
            before.push(open.ok_or(ReshardMismatch::NotOpen(closing.shard))?.hash_keys);
            last_s = last_s.max(closing.closed.seconds());
        }
        let mut after = Vec::with_capacity(self.opened.len());
        let mut next_index = topology.next_index;
        for opening in &self.opened {
            if opening.shard.0 < next_index || opening.shard.0 > SHARD_INDEX_MAX {
                return Err(ReshardMismatch::IdReused(opening.shard));
            }
            if opening.created_s <= last_s {
                return Err(ReshardMismatch::CreationSecond(opening.shard));
            }
            next_index = opening.shard.0 + 1;
            after.push(opening.hash_keys);
        }
        before.sort_by_key(|range| range.start);
        after.sort_by_key(|range| range.start);
        let unchanged = covered(&before).is_some() && covered(&before) == covered(&after);
        if unchanged { Ok(()) } else { Err(ReshardMismatch::Coverage) }
    }

    /// Closes the parents and opens the children.
    pub(crate) fn apply(&self, topology: &mut Topology) -> Result<(), ReshardMismatch> {
        self.check(topology)?;
        for closing in &self.closed {
            let is_child = |opening: &&ShardOpening| opening.parents.iter().any(|parent| parent == closing.shard);
            let children = self.opened.iter().filter(is_child).map(|opening| opening.shard).collect();
            let ending = Closing { end: closing.end, closed: closing.closed, children };
            let closed = topology.close_shard(closing.shard, ending);
            assert!(closed, "the reshard was checked against this topology");
        }
        for opening in &self.opened {
            topology.open_shard(opening.shard());
        }
        topology.version += 1;
        Ok(())
    }
}
