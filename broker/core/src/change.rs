//! What a range's log holds besides records: one entry for each change of what the range is. The bytes are
//! `kind u8 | version u8 | fields`; docs/formats.md, "Changes".

use forebay_protocol::words::{ConsumerName, HashKeyRange, Incarnation, RangeUuid, ShardId, TimestampMs};

use crate::configuration::Configuration;
use crate::consumers::{Consumer, read_name};
use crate::feature_level::FeatureLevel;
use crate::fields::{Fields, Malformed, WriteFields};
use crate::reshard::{Reshard, ShardClosing, ShardOpening};
use crate::retention::{SetRetention, Trim, read_hours};
use crate::topology::Parents;

/// A change of a range, decided once and applied alike by every replica and every replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The range begins. The first entry of every log, and of no other place.
    Init(Init),
    /// Shards are closed and others opened.
    Reshard(Reshard),
    /// Another retention is in force.
    SetRetention(SetRetention),
    /// Other settings are in force.
    Configure(Configuration),
    /// A consumer is registered.
    RegisterConsumer(Consumer),
    /// A consumer is no longer registered.
    DeregisterConsumer(ConsumerName),
    /// Segments and closed shards are about to be removed.
    Trim(Trim),
    /// Entries of a higher level may follow.
    RaiseFeatureLevel(FeatureLevel),
}

/// Which range of which incarnation: whatever is meant for another is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The stream's.
    pub incarnation: Incarnation,
    /// The range's.
    pub range: RangeUuid,
}

/// The beginning of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Init {
    /// Whose log this is.
    pub identity: Identity,
    /// When it began.
    pub created: TimestampMs,
    /// The level it begins at.
    pub level: FeatureLevel,
    /// Its retention, in hours.
    pub retention_hours: u32,
    /// Its settings.
    pub configuration: Configuration,
    /// Its shards, by id.
    pub shards: Vec<ShardOpening>,
}

/// Bytes that are no change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeChangeError {
    /// Of a kind or version that this release does not know. Below the range's feature level that is corruption.
    #[error("unknown kind {kind} of version {version}")]
    Unknown {
        /// The kind.
        kind: u8,
        /// Its version.
        version: u8,
    },
    /// Of a known kind, but not of its format.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

const VERSION: u8 = 1;
const NO_SHARD: u32 = u32::MAX;

mod kind {
    pub(super) const INIT: u8 = 1;
    pub(super) const RESHARD: u8 = 2;
    pub(super) const SET_RETENTION: u8 = 3;
    pub(super) const CONFIGURE: u8 = 4;
    pub(super) const REGISTER_CONSUMER: u8 = 5;
    pub(super) const DEREGISTER_CONSUMER: u8 = 6;
    pub(super) const TRIM: u8 = 7;
    pub(super) const RAISE_FEATURE_LEVEL: u8 = 8;
}

impl Init {
    /// A stream of `shards` equal parts of the hash key space, created at `time`. As AWS has it, the shards' creation
    /// second lies two seconds back, so that a reader who asks from the stream's creation on misses nothing.
    pub fn of_equal_shards(
        identity: Identity,
        time: TimestampMs,
        shards: u32,
        retention_hours: u32,
        configuration: Configuration,
    ) -> Self {
        let created_s = time.seconds().saturating_sub(2);
        let opening = |index| ShardOpening {
            shard: ShardId(index),
            hash_keys: HashKeyRange::part(index, shards),
            created_s,
            parents: Parents::None,
        };
        Self {
            identity,
            created: time,
            level: FeatureLevel::FIRST,
            retention_hours,
            configuration,
            shards: (0..shards).map(opening).collect(),
        }
    }
}

impl Change {
    /// The bytes of the entry.
    pub fn encode(&self) -> Vec<u8> {
        let mut into = Vec::new();
        into.put(&[self.kind(), VERSION]);
        match self {
            Self::Init(init) => init.write(&mut into),
            Self::Reshard(reshard) => reshard.write(&mut into),
            Self::SetRetention(change) => change.write(&mut into),
            Self::Configure(configuration) => configuration.write(&mut into),
            Self::RegisterConsumer(consumer) => consumer.write(&mut into),
            Self::DeregisterConsumer(name) => into.put_text(name.as_str()),
            Self::Trim(trim) => trim.write(&mut into),
            Self::RaiseFeatureLevel(level) => into.put_u16(level.0),
        }
        into
    }

    /// Reads an entry; panics on no bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeChangeError> {
        let mut fields = Fields::new(bytes, "change");
        let (kind, version) = (fields.u8()?, fields.u8()?);
        if version != VERSION {
            return Err(DecodeChangeError::Unknown { kind, version });
        }
        let change = match kind {
            kind::INIT => Self::Init(Init::read(&mut fields)?),
            kind::RESHARD => Self::Reshard(Reshard::read(&mut fields)?),
            kind::SET_RETENTION => Self::SetRetention(SetRetention::read(&mut fields)?),
            kind::CONFIGURE => Self::Configure(Configuration::read(&mut fields)?),
            kind::REGISTER_CONSUMER => Self::RegisterConsumer(Consumer::read(&mut fields)?),
            kind::DEREGISTER_CONSUMER => Self::DeregisterConsumer(read_name(&mut fields)?),
            kind::TRIM => Self::Trim(Trim::read(&mut fields)?),
            kind::RAISE_FEATURE_LEVEL => Self::RaiseFeatureLevel(FeatureLevel(fields.u16()?)),
            _ => return Err(DecodeChangeError::Unknown { kind, version }),
        };
        fields.finish()?;
        Ok(change)
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Init(_) => kind::INIT,
            Self::Reshard(_) => kind::RESHARD,
            Self::SetRetention(_) => kind::SET_RETENTION,
            Self::Configure(_) => kind::CONFIGURE,
            Self::RegisterConsumer(_) => kind::REGISTER_CONSUMER,
            Self::DeregisterConsumer(_) => kind::DEREGISTER_CONSUMER,
            Self::Trim(_) => kind::TRIM,
            Self::RaiseFeatureLevel(_) => kind::RAISE_FEATURE_LEVEL,
        }
    }
}

impl Identity {
    pub(crate) fn write(&self, into: &mut Vec<u8>) {
        into.put(&self.incarnation.0);
        into.put(&self.range.0);
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self { incarnation: Incarnation(fields.identity()?), range: RangeUuid(fields.identity()?) })
    }
}

impl Init {
    fn write(&self, into: &mut Vec<u8>) {
        self.identity.write(into);
        into.put_u64(self.created.0);
        into.put_u16(self.level.0);
        into.put_u32(self.retention_hours);
        self.configuration.write(into);
        into.put_count(self.shards.len());
        for shard in &self.shards {
            shard.write(into);
        }
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            identity: Identity::read(fields)?,
            created: fields.time()?,
            level: FeatureLevel(fields.u16()?),
            retention_hours: read_hours(fields)?,
            configuration: Configuration::read(fields)?,
            shards: fields.list(ShardOpening::BYTES, ShardOpening::read)?,
        })
    }
}

impl Reshard {
    fn write(&self, into: &mut Vec<u8>) {
        into.put_count(self.closed.len());
        for closing in &self.closed {
            into.put_u32(closing.shard.0);
            into.put_u64(closing.end);
            into.put_u64(closing.closed.0);
        }
        into.put_count(self.opened.len());
        for opening in &self.opened {
            opening.write(into);
        }
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let closing = |fields: &mut Fields<'_>| {
            Ok(ShardClosing { shard: fields.shard()?, end: fields.u64()?, closed: fields.time()? })
        };
        Ok(Self { closed: fields.list(20, closing)?, opened: fields.list(ShardOpening::BYTES, ShardOpening::read)? })
    }
}

impl ShardOpening {
    /// `shard u32 | first and last hash key u128 | creation second u64 | parents u32 u32`.
    pub(crate) const BYTES: usize = 52;

    pub(crate) fn write(&self, into: &mut Vec<u8>) {
        let (parent, adjacent) = match self.parents {
            Parents::None => (NO_SHARD, NO_SHARD),
            Parents::Split(parent) => (parent.0, NO_SHARD),
            Parents::Merge { lower, upper } => (lower.0, upper.0),
        };
        into.put_u32(self.shard.0);
        into.put_hash_keys(self.hash_keys);
        into.put_u64(self.created_s);
        into.put_u32(parent);
        into.put_u32(adjacent);
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let (shard, hash_keys, created_s) = (fields.shard()?, fields.hash_keys()?, fields.seconds()?);
        let parents = match (fields.shard()?, fields.shard()?) {
            (parent, adjacent) if parent.0 == NO_SHARD && adjacent.0 == NO_SHARD => Parents::None,
            (parent, adjacent) if parent.0 != NO_SHARD && adjacent.0 == NO_SHARD => Parents::Split(parent),
            (lower, upper) if lower.0 != NO_SHARD => Parents::Merge { lower, upper },
            _ => return Err(fields.malformed()),
        };
        Ok(Self { shard, hash_keys, created_s, parents })
    }
}
