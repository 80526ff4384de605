//! The work of GetRecords: read chunks of one shard from the segment, check them, encode their records as JSON.
//!
//! The chunks of the shards lie interleaved, as PutRecords over four shards writes them.

use std::path::Path;

use serde::Deserialize;

use crate::random::Random;

use super::answers::{write_all, write_answer, write_got, write_shards};
use super::puts::SHARDS;
use super::segment::{Segment, write_all_at};
use super::serve::{Reply, Work};

/// Records of one chunk: a quarter of a PutRecords of 500.
pub(crate) const CHUNK_RECORDS: usize = 125;
/// Chunks of a page of 1,000 records; a shard ends with a whole page.
const PAGE_CHUNKS: u64 = 8;
const KEY_BYTES: usize = 16;
const RECORD_BYTES: usize = 1024;
/// What a real iterator is long: sealed and in base64.
const ITERATOR_PADDING: &str =
    "AAAAAAAAAAGZkMxWqZ8zq3yDq0oZrXk1Jw2x8QJm5l1q0vTn7cYx3aK9bR4dWf6hGsEuPiLoNyMtVzBcHjKeSgQw";

/// Gets from a file.
#[derive(Debug)]
pub(crate) struct GetWork {
    segment: Segment,
    chunk_bytes: usize,
    /// Chunks of each shard.
    chunks: u64,
    crcs: Vec<u32>,
    buffer: Vec<u8>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetRecords<'a> {
    shard_iterator: &'a str,
    limit: usize,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetShardIterator<'a> {
    shard_id: &'a str,
}

/// The chunk a reader is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    shard: u64,
    chunk: u64,
}

impl GetWork {
    /// Fills a file of so many bytes with the records that will be read; they stay in the page cache.
    pub(crate) fn filled(directory: &Path, bytes: u64) -> std::io::Result<Self> {
        let segment = Segment::prewritten(directory, bytes)?;
        let mut random = Random::new(1);
        let chunk_bytes = chunk(&mut random).len();
        let fitting = bytes / (u64::from(SHARDS) * chunk_bytes as u64);
        let chunks = fitting - fitting % PAGE_CHUNKS;
        let mut crcs = Vec::new();
        let mut offset = 0;
        for _ in 0..chunks * u64::from(SHARDS) {
            let chunk = chunk(&mut random);
            crcs.push(crc_fast::crc32_iscsi(&chunk));
            write_all_at(&segment.file, &chunk, offset)?;
            offset += chunk.len() as u64;
        }
        Ok(Self { segment, chunk_bytes, chunks, crcs, buffer: vec![0; chunk_bytes] })
    }

    fn get(&mut self, request: &GetRecords<'_>, answer: &mut Vec<u8>) {
        let place = read_iterator(request.shard_iterator);
        let chunks = (request.limit / CHUNK_RECORDS).max(1) as u64;
        let end = (place.chunk + chunks).min(self.chunks);
        write_answer(answer, |body| {
            body.extend_from_slice(b"{\"Records\":[");
            for chunk in place.chunk..end {
                self.write_chunk(Place { chunk, ..place }, body);
            }
            if place.chunk < end {
                body.pop();
            }
            let behind_ms = (self.chunks - end) * 1000;
            body.extend_from_slice(b"],\"NextShardIterator\":\"");
            write_iterator(Place { chunk: end, ..place }, body);
            write_all(body, format_args!("\",\"MillisBehindLatest\":{behind_ms}}}"));
        });
    }

    fn write_chunk(&mut self, place: Place, body: &mut Vec<u8>) {
        let number = place.chunk * u64::from(SHARDS) + place.shard;
        let offset = number * self.chunk_bytes as u64;
        let read = rustix::io::pread(&self.segment.file, &mut self.buffer[..], offset);
        assert_eq!(read, Ok(self.chunk_bytes), "the file was written whole");
        let crc = self.crcs[usize::try_from(number).expect("a few hundred")];
        assert_eq!(crc_fast::crc32_iscsi(&self.buffer), crc, "what was written");
        let shard = u32::try_from(place.shard).expect("below four");
        write_records(&self.buffer, shard, place.chunk * CHUNK_RECORDS as u64, body);
    }
}

impl Work for GetWork {
    fn request(&mut self, _connection: usize, operation: &[u8], body: &[u8], answer: &mut Vec<u8>) -> Reply {
        match operation {
            b"GetRecords" => self.get(&serde_json::from_slice(body).expect("this tool's own bodies"), answer),
            b"GetShardIterator" => {
                let request: GetShardIterator<'_> = serde_json::from_slice(body).expect("this tool's own bodies");
                let shard = request.shard_id.bytes().last().map_or(0, |digit| u64::from(digit - b'0'));
                write_answer(answer, |body| {
                    body.extend_from_slice(b"{\"ShardIterator\":\"");
                    write_iterator(Place { shard, chunk: 0 }, body);
                    body.extend_from_slice(b"\"}");
                });
            }
            _ => write_shards(answer, SHARDS),
        }
        Reply::Now
    }
}

/// A chunk of records with random data.
pub(crate) fn chunk(random: &mut Random) -> Vec<u8> {
    let mut chunk = Vec::new();
    for _ in 0..CHUNK_RECORDS {
        chunk.push(2);
        chunk.extend_from_slice(&u16::try_from(KEY_BYTES).expect("16").to_le_bytes());
        write_all(&mut chunk, format_args!("{:016x}", random.next_u64()));
        chunk.extend_from_slice(&u32::try_from(RECORD_BYTES).expect("1,024").to_le_bytes());
        chunk.extend_from_slice(&random.bytes(RECORD_BYTES));
    }
    chunk
}

/// Writes the records of a chunk as JSON, each with a comma after it.
pub(crate) fn write_records(mut chunk: &[u8], shard: u32, first: u64, body: &mut Vec<u8>) {
    let mut counter = first;
    while let [_flags, low, high, rest @ ..] = chunk {
        let (key, rest) = rest.split_at(usize::from(u16::from_le_bytes([*low, *high])));
        let (length, rest) = rest.split_first_chunk().expect("a whole record");
        let (data, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
        write_got(body, shard, counter, key, data);
        body.push(b',');
        counter += 1;
        chunk = rest;
    }
}

fn write_iterator(place: Place, to: &mut Vec<u8>) {
    write_all(to, format_args!("{ITERATOR_PADDING}{}.{}", place.shard, place.chunk));
}

fn read_iterator(text: &str) -> Place {
    let place = text.strip_prefix(ITERATOR_PADDING).and_then(|place| place.split_once('.'));
    let (shard, chunk) = place.expect("this server's own iterator");
    let number = |digits: &str| digits.parse().expect("this server's own iterator");
    Place { shard: number(shard), chunk: number(chunk) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_of_a_shard_is_returned_once() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut work = GetWork::filled(directory.path(), 20 << 20).expect("space");
        let mut iterator = format!("{ITERATOR_PADDING}3.0");
        let mut records = 0;
        loop {
            let mut answer = Vec::new();
            work.get(&GetRecords { shard_iterator: &iterator, limit: 1000 }, &mut answer);
            let body_at = memchr::memmem::find(&answer, b"\r\n\r\n").expect("a head") + 4;
            let body: serde_json::Value = serde_json::from_slice(&answer[body_at..]).expect("JSON");
            records += body["Records"].as_array().expect("records").len();
            iterator = body["NextShardIterator"].as_str().expect("an iterator").to_owned();
            if body["MillisBehindLatest"] == 0 {
                break;
            }
        }
        assert_eq!(records as u64, work.chunks * CHUNK_RECORDS as u64);
    }
}
