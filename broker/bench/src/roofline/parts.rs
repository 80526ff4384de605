//! Each part of the work alone, as CPU time of one thread, lower quartile of the rounds: what the machine can do when
//! nothing interferes. Wall time would count the neighbours of a shared machine.

use std::hint::black_box;
use std::path::Path;

use rustix::fs::fdatasync;
use sha2::{Digest, Sha256};

use crate::clock::{Stopwatch, float, thread_cpu_ns};
use crate::http::request_head::{Encoding, RequestFacts, request_head};
use crate::http::signature::{Auth, Credentials, Signer};
use crate::load::bodies::put_body;
use crate::load::plan::{Keys, PutCall, Puts};
use crate::random::Random;

use super::answers::{sequence_number, write_answer, write_stored};
use super::commit::Entry;
use super::figures::{self, Figure};
use super::gets::{self, CHUNK_RECORDS};
use super::measure::PUT_RECORDS;
use super::puts::{PutRecords, encode};
use super::segment::{LOG_BYTES, SEGMENT_BYTES, Segment, write_all_at};

const RECORD_BYTES: usize = 1024;
/// Rounds of each part, as the figures were measured.
const ROUNDS: usize = 60;
/// Of the disk, whose slow rounds are milliseconds each.
const SYNC_ROUNDS: usize = 60;

/// One part's cost.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub(crate) struct Part {
    /// What it is.
    pub(crate) name: &'static str,
    /// What the nanoseconds are for: a record of 1 KiB, or a request.
    pub(crate) per: &'static str,
    /// CPU time.
    pub(crate) cpu_ns: f64,
    /// What the design measured.
    pub(crate) figure: Figure,
    /// How many times that this is.
    pub(crate) ratio: f64,
}

/// The disk's answer time for one size of write.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub(crate) struct SyncLatency {
    /// Bytes written before each fdatasync.
    pub(crate) bytes: usize,
    /// Microseconds of the median.
    pub(crate) p50_us: f64,
    /// Microseconds that one in a hundred took longer than.
    pub(crate) p99_us: f64,
}

impl Part {
    /// A part's cost beside its figure.
    pub(crate) fn per_record(name: &'static str, cpu_ns: f64, figure: Figure) -> Self {
        Self { name, per: "record", cpu_ns, figure, ratio: figure.ratio(cpu_ns) }
    }
}

/// Lower quartile of the CPU time of a piece of work, divided by what one round holds.
fn cost(units: usize, mut work: impl FnMut()) -> f64 {
    work();
    let mut rounds: Vec<u64> = (0..ROUNDS)
        .map(|_| {
            let begun_ns = thread_cpu_ns();
            work();
            thread_cpu_ns() - begun_ns
        })
        .collect();
    rounds.sort_unstable();
    float(rounds[ROUNDS / 4]) / float(units as u64)
}

/// Everything that is computed; no sockets, no disk.
pub(crate) fn computed() -> Vec<Part> {
    let mut parts = Vec::from(put_parts());
    parts.extend(record_parts());
    parts.extend([sequence_digits(), get_answer(), signature()]);
    parts
}

/// What is done with a whole PutRecords.
fn put_parts() -> [Part; 5] {
    let puts = Puts { call: PutCall::Many(PUT_RECORDS), record_bytes: RECORD_BYTES, keys: Keys::Random };
    let json = put_body(puts, Encoding::Json);
    let cbor = put_body(puts, Encoding::Cbor);
    let parsed = parse(&json);
    let md5_of_keys = || {
        for record in &parsed.records {
            black_box(md5::compute(record.partition_key.as_bytes()));
        }
    };
    let (mut entry, mut answer) = (Entry::default(), Vec::with_capacity(1 << 20));
    let whole = || {
        answer.clear();
        put(&json, &mut entry, &mut answer);
    };
    let records = PUT_RECORDS as usize;
    let part = Part::per_record;
    [
        part("SHA-256 of the JSON body", cost(records, || keep(&Sha256::digest(black_box(&json)))), figures::SHA256),
        part("JSON parse, serde_json borrowed", cost(records, || keep(&parse(&json))), figures::JSON_PARSE),
        part("CBOR walk, minicbor borrowed", cost(records, || walk(&cbor)), figures::CBOR_WALK),
        part("MD5 of a 16-byte key", cost(records, md5_of_keys), figures::MD5),
        part("parse, MD5, base64, CRC, chunks, answer", cost(records, whole), figures::PUT_WITHOUT_HASH),
    ]
}

/// What is done with the data of a record.
fn record_parts() -> [Part; 3] {
    const ROUND: usize = 500;
    let data = Random::new(2).bytes(RECORD_BYTES);
    let base64 = base64_simd::STANDARD.encode_to_string(&data);
    let mut buffer = Vec::with_capacity(4 * ROUND * RECORD_BYTES);
    let decode = cost(ROUND, || {
        buffer.clear();
        for _ in 0..ROUND {
            base64_simd::STANDARD.decode_append(black_box(&base64), &mut buffer).expect("just encoded");
        }
    });
    let encode = cost(ROUND, || {
        buffer.clear();
        for _ in 0..ROUND {
            base64_simd::STANDARD.encode_append(black_box(&data), &mut buffer);
        }
    });
    // Over a chunk, as a server does it: a call for each record would cost more.
    let chunk = gets::chunk(&mut Random::new(3));
    let crc = cost(CHUNK_RECORDS, || keep(&crc_fast::crc32_iscsi(black_box(&chunk))));
    [
        Part::per_record("base64 decode, base64-simd", decode, figures::BASE64_DECODE),
        Part::per_record("base64 encode, base64-simd", encode, figures::BASE64_ENCODE),
        Part::per_record("CRC-32C, crc-fast", crc, figures::CRC32C),
    ]
}

/// Makes sure a result is computed though nobody reads it.
fn keep<T>(result: &T) {
    black_box(result);
}

fn parse(json: &[u8]) -> PutRecords<'_> {
    serde_json::from_slice(black_box(json)).expect("this tool's own bodies")
}

/// Every record's members, borrowed.
fn walk(cbor: &[u8]) {
    let mut decoder = minicbor::Decoder::new(black_box(cbor));
    let well_formed = "this tool's own bodies";
    decoder.map().expect(well_formed);
    decoder.str().expect(well_formed);
    decoder.str().expect(well_formed);
    decoder.str().expect(well_formed);
    for _ in 0..decoder.array().expect(well_formed).unwrap_or(0) {
        for _ in 0..decoder.map().expect(well_formed).unwrap_or(0) {
            match decoder.str().expect(well_formed) {
                "Data" => keep(&decoder.bytes()),
                _ => keep(&decoder.str()),
            }
        }
    }
}

/// All that is computed for a put but its hash.
fn put(json: &[u8], entry: &mut Entry, answer: &mut Vec<u8>) {
    let request = parse(json);
    let shards = encode(&request.records, entry);
    for chunk in &entry.chunks {
        black_box(crc_fast::crc32_iscsi(chunk));
    }
    write_answer(answer, |body| {
        for (counter, shard) in shards.iter().enumerate() {
            write_stored(body, u32::from(*shard), counter as u64);
        }
    });
}

fn sequence_digits() -> Part {
    const NUMBERS: u64 = 500;
    let cpu_ns = cost(500, || {
        for counter in 0..NUMBERS {
            black_box(sequence_number(1, black_box(counter)));
        }
    });
    Part::per_record("sequence number, 56 digits", cpu_ns, figures::DECIMAL)
}

fn get_answer() -> Part {
    let chunk = gets::chunk(&mut Random::new(3));
    let mut answer = Vec::with_capacity(2 << 20);
    let chunks = 1000 / CHUNK_RECORDS;
    let cpu_ns = cost(chunks * CHUNK_RECORDS, || {
        answer.clear();
        for _ in 0..chunks {
            gets::write_records(black_box(&chunk), 0, 0, &mut answer);
        }
    });
    Part::per_record("GetRecords JSON from raw records", cpu_ns, figures::GET_ANSWER)
}

/// Deriving the key and signing: what the figure holds. A server that keeps the key pays the smaller part of it.
fn signature() -> Part {
    const REQUESTS: usize = 100;
    let auth = Auth::Signed(Credentials {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
        session_token: None,
    });
    let facts = RequestFacts {
        operation: "PutRecords",
        encoding: Encoding::Json,
        body_bytes: 1,
        body_sha256: &[0; 32],
        wall_s: 1_700_000_000,
    };
    let cpu_ns = cost(REQUESTS, || {
        for _ in 0..REQUESTS {
            let mut signer = Signer::new(auth.clone(), "us-east-1".to_owned());
            black_box(request_head("127.0.0.1:4567", &mut signer, facts));
        }
    });
    let figure = figures::SIGNATURE;
    Part { name: "SigV4 without the body's hash", per: "request", cpu_ns, figure, ratio: figure.ratio(cpu_ns) }
}

/// Write and fdatasync of 512 KiB, preallocated: CPU time for each of its 512 records.
pub(crate) fn write_and_sync(directory: &Path) -> std::io::Result<[Part; 2]> {
    let cached = Segment::prewritten(directory, SEGMENT_BYTES)?;
    let cached = write_and_sync_into(cached, "write and fdatasync of 512 KiB, preallocated")?;
    let new = Segment::prewritten_past_the_cache(directory, LOG_BYTES)?;
    Ok([cached, write_and_sync_into(new, "the same into pages that the cache has not")?])
}

fn write_and_sync_into(mut segment: Segment, name: &'static str) -> std::io::Result<Part> {
    const BYTES: usize = 512 << 10;
    let bytes = Random::new(4).bytes(BYTES);
    let mut failed = None;
    let cpu_ns = cost(BYTES / 1024, || {
        let offset = segment.place(BYTES as u64);
        let written = write_all_at(&segment.file, &bytes, offset).and_then(|()| fdatasync(&segment.file));
        failed = failed.or(written.err());
    });
    let part = Part::per_record(name, cpu_ns, figures::WRITE_AND_SYNC);
    failed.map_or(Ok(part), |error| Err(error.into()))
}

/// How long the disk takes for writes of several sizes, one at a time.
pub(crate) fn sync_latencies(directory: &Path) -> std::io::Result<Vec<SyncLatency>> {
    let mut segment = Segment::prewritten(directory, SEGMENT_BYTES)?;
    let bytes = Random::new(5).bytes(4 << 20);
    [4 << 10, 64 << 10, 512 << 10, 4 << 20].into_iter().map(|size| sync_latency(&mut segment, &bytes[..size])).collect()
}

fn sync_latency(segment: &mut Segment, bytes: &[u8]) -> std::io::Result<SyncLatency> {
    let clock = Stopwatch::start();
    let mut took_ns = Vec::with_capacity(SYNC_ROUNDS);
    for _ in 0..SYNC_ROUNDS {
        let offset = segment.place(bytes.len() as u64);
        write_all_at(&segment.file, bytes, offset)?;
        let begun_ns = clock.now_ns();
        fdatasync(&segment.file)?;
        took_ns.push(clock.now_ns() - begun_ns);
    }
    took_ns.sort_unstable();
    let us = |percent: usize| float(took_ns[(SYNC_ROUNDS * percent / 100).min(SYNC_ROUNDS - 1)]) / 1e3;
    Ok(SyncLatency { bytes: bytes.len(), p50_us: us(50), p99_us: us(99) })
}
