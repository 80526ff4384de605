//! Which shards of a stream ListShards shows. It knows the shard map only, so that a page is the same wherever it is
//! asked for.

use forebay_protocol::words::TimestampMs;

use crate::ranges::{ShardFacts, ShardMap};

/// A ShardFilter with its times made definite, so that every page of one list means the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ShardSelection {
    /// Every listed shard.
    Listed,
    /// The open ones.
    Open,
    /// Those that were open at a time: they tile the hash key space.
    OpenAt(TimestampMs),
    /// The open ones and those that ended at a time or later.
    EndingFrom(TimestampMs),
}

const LISTED: u8 = 0;
const OPEN: u8 = 1;
const OPEN_AT: u8 = 2;
const ENDING_FROM: u8 = 3;

impl ShardSelection {
    /// Those that were open at the oldest moment that can still be read.
    pub(super) fn at_trim_horizon(map: &ShardMap, now: TimestampMs) -> Self {
        Self::OpenAt(trim_horizon(map, now))
    }

    /// Those that were open at a time. Before the trim horizon it is the horizon that counts, as AWS says of
    /// FROM_TIMESTAMP: the KCL asks for times before the stream was made and would find no shard to begin with.
    pub(super) fn at_timestamp(map: &ShardMap, time: TimestampMs, now: TimestampMs) -> Self {
        Self::OpenAt(time.max(trim_horizon(map, now)))
    }

    /// Whether it takes a shard of the map.
    pub(super) fn takes(self, map: &ShardMap, shard: &ShardFacts, now: TimestampMs) -> bool {
        if !map.is_listed(shard, now) {
            return false;
        }
        match self {
            Self::Listed => true,
            Self::Open => shard.closing.is_none(),
            Self::OpenAt(time) => shard.opened <= time && map.ended(shard).is_none_or(|ended| time < ended),
            Self::EndingFrom(time) => map.ended(shard).is_none_or(|ended| time <= ended),
        }
    }

    /// As a token carries it.
    pub(super) fn to_parts(self) -> (u8, TimestampMs) {
        match self {
            Self::Listed => (LISTED, TimestampMs(0)),
            Self::Open => (OPEN, TimestampMs(0)),
            Self::OpenAt(time) => (OPEN_AT, time),
            Self::EndingFrom(time) => (ENDING_FROM, time),
        }
    }

    /// From what a token carried.
    pub(super) fn of_parts(tag: u8, time: TimestampMs) -> Option<Self> {
        match tag {
            LISTED => Some(Self::Listed),
            OPEN => Some(Self::Open),
            OPEN_AT => Some(Self::OpenAt(time)),
            ENDING_FROM => Some(Self::EndingFrom(time)),
            _ => None,
        }
    }
}

/// The oldest moment at which listed shards tile the hash key space.
fn trim_horizon(map: &ShardMap, now: TimestampMs) -> TimestampMs {
    let listed = map.shards.iter().filter(|shard| map.is_listed(shard, now));
    let first_opened = listed.map(|shard| shard.opened).min().unwrap_or_default();
    map.retention.horizon(now).max(first_opened)
}
