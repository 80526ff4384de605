//! One connection of a run and the call it carries: which call is next, and what its answer came to. It knows nothing
//! of time and of other connections.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::http::answer_frame::Answer;
use crate::http::request_head::{Encoding, RequestFacts, request_head};
use crate::http::signature::Signer;
use crate::random::Random;

use super::answer::{Malformed, Scrutiny, error_type, got, stored, text_after};
use super::bodies::{PutRequests, Request, encoded};
use super::connection::Connection;
use super::cursor::{Cursor, ReadCall};
use super::plan::{Plan, PutCall, Work};
use super::tally::ErrorCounts;

/// Of a connection's answers the first and every so many are read in full.
const SAMPLE_EVERY: u64 = 64;

/// One connection and its call.
#[derive(Debug)]
pub(crate) struct Slot {
    /// The socket.
    pub(crate) connection: Connection,
    /// The call under way.
    pub(crate) call: Option<Call>,
    /// No call is begun before this moment.
    pub(crate) rests_until_ns: u64,
    cursor: Option<Cursor>,
    answers: u64,
}

/// A call under way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// What it is.
    pub(crate) kind: Kind,
    /// When it should have been sent.
    pub(crate) due_ns: u64,
    /// When it was sent.
    pub(crate) sent_ns: u64,
}

/// What one call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// PutRecord or PutRecords.
    Put(PutCall),
    /// GetShardIterator, which a reader needs now and then and nobody measures.
    Iterator,
    /// GetRecords.
    Get,
}

/// What a call came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Records stored or returned.
    pub(crate) records: u64,
    /// Of a get that was read in full, the bytes of data in these records.
    pub(crate) sampled_bytes: Option<u64>,
    /// Records refused, by code.
    pub(crate) refused: ErrorCounts,
    /// Why the call failed as a whole.
    pub(crate) error: Option<String>,
}

impl Outcome {
    /// A call that failed as a whole.
    pub(crate) fn failed(error: impl Into<String>) -> Self {
        Self { error: Some(error.into()), ..Self::default() }
    }
}

impl Slot {
    /// A slot that is not connected yet; with a cursor it can read.
    pub(crate) fn new(connection: Connection, cursor: Option<Cursor>) -> Self {
        Self { connection, call: None, rests_until_ns: 0, cursor, answers: 0 }
    }

    /// Which call comes next.
    pub(crate) fn choose(&self, work: Work, random: &mut Random) -> Kind {
        match work {
            Work::Put(puts) => Kind::Put(puts.call),
            Work::Mixed { puts, get_percent, .. } if random.below(100) >= u64::from(get_percent) => {
                Kind::Put(puts.call)
            }
            Work::Get(_) | Work::Mixed { .. } => match self.cursor.as_ref().map(Cursor::next_call) {
                Some(ReadCall::Records { .. }) => Kind::Get,
                _ => Kind::Iterator,
            },
        }
    }

    /// The request of the call that was chosen. The plan of a put has bodies, that of a get a cursor.
    pub(crate) fn request(&self, kind: Kind, plan: &Plan, requests: &mut Requests, wall_s: u64) -> Request {
        match (kind, &mut requests.puts, &self.cursor) {
            (Kind::Put(_), Some(puts), _) => puts.next(&mut requests.signer, wall_s),
            (Kind::Iterator | Kind::Get, _, Some(cursor)) => {
                read_request(cursor.next_call(), plan, &mut requests.signer, wall_s)
            }
            _ => unreachable!("puts are built, and cursors made, by the same plan that chooses the call"),
        }
    }

    /// Reads the answer of a call and moves the cursor.
    pub(crate) fn understand(&mut self, kind: Kind, encoding: Encoding, answer: &Answer) -> Outcome {
        let scrutiny = if self.answers.is_multiple_of(SAMPLE_EVERY) { Scrutiny::Full } else { Scrutiny::Searched };
        self.answers += u64::from(kind != Kind::Iterator);
        let body = self.connection.body(answer);
        let outcome = match (answer.status, kind) {
            (200, Kind::Put(call)) => stored(encoding, body, call, scrutiny).map(|stored| Outcome {
                records: u64::from(stored.records),
                refused: stored.refused,
                ..Outcome::default()
            }),
            (200, Kind::Get) => got(encoding, body, scrutiny).map(|got| {
                let outcome = Outcome { records: got.records, sampled_bytes: got.payload_bytes, ..Outcome::default() };
                if let Some(cursor) = &mut self.cursor {
                    cursor.records_answered(got);
                }
                outcome
            }),
            (200, Kind::Iterator) => text_after(encoding, body, "ShardIterator").ok_or(Malformed).map(|iterator| {
                if let Some(cursor) = &mut self.cursor {
                    cursor.iterator_answered(iterator);
                }
                Outcome::default()
            }),
            (status, _) => Ok(Outcome::failed(error_type(encoding, status, body))),
        };
        let outcome = outcome.unwrap_or_else(|malformed| Outcome::failed(malformed.to_string()));
        if outcome.error.is_some() {
            self.failed(kind);
        }
        outcome
    }

    /// The call had no answer or a bad one.
    pub(crate) fn failed(&mut self, kind: Kind) {
        if let (Kind::Iterator | Kind::Get, Some(cursor)) = (kind, &mut self.cursor) {
            cursor.failed();
        }
    }
}

/// What requests are made of.
#[derive(Debug)]
pub(crate) struct Requests {
    /// Signs them.
    pub(crate) signer: Signer,
    /// The prebuilt puts.
    pub(crate) puts: Option<PutRequests>,
}

fn read_request(call: ReadCall<'_>, plan: &Plan, signer: &mut Signer, wall_s: u64) -> Request {
    let operation = match call {
        ReadCall::Iterator { .. } => "GetShardIterator",
        ReadCall::Records { .. } => "GetRecords",
    };
    let body = match plan.encoding {
        Encoding::Json => json_body(call),
        Encoding::Cbor => cbor_body(call),
    };
    let facts = RequestFacts {
        operation,
        encoding: plan.encoding,
        body_bytes: body.len(),
        body_sha256: &Sha256::digest(&body).into(),
        wall_s,
    };
    let head = request_head(&plan.endpoint.authority, signer, facts);
    Request { pieces: [head.into(), body.into(), Arc::from([])] }
}

/// Stream names, shard ids and iterators hold nothing that JSON escapes.
fn json_body(call: ReadCall<'_>) -> Vec<u8> {
    match call {
        ReadCall::Iterator { shard, from } => format!(
            "{{\"StreamName\":\"{}\",\"ShardId\":\"{}\",\"ShardIteratorType\":\"{}\"}}",
            shard.stream,
            shard.shard_id,
            from.iterator_type()
        ),
        ReadCall::Records { iterator, limit } => format!("{{\"ShardIterator\":\"{iterator}\",\"Limit\":{limit}}}"),
    }
    .into_bytes()
}

fn cbor_body(call: ReadCall<'_>) -> Vec<u8> {
    encoded(|to| match call {
        ReadCall::Iterator { shard, from } => {
            to.map(3)?.str("StreamName")?.str(&shard.stream)?.str("ShardId")?.str(&shard.shard_id)?;
            to.str("ShardIteratorType")?.str(from.iterator_type())?.ok()
        }
        ReadCall::Records { iterator, limit } => {
            to.map(2)?.str("ShardIterator")?.str(iterator)?.str("Limit")?.u32(limit)?.ok()
        }
    })
}
