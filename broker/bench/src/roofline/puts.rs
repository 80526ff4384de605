//! The work of a put: parse, hash the partition keys, decode the data into one chunk per shard, check-sum the chunks,
//! hand them to the disk, write the answer.

use std::borrow::Cow;

use serde::Deserialize;

use super::answers::{write_answer, write_shards, write_stored};
use super::commit::{Commit, Entry};
use super::serve::{Reply, Work};

/// Shards of the one stream; each the same quarter of the hash keys that CreateStream would give it.
pub(crate) const SHARDS: u32 = 4;

/// A body of PutRecords, borrowed. The texts are `Cow` because a client may write escapes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutRecords<'a> {
    /// The records.
    #[serde(borrow)]
    pub(crate) records: Vec<PutRecord<'a>>,
}

/// A record of PutRecords, or a body of PutRecord.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutRecord<'a> {
    /// Base64.
    #[serde(borrow)]
    pub(crate) data: Cow<'a, str>,
    /// What decides the shard.
    #[serde(borrow)]
    pub(crate) partition_key: Cow<'a, str>,
}

/// Puts onto a disk.
#[derive(Debug)]
pub(crate) struct PutWork {
    commit: Commit,
    counters: [u64; SHARDS as usize],
}

impl PutWork {
    /// Puts that wait for a commit.
    pub(crate) fn new(commit: Commit) -> Self {
        Self { commit, counters: [0; SHARDS as usize] }
    }

    fn put(&mut self, connection: usize, records: &[PutRecord<'_>], answer: &mut Vec<u8>) {
        let mut entry = self.commit.spare();
        entry.connection = connection;
        let shards = encode(records, &mut entry);
        for chunk in entry.chunks.iter().filter(|chunk| !chunk.is_empty()) {
            // What the frame's table would hold.
            std::hint::black_box(crc_fast::crc32_iscsi(chunk));
        }
        self.commit.append(entry);
        // Written while the disk is busy, sent when it is not.
        self.write_answer(records.len(), &shards, answer);
    }

    fn write_answer(&mut self, records: usize, shards: &[u8], answer: &mut Vec<u8>) {
        let counters = &mut self.counters;
        let mut stored = |body: &mut Vec<u8>, shard: u8| {
            let counter = &mut counters[usize::from(shard)];
            write_stored(body, u32::from(shard), *counter);
            *counter += 1;
        };
        write_answer(answer, |body| match shards {
            [shard] if records == 1 => stored(body, *shard),
            _ => {
                body.extend_from_slice(b"{\"FailedRecordCount\":0,\"Records\":[");
                for shard in shards {
                    stored(body, *shard);
                    body.push(b',');
                }
                body.pop();
                body.extend_from_slice(b"]}");
            }
        });
    }
}

impl Work for PutWork {
    fn request(&mut self, connection: usize, operation: &[u8], body: &[u8], answer: &mut Vec<u8>) -> Reply {
        match operation {
            b"PutRecords" => {
                let request: PutRecords<'_> = serde_json::from_slice(body).expect("this tool's own bodies");
                self.put(connection, &request.records, answer);
                Reply::Later
            }
            b"PutRecord" => {
                let record: PutRecord<'_> = serde_json::from_slice(body).expect("this tool's own bodies");
                self.put(connection, &[record], answer);
                Reply::Later
            }
            _ => {
                write_shards(answer, SHARDS);
                Reply::Now
            }
        }
    }
}

/// Writes records into the chunks of their shards and says which shard each went to.
pub(crate) fn encode(records: &[PutRecord<'_>], entry: &mut Entry) -> Vec<u8> {
    entry.chunks.resize_with(SHARDS as usize, Vec::new);
    let encoded: usize = records.iter().map(|record| record.data.len() + record.partition_key.len()).sum();
    for chunk in &mut entry.chunks {
        chunk.clear();
        // Random keys do not divide evenly; half of everything is room enough nearly always.
        chunk.reserve(encoded / 2);
    }
    let mut shards = Vec::with_capacity(records.len());
    for record in records {
        let key = record.partition_key.as_bytes();
        let shard = md5::compute(key).0[0] >> 6;
        let chunk = &mut entry.chunks[usize::from(shard)];
        chunk.push(2);
        chunk.extend_from_slice(&u16::try_from(key.len()).expect("at most 1,024 bytes").to_le_bytes());
        chunk.extend_from_slice(key);
        let length_at = chunk.len();
        chunk.extend_from_slice(&[0; 4]);
        base64_simd::STANDARD.decode_append(record.data.as_bytes(), chunk).expect("this tool's own bodies");
        let length = u32::try_from(chunk.len() - length_at - 4).expect("at most 10 MiB");
        chunk[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
        shards.push(shard);
    }
    shards
}

/// Receives and answers without work: what the transport alone costs.
#[derive(Debug)]
pub(crate) struct ReceiveOnly {
    answer: Vec<u8>,
}

impl ReceiveOnly {
    /// Answers every call with so many stored records.
    pub(crate) fn new(records: usize) -> Self {
        let mut work = PutWork::new(Commit::new());
        let mut answer = Vec::new();
        work.write_answer(records, &vec![0; records], &mut answer);
        Self { answer }
    }
}

impl Work for ReceiveOnly {
    fn request(&mut self, _connection: usize, _operation: &[u8], _body: &[u8], answer: &mut Vec<u8>) -> Reply {
        answer.extend_from_slice(&self.answer);
        Reply::Now
    }
}

#[cfg(test)]
mod tests {
    use forebay_protocol::words::{HashKey, HashKeyRange};

    use super::*;

    #[test]
    fn records_go_to_the_shard_of_their_hash_key_and_keep_their_bytes() {
        let keys: Vec<String> = (0..50).map(|key| format!("key-{key}")).collect();
        let record = |key: &String| PutRecord { data: "aGVsbG8=".into(), partition_key: key.clone().into() };
        let records: Vec<PutRecord<'_>> = keys.iter().map(record).collect();
        let mut entry = Entry::default();
        let shards = encode(&records, &mut entry);
        for (key, shard) in keys.iter().zip(&shards) {
            let range = HashKeyRange::part(u32::from(*shard), SHARDS);
            assert!(range.contains(HashKey::of_partition_key(key)), "{key}");
        }
        let stored: usize = entry.chunks.iter().map(Vec::len).sum();
        let wanted: usize = keys.iter().map(|key| 1 + 2 + key.len() + 4 + 5).sum();
        assert_eq!(stored, wanted);
        assert!(memchr::memmem::find(&entry.chunks[usize::from(shards[7])], b"key-7\x05\0\0\0hello").is_some());
    }
}
