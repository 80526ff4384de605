//! What a run shall do, in types; read from the command line by [`super::arguments`] or written by `roofline`.

use crate::http::endpoint::Endpoint;
use crate::http::request_head::Encoding;
use crate::http::signature::Auth;

use super::schedule::{Pace, Window};
use super::server_cpu::Server;

/// One run.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Where.
    pub(crate) endpoint: Endpoint,
    /// The region signatures are for.
    pub(crate) region: String,
    /// Who asks.
    pub(crate) auth: Auth,
    /// JSON or CBOR.
    pub(crate) encoding: Encoding,
    /// Which streams.
    pub(crate) streams: Streams,
    /// What to send.
    pub(crate) work: Work,
    /// How many connections, each with at most one call in flight.
    pub(crate) connections: usize,
    /// How fast.
    pub(crate) pace: Pace,
    /// What is measured.
    pub(crate) window: Window,
    /// When a call without an answer is given up, in nanoseconds after it was sent.
    pub(crate) timeout_ns: u64,
    /// End early, once so many records were stored or returned, warm-up included.
    pub(crate) records_max: Option<u64>,
    /// Read only the first so many shards.
    pub(crate) read_shards_max: Option<usize>,
    /// What the records and their keys are made of.
    pub(crate) seed: u64,
    /// Whose CPU time is counted.
    pub(crate) server: Option<Server>,
}

/// Streams by name: `name` alone, or `name-0000`, `name-0001`, ….
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Streams {
    /// The name, or what the names begin with.
    pub(crate) name: String,
    /// How many.
    pub(crate) count: u32,
    /// Open shards of each: what a created stream gets, and what explicit hash keys are spread over.
    pub(crate) shards: u32,
}

impl Streams {
    /// Every name.
    pub(crate) fn names(&self) -> Vec<String> {
        match self.count {
            1 => vec![self.name.clone()],
            count => (0..count).map(|index| format!("{}-{index:04}", self.name)).collect(),
        }
    }
}

/// What calls are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Puts only.
    Put(Puts),
    /// Gets only.
    Get(Gets),
    /// Both on every connection: of each hundred calls so many are gets.
    Mixed {
        /// The puts.
        puts: Puts,
        /// The gets.
        gets: Gets,
        /// 1 to 99.
        get_percent: u32,
    },
}

impl Work {
    /// The puts among it.
    pub(crate) fn puts(&self) -> Option<Puts> {
        match self {
            Self::Put(puts) | Self::Mixed { puts, .. } => Some(*puts),
            Self::Get(_) => None,
        }
    }

    /// The gets among it.
    pub(crate) fn gets(&self) -> Option<Gets> {
        match self {
            Self::Get(gets) | Self::Mixed { gets, .. } => Some(*gets),
            Self::Put(_) => None,
        }
    }
}

/// Puts of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Puts {
    /// One record or many in a call.
    pub(crate) call: PutCall,
    /// Bytes of data in each record.
    pub(crate) record_bytes: usize,
    /// What decides their shard.
    pub(crate) keys: Keys,
}

/// The operation that puts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PutCall {
    /// PutRecord.
    One,
    /// PutRecords with so many records.
    Many(u32),
}

impl PutCall {
    /// Records in a call.
    pub(crate) fn records(self) -> u32 {
        match self {
            Self::One => 1,
            Self::Many(records) => records,
        }
    }

    /// The operation's name.
    pub(crate) fn operation(self) -> &'static str {
        match self {
            Self::One => "PutRecord",
            Self::Many(_) => "PutRecords",
        }
    }
}

/// What decides the shard of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Keys {
    /// A random 16-byte partition key.
    Random,
    /// The first hash key of each shard in turn, given explicitly.
    Explicit,
    /// One partition key for all.
    Same,
}

/// Gets of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gets {
    /// `Limit` of GetRecords.
    pub(crate) limit: u32,
    /// Where a shard's reading begins.
    pub(crate) from: From,
}

/// Where a shard's reading begins, and what happens at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum From {
    /// At the oldest record; caught up, the next shard begins: catch-up reading.
    TrimHorizon,
    /// After the newest; caught up, the same shard is asked again: tailing.
    Latest,
}

impl From {
    /// The type of iterator to ask for.
    pub(crate) fn iterator_type(self) -> &'static str {
        match self {
            Self::TrimHorizon => "TRIM_HORIZON",
            Self::Latest => "LATEST",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_stream_has_the_name_and_many_have_numbers() {
        let streams = |count| Streams { name: "load".to_owned(), count, shards: 4 }.names();
        assert_eq!(streams(1), ["load"]);
        assert_eq!(streams(3), ["load-0000", "load-0001", "load-0002"]);
    }
}
