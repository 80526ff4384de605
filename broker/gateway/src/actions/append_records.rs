//! Putting records: each is routed to its shard, all of a shard become one chunk in the form in which it is stored, and
//! what the range answers is told record by record, in the caller's order.
//!
//! A range refuses chunks of a shard that closed meanwhile; their records are routed again by the newer map, unseen by
//! the caller.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use forebay_protocol::api::{ApiError, Operation, Parsed, PutRecordsEntry, explain, texts};
use forebay_protocol::record::{ChunkEncoder, ChunkSpan, HEAD_BYTES_MAX};
use forebay_protocol::wire::{Encoding, InvalidBase64};
use forebay_protocol::words::{HashKey, SequenceNumber, ShardId};
use tracing::warn;

use super::Answering;
use super::groups::Groups;
use super::refusals::range_error;
use crate::catalog::{Catalog, Stream};
use crate::ranges::{Append, AppendChunk, ChunkOutcome, RangeError, Ranges, ShardMap};

/// How often records are routed anew before they fail: a shard that closes while its records are on their way is
/// rare, one whose child closes as well rarer still.
const ATTEMPTS_MAX: u32 = 8;
/// The wait for a range whose shard is closed but whose newer map is not out yet.
const NEWER_MAP_WAIT: Duration = Duration::from_millis(20);

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordOutcome {
    /// It is durable.
    Put {
        /// In this shard.
        shard: ShardId,
        /// Under this number.
        sequence: SequenceNumber,
    },
    /// The shard's write limit is used up.
    Throttled(ShardId),
    /// It is not known to be stored.
    Failed,
}

/// Why no record was put.
#[derive(Debug)]
pub(super) enum PutRefusal {
    /// With AWS's text.
    Error(ApiError),
    /// Some data is no base64, and why takes another look at the body.
    InvalidBase64,
}

impl From<ApiError> for PutRefusal {
    fn from(error: ApiError) -> Self {
        Self::Error(error)
    }
}

impl From<InvalidBase64> for PutRefusal {
    fn from(_: InvalidBase64) -> Self {
        Self::InvalidBase64
    }
}

impl PutRefusal {
    /// The answer to the request.
    pub(super) fn explain(self, operation: Operation, encoding: Encoding, body: &[u8]) -> ApiError {
        match self {
            Self::Error(error) => error,
            Self::InvalidBase64 => explain(operation, encoding, body),
        }
    }
}

/// Records on their way into a stream.
struct Put<'a> {
    entries: &'a [PutRecordsEntry<'a>],
    /// Of each record.
    hash_keys: Vec<HashKey>,
    outcomes: Vec<RecordOutcome>,
}

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    /// What became of each record. An error means that none was put.
    pub(super) async fn append_records(
        &self,
        stream: &Stream,
        entries: &[PutRecordsEntry<'_>],
    ) -> Result<Vec<RecordOutcome>, PutRefusal> {
        let hash_keys = hash_keys(entries)?;
        let mut put = Put { entries, hash_keys, outcomes: vec![RecordOutcome::Failed; entries.len()] };
        let count = u32::try_from(entries.len()).expect("AWS allows 500 records in a request");
        let mut pending: Vec<u32> = (0..count).collect();
        let mut map = self.range_map(stream).await.map_err(|error| range_error(stream, error))?;
        for attempt in 1.. {
            let groups = put.group(&pending, &map);
            let append = Append { chunks: put.encode(&groups, &map)?, held: self.held.clone() };
            match self.actions.ranges.append(stream.root, append).await {
                Ok(outcomes) => pending = put.settle(&groups, &map, &outcomes),
                Err(error) if attempt == 1 => return Err(range_error(stream, error).into()),
                Err(error) => {
                    warn!(stream = %stream.arn, %error, records = pending.len(), "records routed anew failed");
                    break;
                }
            }
            if pending.is_empty() || attempt == ATTEMPTS_MAX {
                break;
            }
            let Ok(newer) = self.newer_map(stream, map.version).await else { break };
            map = newer;
        }
        self.note_arrivals(&put.outcomes);
        Ok(put.outcomes)
    }

    async fn range_map(&self, stream: &Stream) -> Result<Arc<ShardMap>, RangeError> {
        self.actions.ranges.shard_map(stream.root).await
    }

    async fn newer_map(&self, stream: &Stream, than: u64) -> Result<Arc<ShardMap>, RangeError> {
        let map = self.range_map(stream).await?;
        if map.version > than {
            return Ok(map);
        }
        tokio::time::sleep(NEWER_MAP_WAIT).await;
        self.range_map(stream).await
    }

    fn note_arrivals(&self, outcomes: &[RecordOutcome]) {
        let newest = outcomes.iter().filter_map(|outcome| match outcome {
            RecordOutcome::Put { sequence, .. } => Some(sequence.arrived_s),
            RecordOutcome::Throttled(_) | RecordOutcome::Failed => None,
        });
        if let Some(newest) = newest.max() {
            self.actions.newest_arrival_s.fetch_max(newest, Ordering::Relaxed);
        }
    }
}

impl Put<'_> {
    fn group(&self, records: &[u32], map: &ShardMap) -> Groups {
        let place = |record: &u32| u32::try_from(map.place(self.hash_keys[*record as usize])).expect("ids are 32 bits");
        let open_of: Vec<u32> = records.iter().map(place).collect();
        Groups::new(records, &open_of, map.open.len())
    }

    /// The chunks of some records, all in one buffer.
    fn encode(&self, groups: &Groups, map: &ShardMap) -> Result<Vec<AppendChunk>, InvalidBase64> {
        let mut encoder = ChunkEncoder::with_capacity(self.encoded_bytes_max());
        let mut spans = Vec::with_capacity(groups.len());
        for (place, records) in groups.iter() {
            for record in records {
                let entry = &self.entries[*record as usize];
                let explicit = entry.explicit_hash_key.as_ref().map(|_| self.hash_keys[*record as usize]);
                encoder.push_with(explicit, Some(&entry.partition_key), |into| entry.data.decode_into(into))?;
            }
            spans.push((map.open[place].shard, encoder.end_chunk()));
        }
        let bytes = encoder.into_bytes();
        let chunk = |(shard, span): &(ShardId, ChunkSpan)| AppendChunk {
            shard: *shard,
            records: span.count,
            charged_bytes: u32::try_from(span.charged_bytes).expect("a request is at most 10 MiB"),
            body: span.body(&bytes),
            crc32c: span.crc32c,
        };
        Ok(spans.iter().map(chunk).collect())
    }

    fn encoded_bytes_max(&self) -> usize {
        self.entries.iter().map(|entry| HEAD_BYTES_MAX + entry.charged_bytes()).sum()
    }

    /// Notes what became of the chunks; yields the records that must be routed anew, in the caller's order.
    fn settle(&mut self, groups: &Groups, map: &ShardMap, outcomes: &[ChunkOutcome]) -> Vec<u32> {
        assert_eq!(groups.len(), outcomes.len(), "a range answers for every chunk");
        let mut closed = Vec::new();
        for ((place, records), outcome) in groups.iter().zip(outcomes) {
            let shard = map.open[place].shard;
            match *outcome {
                ChunkOutcome::Appended(numbered) => {
                    for (counter, record) in (numbered.first..).zip(records) {
                        let (created_s, arrived_s) = (numbered.created_s, numbered.arrived.seconds());
                        let sequence = SequenceNumber { created_s, shard, counter, arrived_s };
                        self.outcomes[*record as usize] = RecordOutcome::Put { shard, sequence };
                    }
                }
                ChunkOutcome::Throttled => self.note(records, RecordOutcome::Throttled(shard)),
                ChunkOutcome::NoSpace => self.note(records, RecordOutcome::Failed),
                ChunkOutcome::NotOpen => closed.extend_from_slice(records),
            }
        }
        closed.sort_unstable();
        closed
    }

    fn note(&mut self, records: &[u32], outcome: RecordOutcome) {
        for record in records {
            self.outcomes[*record as usize] = outcome;
        }
    }
}

fn hash_keys(entries: &[PutRecordsEntry<'_>]) -> Result<Vec<HashKey>, ApiError> {
    let hash_key = |entry: &PutRecordsEntry<'_>| match &entry.explicit_hash_key {
        None => Ok(HashKey::of_partition_key(&entry.partition_key)),
        Some(Parsed::Valid(key)) => Ok(*key),
        Some(Parsed::Invalid(text)) => Err(texts::explicit_hash_key_out_of_range(text)),
    };
    entries.iter().map(hash_key).collect()
}
