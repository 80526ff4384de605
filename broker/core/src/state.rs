//! What a range is: all that its changes have made of it, but for where its records end. Stored in sections with the
//! log's footers, so that a start replays little.

use std::collections::BTreeMap;

use forebay_protocol::words::{ShardId, TimestampMs};

use crate::change::{Change, Identity, Init};
use crate::configuration::Configuration;
use crate::consumers::Consumers;
use crate::feature_level::FeatureLevel;
use crate::fields::{Fields, Malformed, WriteFields};
use crate::lanes::{LaneEnd, Lanes};
use crate::reshard::{Reshard, ReshardMismatch, ShardOpening};
use crate::retention::Retention;
use crate::topology::{Closing, Shard, Topology, covered};

/// A range's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Which range of which incarnation.
    pub identity: Identity,
    /// When it began.
    pub created: TimestampMs,
    /// Which formats it may write.
    pub level: FeatureLevel,
    /// Its shards.
    pub topology: Topology,
    /// Its settings.
    pub configuration: Configuration,
    /// How long its records stay.
    pub retention: Retention,
    /// Its registered consumers.
    pub consumers: Consumers,
}

/// One part of the state as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Which part.
    pub id: u16,
    /// The version of its format.
    pub version: u16,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Sections that are no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// A section of a newer release, or of none.
    #[error("unknown state section {id} of version {version}")]
    Unknown {
        /// The section.
        id: u16,
        /// Its version.
        version: u16,
    },
    /// A part is absent.
    #[error("state section {0} is missing")]
    Missing(u16),
    /// A part is not of its format.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// A change that does not follow from the state: the log is not this range's, or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// A second beginning.
    #[error("the log begins twice")]
    AlreadyInitialised,
    /// A beginning whose shards overlap, have no ids in order, or leave gaps.
    #[error("the range's first shards do not fit together")]
    Shards,
    /// A reshard of other shards.
    #[error(transparent)]
    Reshard(#[from] ReshardMismatch),
    /// A reshard that closes a shard elsewhere than its records end.
    #[error("the entry closes {shard} at counter {closed}, but its records end at {end}")]
    End {
        /// The shard.
        shard: ShardId,
        /// Where the entry says its records end.
        closed: u64,
        /// Where they end.
        end: u64,
    },
    /// A feature level that this release does not support.
    #[error("the log is of feature level {}, above {}, the highest supported", .0.0, FeatureLevel::SUPPORTED.0)]
    FeatureLevel(FeatureLevel),
}

const VERSION: u16 = 1;

mod section {
    pub(super) const IDENTITY: u16 = 1;
    pub(super) const TOPOLOGY: u16 = 2;
    pub(super) const CONFIGURATION: u16 = 3;
    pub(super) const RETENTION: u16 = 4;
    pub(super) const CONSUMERS: u16 = 5;
}

impl State {
    /// The state that a range begins with, and its lanes.
    pub(crate) fn begin(init: &Init) -> Result<(Self, Lanes), ApplyError> {
        if init.level > FeatureLevel::SUPPORTED {
            return Err(ApplyError::FeatureLevel(init.level));
        }
        let shards: Vec<Shard> = init.shards.iter().map(ShardOpening::shard).collect();
        let mut ranges: Vec<_> = shards.iter().map(|shard| shard.hash_keys).collect();
        ranges.sort_by_key(|range| range.start);
        let next_index = shards.last().map_or(0, |last| last.id.0.saturating_add(1));
        let topology = Topology::restore(1, next_index, shards).filter(|_| covered(&ranges).is_some());
        let topology = topology.ok_or(ApplyError::Shards)?;
        let lanes = lanes_of(&topology, &BTreeMap::new());
        let state = Self {
            identity: init.identity,
            created: init.created,
            level: init.level,
            topology,
            configuration: init.configuration,
            retention: Retention::new(init.retention_hours, init.created),
            consumers: Consumers::default(),
        };
        Ok((state, lanes))
    }

    /// Applies a change. On an error nothing is changed.
    pub(crate) fn apply(&mut self, lanes: &mut Lanes, change: &Change) -> Result<(), ApplyError> {
        match change {
            Change::Init(_) => return Err(ApplyError::AlreadyInitialised),
            Change::Reshard(reshard) => self.apply_reshard(lanes, reshard)?,
            Change::SetRetention(change) => self.retention.apply(change),
            Change::Configure(configuration) => self.configuration = *configuration,
            Change::RegisterConsumer(consumer) => self.consumers.register(consumer),
            Change::DeregisterConsumer(name) => self.consumers.deregister(name),
            Change::Trim(trim) => {
                self.retention.apply_trim(trim);
                self.topology.forget(&trim.forgotten);
                lanes.forget(&trim.forgotten);
            }
            Change::RaiseFeatureLevel(level) if *level > FeatureLevel::SUPPORTED => {
                return Err(ApplyError::FeatureLevel(*level));
            }
            Change::RaiseFeatureLevel(level) => self.level = self.level.max(*level),
        }
        Ok(())
    }

    fn apply_reshard(&mut self, lanes: &mut Lanes, reshard: &Reshard) -> Result<(), ApplyError> {
        for closing in &reshard.closed {
            let lane = lanes.get(closing.shard).ok_or(ReshardMismatch::NotOpen(closing.shard))?;
            if closing.end != lane.applied.next {
                let (shard, closed, end) = (closing.shard, closing.end, lane.applied.next);
                return Err(ApplyError::End { shard, closed, end });
            }
        }
        reshard.apply(&mut self.topology)?;
        for closing in &reshard.closed {
            lanes.close(closing.shard);
        }
        for opening in &reshard.opened {
            lanes.add(&opening.shard(), None);
        }
        Ok(())
    }

    /// The state as it is stored, every part in full. Equal states give equal bytes.
    pub fn sections(&self) -> Vec<Section> {
        let part = |id, write: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = Vec::new();
            write(&mut bytes);
            Section { id, version: VERSION, bytes }
        };
        vec![
            part(section::IDENTITY, &|into| {
                self.identity.write(into);
                into.put_u64(self.created.0);
                into.put_u16(self.level.0);
            }),
            part(section::TOPOLOGY, &|into| write_topology(&self.topology, into)),
            part(section::CONFIGURATION, &|into| self.configuration.write(into)),
            part(section::RETENTION, &|into| self.retention.write(into)),
            part(section::CONSUMERS, &|into| self.consumers.write(into)),
        ]
    }

    /// The state from its sections, and its lanes from where the log says that records ended then.
    pub(crate) fn restore(
        sections: &[Section],
        ends: &BTreeMap<ShardId, LaneEnd>,
    ) -> Result<(Self, Lanes), RestoreError> {
        let known = section::IDENTITY..=section::CONSUMERS;
        let unknown = |section: &&Section| !known.contains(&section.id) || section.version != VERSION;
        if let Some(&Section { id, version, .. }) = sections.iter().find(unknown) {
            return Err(RestoreError::Unknown { id, version });
        }
        let mut identity = fields(sections, section::IDENTITY)?;
        let (range, created) = (Identity::read(&mut identity)?, identity.time()?);
        let level = FeatureLevel(identity.u16()?);
        identity.finish()?;
        let state = Self {
            identity: range,
            created,
            level,
            topology: read(sections, section::TOPOLOGY, read_topology)?,
            configuration: read(sections, section::CONFIGURATION, Configuration::read)?,
            retention: read(sections, section::RETENTION, Retention::read)?,
            consumers: read(sections, section::CONSUMERS, Consumers::read)?,
        };
        let lanes = lanes_of(&state.topology, ends);
        Ok((state, lanes))
    }
}

fn lanes_of(topology: &Topology, ends: &BTreeMap<ShardId, LaneEnd>) -> Lanes {
    let mut lanes = Lanes::default();
    for shard in topology.shards() {
        lanes.add(shard, ends.get(&shard.id).copied());
    }
    lanes
}

fn fields(sections: &[Section], id: u16) -> Result<Fields<'_>, RestoreError> {
    let section = sections.iter().find(|section| section.id == id).ok_or(RestoreError::Missing(id))?;
    Ok(Fields::new(&section.bytes, "state section"))
}

fn read<T>(
    sections: &[Section],
    id: u16,
    read: impl FnOnce(&mut Fields<'_>) -> Result<T, Malformed>,
) -> Result<T, RestoreError> {
    let mut fields = fields(sections, id)?;
    let value = read(&mut fields)?;
    fields.finish()?;
    Ok(value)
}

fn write_topology(topology: &Topology, into: &mut Vec<u8>) {
    into.put_u64(topology.version);
    into.put_u32(topology.next_index);
    into.put_count(topology.shards.len());
    for shard in &topology.shards {
        let Shard { id, hash_keys, parents, created_s, .. } = *shard;
        ShardOpening { shard: id, hash_keys, created_s, parents }.write(into);
        into.put_u8(u8::from(shard.closing.is_some()));
        if let Some(closing) = &shard.closing {
            into.put_u64(closing.end);
            into.put_u64(closing.closed.0);
            into.put_count(closing.children.len());
            for child in &closing.children {
                into.put_u32(child.0);
            }
        }
    }
}

fn read_topology(fields: &mut Fields<'_>) -> Result<Topology, Malformed> {
    let (version, next_index) = (fields.u64()?, fields.u32()?);
    let shards = fields.list(ShardOpening::BYTES + 1, read_shard)?;
    Topology::restore(version, next_index, shards).ok_or(fields.malformed())
}

fn read_shard(fields: &mut Fields<'_>) -> Result<Shard, Malformed> {
    let mut shard = ShardOpening::read(fields)?.shard();
    shard.closing = match fields.u8()? {
        0 => None,
        1 => {
            let (end, closed) = (fields.u64()?, fields.time()?);
            Some(Closing { end, closed, children: fields.list(4, Fields::shard)? })
        }
        _ => return Err(fields.malformed()),
    };
    Ok(shard)
}
