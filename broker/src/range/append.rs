//! Group commit: the requests that waited become one entry, one write and one sync, and are then answered.

use forebay_core::admission::{Admission, ChunkRequest, Numbered as CoreNumbered};
use forebay_core::arrival_clock::Now;
use forebay_core::lanes::AppliedChunk;
use forebay_core::range::Range;
use forebay_gateway::ranges::{AppendChunk, ChunkOutcome, Numbered};
use forebay_log::Chunk;

use super::message::PendingAppend;

/// An entry takes 16 MiB with its tables; requests are at most 10 MiB of records, so two never share one above this.
const ENTRY_BODY_BYTES_MAX: usize = 14 << 20;
/// Chunks of an entry: their rows are 36 bytes each, so tables stay below the 2 MiB that remain.
const ENTRY_CHUNKS_MAX: usize = 32_768;

/// Requests on their way into one entry. Its vectors are kept from entry to entry for their allocations.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    requests: Vec<PendingAppend>,
    chunks: usize,
    body_bytes: usize,
    admissions: Vec<Admission>,
    /// What is written: the admitted chunks, in order.
    entry: Vec<Chunk>,
}

impl Batch {
    /// Takes a request if the entry has room for it.
    pub(crate) fn add(&mut self, request: PendingAppend) -> Result<(), PendingAppend> {
        let bytes: usize = request.chunks.iter().map(|chunk| chunk.body.len()).sum();
        let full =
            self.body_bytes + bytes > ENTRY_BODY_BYTES_MAX || self.chunks + request.chunks.len() > ENTRY_CHUNKS_MAX;
        if full && !self.requests.is_empty() {
            return Err(request);
        }
        self.chunks += request.chunks.len();
        self.body_bytes += bytes;
        self.requests.push(request);
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.len()
    }

    /// Lets the range number or refuse every chunk; what is then in [`Batch::entry`] is to be written.
    pub(crate) fn admit(&mut self, range: &mut Range, now: Now) {
        self.admissions.clear();
        let chunks = self.requests.iter().flat_map(|request| &request.chunks);
        let requests = chunks.clone().map(|chunk| ChunkRequest {
            shard: chunk.shard,
            records: chunk.records,
            charged_bytes: u64::from(chunk.charged_bytes),
        });
        range.admit(now, requests, &mut self.admissions);
        self.entry.clear();
        for (chunk, admission) in chunks.zip(&self.admissions) {
            if let Admission::Admitted(numbered) = admission {
                self.entry.push(stored(chunk, numbered));
            }
        }
    }

    /// The admitted chunks.
    pub(crate) fn entry(&self) -> &[Chunk] {
        &self.entry
    }

    /// Every chunk with what became of it.
    pub(crate) fn admitted(&self) -> impl Iterator<Item = (&AppendChunk, Admission)> {
        self.requests.iter().flat_map(|request| &request.chunks).zip(self.admissions.iter().copied())
    }

    /// Bytes of the admitted bodies.
    pub(crate) fn entry_bytes(&self) -> usize {
        self.entry.iter().map(|chunk| chunk.body.len()).sum()
    }

    /// Tells the range that the entry is durable.
    pub(crate) fn apply(&self, range: &mut Range) {
        let mut hint = 0;
        for chunk in &self.entry {
            let applied = AppliedChunk {
                first: chunk.first_counter,
                count: chunk.count,
                time: forebay_protocol::words::TimestampMs(chunk.time_ms),
            };
            hint = range
                .apply_chunk(forebay_protocol::words::ShardId(chunk.lane), applied, hint)
                .expect("the range numbered this chunk itself");
        }
    }

    /// Answers every request and empties the batch. `written` is what became of the admitted chunks.
    pub(crate) fn answer(&mut self, written: Written) {
        let mut admissions = self.admissions.iter();
        for request in self.requests.drain(..) {
            let outcomes = admissions.by_ref().take(request.chunks.len()).map(|admission| outcome(*admission, written));
            // A client that went away is not told.
            let _ = request.reply.send(Ok(outcomes.collect()));
        }
        self.entry.clear();
        (self.chunks, self.body_bytes) = (0, 0);
    }

    /// Answers every request with the same error and empties the batch.
    pub(crate) fn refuse(&mut self, why: &str) {
        for request in self.requests.drain(..) {
            let _ = request.reply.send(Err(forebay_gateway::ranges::RangeError::Unavailable(why.to_owned())));
        }
        self.entry.clear();
        (self.chunks, self.body_bytes) = (0, 0);
    }

    /// Answers every request as one for which there is no room, and empties the batch.
    pub(crate) fn answer_no_space(&mut self) {
        for request in self.requests.drain(..) {
            let outcomes = vec![ChunkOutcome::NoSpace; request.chunks.len()];
            let _ = request.reply.send(Ok(outcomes));
        }
        self.entry.clear();
        (self.chunks, self.body_bytes) = (0, 0);
    }
}

/// What became of the admitted chunks of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// They are durable.
    Durable,
    /// The volume had no room for them.
    NoSpace,
}

fn outcome(admission: Admission, written: Written) -> ChunkOutcome {
    match (admission, written) {
        (Admission::Admitted(CoreNumbered { created_s, first, arrived }), Written::Durable) => {
            ChunkOutcome::Appended(Numbered { created_s, first, arrived })
        }
        (Admission::Admitted(_), Written::NoSpace) => ChunkOutcome::NoSpace,
        (Admission::Closed | Admission::Foreign, _) => ChunkOutcome::NotOpen,
        (Admission::Throttled, _) => ChunkOutcome::Throttled,
    }
}

fn stored(chunk: &AppendChunk, numbered: &CoreNumbered) -> Chunk {
    Chunk {
        lane: chunk.shard.0,
        first_counter: numbered.first,
        count: chunk.records,
        time_ms: numbered.arrived.0,
        crc32c: chunk.crc32c,
        codec: 0,
        flags: 0,
        key_id: 0,
        body: chunk.body.clone(),
    }
}
