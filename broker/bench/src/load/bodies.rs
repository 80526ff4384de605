//! The bodies of puts, built and hashed before the load begins: what a put costs the client under load is one signature
//! a second and body, and the system calls that send it.
//!
//! A body is two pieces: the stream's name, and the records, which bodies of other streams share; a thousand streams
//! with 700 KB bodies would not fit in memory otherwise.

use std::io::IoSlice;
use std::sync::Arc;

use forebay_protocol::words::HashKeyRange;
use minicbor::Encoder;
use sha2::{Digest, Sha256};

use crate::http::endpoint::Endpoint;
use crate::http::request_head::{Encoding, RequestFacts, request_head};
use crate::http::signature::Signer;
use crate::random::Random;

use super::plan::{Keys, PutCall, Puts, Streams};

/// Memory for records: enough that neither side's caches hold them all, little enough to build in a moment.
const POOL_BYTES: usize = 32 << 20;
/// At least so many different sets of records, however large.
const SETS_MIN: usize = 4;
/// At most so many, however small.
const SETS_MAX: usize = 1024;

/// A request ready to be sent: pieces that follow one another on the wire.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Head, beginning of the body, rest of the body; any may be empty.
    pub(crate) pieces: [Arc<[u8]>; 3],
}

impl Request {
    /// The pieces without the first `sent` bytes.
    pub(crate) fn unsent(&self, sent: usize) -> [IoSlice<'_>; 3] {
        let mut skip = sent;
        let [head, start, rest] = &self.pieces;
        [head, start, rest].map(|piece| {
            let skipped = skip.min(piece.len());
            skip -= skipped;
            IoSlice::new(&piece[skipped..])
        })
    }
}

/// All put requests of a run, handed out in turn.
#[derive(Debug)]
pub(crate) struct PutRequests {
    operation: &'static str,
    encoding: Encoding,
    authority: String,
    bodies: Vec<Body>,
    next: usize,
}

#[derive(Debug)]
struct Body {
    stream: Arc<[u8]>,
    records: Arc<[u8]>,
    sha256: [u8; 32],
    head: Option<Head>,
}

/// A head and the second it was signed in.
#[derive(Debug)]
struct Head {
    wall_s: u64,
    bytes: Arc<[u8]>,
}

impl PutRequests {
    /// Builds the bodies of puts to streams.
    pub(crate) fn build(endpoint: &Endpoint, encoding: Encoding, streams: &Streams, puts: Puts, seed: u64) -> Self {
        let sets = record_sets(puts, encoding, streams.shards, seed);
        let names = streams.names();
        let streams: Vec<Arc<[u8]>> = names.iter().map(|name| stream_piece(name, puts, encoding).into()).collect();
        // A whole multiple of the streams, so that each gets the same share.
        let count = sets.len().max(streams.len()).next_multiple_of(streams.len());
        let body = |index: usize| {
            let (stream, records) = (&streams[index % streams.len()], &sets[index % sets.len()]);
            let sha256 = Sha256::new().chain_update(stream).chain_update(records).finalize().into();
            Body { stream: Arc::clone(stream), records: Arc::clone(records), sha256, head: None }
        };
        Self {
            operation: puts.call.operation(),
            encoding,
            authority: endpoint.authority.clone(),
            bodies: (0..count).map(body).collect(),
            next: 0,
        }
    }

    /// The next request, signed as of a second.
    pub(crate) fn next(&mut self, signer: &mut Signer, wall_s: u64) -> Request {
        let turn = self.next;
        self.next = (turn + 1) % self.bodies.len();
        let body = &mut self.bodies[turn];
        let head = match &body.head {
            Some(head) if head.wall_s == wall_s => Arc::clone(&head.bytes),
            _ => {
                let request = RequestFacts {
                    operation: self.operation,
                    encoding: self.encoding,
                    body_bytes: body.stream.len() + body.records.len(),
                    body_sha256: &body.sha256,
                    wall_s,
                };
                let bytes: Arc<[u8]> = request_head(&self.authority, signer, request).into();
                body.head = Some(Head { wall_s, bytes: Arc::clone(&bytes) });
                bytes
            }
        };
        Request { pieces: [head, Arc::clone(&body.stream), Arc::clone(&body.records)] }
    }
}

/// One body of a put, whole.
pub(crate) fn put_body(puts: Puts, encoding: Encoding) -> Vec<u8> {
    let records = record_sets(puts, encoding, 1, 1);
    [&stream_piece("forebay-bench", puts, encoding)[..], &records[0]].concat()
}

/// One record's fields.
struct Record {
    data: Vec<u8>,
    partition_key: String,
    explicit_hash_key: Option<String>,
}

/// The second pieces: sets of records, each for one call.
fn record_sets(puts: Puts, encoding: Encoding, shards: u32, seed: u64) -> Vec<Arc<[u8]>> {
    let mut random = Random::new(seed);
    let per_call = puts.call.records();
    let call_bytes = (puts.record_bytes + 64) * per_call as usize;
    let mut count = (POOL_BYTES / call_bytes).clamp(SETS_MIN, SETS_MAX);
    if puts.keys == Keys::Explicit {
        // Each shard in some set, even when a set is one record.
        count = count.max(shards.div_ceil(per_call) as usize);
    }
    let mut shard = (0..shards).cycle();
    let mut set = || {
        let records: Vec<_> =
            shard.by_ref().take(per_call as usize).map(|shard| record(&mut random, puts, shard, shards)).collect();
        match encoding {
            Encoding::Json => json_records(puts.call, &records).into(),
            Encoding::Cbor => cbor_records(puts.call, &records).into(),
        }
    };
    (0..count).map(|_| set()).collect()
}

fn record(random: &mut Random, puts: Puts, shard: u32, shards: u32) -> Record {
    let partition_key = match puts.keys {
        Keys::Random => format!("{:016x}", random.next_u64()),
        Keys::Explicit | Keys::Same => "0123456789abcdef".to_owned(),
    };
    let explicit = puts.keys == Keys::Explicit;
    let explicit_hash_key = explicit.then(|| HashKeyRange::part(shard, shards).start.to_string());
    Record { data: random.bytes(puts.record_bytes), partition_key, explicit_hash_key }
}

/// The first piece: the beginning of the body up to and with the stream's name.
fn stream_piece(name: &str, puts: Puts, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Json => format!("{{\"StreamName\":\"{name}\",").into_bytes(),
        Encoding::Cbor => {
            let members = match puts.call {
                PutCall::Many(_) => 2,
                PutCall::One if puts.keys == Keys::Explicit => 4,
                PutCall::One => 3,
            };
            encoded(|encoder| encoder.map(members)?.str("StreamName")?.str(name)?.ok())
        }
    }
}

fn json_records(call: PutCall, records: &[Record]) -> Vec<u8> {
    let members: Vec<String> = records.iter().map(json_record).collect();
    match call {
        PutCall::One => format!("{}}}", members.concat()),
        PutCall::Many(_) => format!("\"Records\":[{{{}}}]}}", members.join("},{")),
    }
    .into_bytes()
}

fn json_record(record: &Record) -> String {
    let data = base64_simd::STANDARD.encode_to_string(&record.data);
    let hash_key = record.explicit_hash_key.as_ref().map(|key| format!(",\"ExplicitHashKey\":\"{key}\""));
    format!("\"Data\":\"{data}\",\"PartitionKey\":\"{}\"{}", record.partition_key, hash_key.unwrap_or_default())
}

fn cbor_records(call: PutCall, records: &[Record]) -> Vec<u8> {
    encoded(|encoder| {
        if let PutCall::Many(_) = call {
            encoder.str("Records")?.array(records.len() as u64)?;
        }
        for record in records {
            if let PutCall::Many(_) = call {
                encoder.map(2 + u64::from(record.explicit_hash_key.is_some()))?;
            }
            encoder.str("Data")?.bytes(&record.data)?.str("PartitionKey")?.str(&record.partition_key)?;
            if let Some(hash_key) = &record.explicit_hash_key {
                encoder.str("ExplicitHashKey")?.str(hash_key)?;
            }
        }
        Ok(())
    })
}

type CborError = minicbor::encode::Error<std::convert::Infallible>;

/// What a closure writes as CBOR.
pub(crate) fn encoded(write: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> Result<(), CborError>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut Encoder::new(&mut bytes)).expect("a vector takes every byte");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::signature::Auth;

    fn requests(puts: Puts, encoding: Encoding, streams: u32) -> PutRequests {
        let endpoint = Endpoint::at(([127, 0, 0, 1], 4567).into());
        let streams = Streams { name: "s".to_owned(), count: streams, shards: 4 };
        PutRequests::build(&endpoint, encoding, &streams, puts, 7)
    }

    fn body(body: &Body) -> Vec<u8> {
        [&body.stream[..], &body.records[..]].concat()
    }

    #[test]
    fn a_json_body_is_the_call_it_says() {
        let puts = Puts { call: PutCall::Many(500), record_bytes: 1024, keys: Keys::Random };
        let requests = requests(puts, Encoding::Json, 1);
        let bytes = body(&requests.bodies[0]);
        let value: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        let records = value["Records"].as_array().expect("records");
        assert_eq!((value["StreamName"].as_str(), records.len()), (Some("s"), 500));
        let data = records[499]["Data"].as_str().expect("data");
        assert_eq!(base64_simd::STANDARD.decode_to_vec(data).expect("base64").len(), 1024);
        assert_ne!(records[0]["PartitionKey"], records[1]["PartitionKey"]);
        assert_eq!(requests.bodies[0].sha256, <[u8; 32]>::from(Sha256::digest(&bytes)));
        // 1,414 bytes a record: what the micro-costs of the design were measured on.
        assert_eq!(bytes.len(), 500 * 1414 - 1 + "{\"StreamName\":\"s\",\"Records\":[]}".len());
    }

    #[test]
    fn a_cbor_body_is_the_call_it_says() {
        for (call, members) in [(PutCall::One, 4), (PutCall::Many(3), 2)] {
            let puts = Puts { call, record_bytes: 10, keys: Keys::Explicit };
            let bytes = body(&requests(puts, Encoding::Cbor, 1).bodies[0]);
            let mut decoder = minicbor::Decoder::new(&bytes);
            assert_eq!(decoder.map().expect("a map"), Some(members));
            assert_eq!((decoder.str().expect("a name"), decoder.str().expect("a name")), ("StreamName", "s"));
            if let PutCall::Many(count) = call {
                assert_eq!(
                    (decoder.str().expect("a name"), decoder.array().expect("a list")),
                    ("Records", Some(count.into()))
                );
                assert_eq!(decoder.map().expect("a map"), Some(3));
            }
            assert_eq!((decoder.str().expect("a name"), decoder.bytes().expect("data").len()), ("Data", 10));
            let skipped = minicbor::decode::Decoder::new(&bytes).skip();
            assert!(skipped.is_ok(), "well-formed to the end");
        }
    }

    #[test]
    fn explicit_keys_reach_every_shard_and_streams_get_equal_shares() {
        let puts = Puts { call: PutCall::One, record_bytes: 0, keys: Keys::Explicit };
        let requests = requests(puts, Encoding::Json, 3);
        let bodies: Vec<String> =
            requests.bodies.iter().map(|one| String::from_utf8(body(one)).expect("text")).collect();
        for shard in 0..4 {
            let key = format!("\"ExplicitHashKey\":\"{}\"", HashKeyRange::part(shard, 4).start);
            assert!(bodies.iter().any(|body| body.contains(&key)), "{key}");
        }
        let share =
            |name: &str| bodies.iter().filter(|body| body.contains(&format!("\"StreamName\":\"{name}\""))).count();
        assert_eq!([share("s-0000"), share("s-0001"), share("s-0002")], [bodies.len() / 3; 3]);
    }

    #[test]
    fn what_is_sent_is_never_sent_again() {
        let request = Request { pieces: ["abc", "", "defg"].map(|piece| Arc::from(piece.as_bytes())) };
        for sent in 0..=7 {
            let joined: Vec<u8> = request.unsent(sent).iter().flat_map(|piece| piece.to_vec()).collect();
            assert_eq!(joined, b"abcdefg"[sent..], "{sent}");
        }
    }

    #[test]
    fn a_head_is_signed_once_a_second() {
        let puts = Puts { call: PutCall::Many(1), record_bytes: 8 << 20, keys: Keys::Same };
        let mut requests = requests(puts, Encoding::Json, 1);
        let mut signer = Signer::new(Auth::Placeholder, "us-east-1".to_owned());
        let mut heads = |wall_s| -> Vec<Arc<[u8]>> {
            (0..SETS_MIN).map(|_| Arc::clone(&requests.next(&mut signer, wall_s).pieces[0])).collect()
        };
        let (first, again, later) = (heads(1), heads(1), heads(2));
        assert!(Arc::ptr_eq(&first[0], &again[0]));
        assert!(!Arc::ptr_eq(&first[0], &later[0]));
    }
}
