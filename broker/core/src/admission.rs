//! Admission: a chunk is numbered and timed, or refused whole. The one decision on the way of every record.

use forebay_protocol::words::{SequenceNumber, ShardId, TimestampMs};

use crate::lanes::{LaneEnd, Lanes};
use crate::quota::{Limits, Throttled};

/// A chunk that asks to be admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkRequest {
    /// The shard it was routed to.
    pub shard: ShardId,
    /// How many records; at least one.
    pub records: u32,
    /// Data and partition keys, in bytes.
    pub charged_bytes: u64,
}

/// What becomes of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It may be written.
    Admitted(Numbered),
    /// Its shard is closed: the children take its hash keys.
    Closed,
    /// Its shard is not of this range.
    Foreign,
    /// Its shard's limits are used up.
    Throttled,
}

/// How a chunk was numbered: its records have the counters `first`, `first + 1`, ….
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered {
    /// The shard's creation second, for sequence numbers.
    pub created_s: u64,
    /// The counter of the first record.
    pub first: u64,
    /// When all of them arrived.
    pub arrived: TimestampMs,
}

/// When chunks ask, and under which limits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AdmissionTime {
    pub time: TimestampMs,
    pub monotonic_ms: u64,
    pub limits: Limits,
}

/// Admits the chunks of a batch in order; `into` gains one answer a chunk.
///
/// # Panics
/// If a chunk has no records.
pub(crate) fn admit(
    lanes: &mut Lanes,
    at: AdmissionTime,
    chunks: impl IntoIterator<Item = ChunkRequest>,
    into: &mut Vec<Admission>,
) {
    let mut hint = 0;
    for chunk in chunks {
        assert!(chunk.records > 0, "a chunk holds at least one record");
        let Some(position) = lanes.position(chunk.shard, hint) else {
            into.push(Admission::Foreign);
            continue;
        };
        hint = position + 1;
        into.push(admit_chunk(lanes, position, at, chunk));
    }
}

fn admit_chunk(lanes: &mut Lanes, position: usize, at: AdmissionTime, chunk: ChunkRequest) -> Admission {
    let lane = lanes.at_mut(position);
    if !lane.is_open {
        return Admission::Closed;
    }
    if at.limits == Limits::Aws
        && let Err(Throttled) = lane.quota.admit(at.monotonic_ms, chunk.records, chunk.charged_bytes)
    {
        return Admission::Throttled;
    }
    let LaneEnd { next: first, last } = lane.admitted;
    let arrived = at.time.max(last);
    let next = first + u64::from(chunk.records);
    assert!(next <= SequenceNumber::COUNTER_MAX, "a shard takes fewer than 2^63 records");
    lane.admitted = LaneEnd { next, last: arrived };
    Admission::Admitted(Numbered { created_s: lane.created_s, first, arrived })
}
