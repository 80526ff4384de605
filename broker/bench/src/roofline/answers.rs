//! Answers as large as the real ones: the same headers, the same members, sequence numbers of 56 digits.

use std::io::Write;

use forebay_protocol::words::{SequenceNumber, ShardId};

/// A request id and an extended one, as every answer of AWS carries them.
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\n\
    x-amzn-requestid: f2b1c1c0-5d3e-d3a8-a3b5-5c1f8a6f7d10\r\n\
    x-amz-id-2: qH0vOq2gq3Hn6zv8kFq3Yy2dQp1mT4sWx9bC7eR5aZ0LkJ8hG6fD4sA2pO0iU8yT6rE4wQ2nM1bV3cX5zL7kJ9hG1fD3sA5==\r\n\
    content-type: application/x-amz-json-1.1\r\n\
    date: Tue, 14 Nov 2023 22:13:20 GMT\r\n\
    content-length: ";

/// Digits that hold any length; the number is padded with spaces, which HTTP allows around a value.
const LENGTH_DIGITS: usize = 10;

/// Writes an answer: the head, then what `body` writes, then the length into the head.
pub(crate) fn write_answer(answer: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    answer.extend_from_slice(HEAD);
    let length_at = answer.len();
    answer.extend_from_slice(&[b' '; LENGTH_DIGITS]);
    answer.extend_from_slice(b"\r\n\r\n");
    let body_at = answer.len();
    body(answer);
    let length = answer.len() - body_at;
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(length).as_bytes();
    answer[length_at..length_at + digits.len()].copy_from_slice(digits);
}

/// The number of a record that arrived in the second this server lives in.
pub(crate) fn sequence_number(shard: u32, counter: u64) -> [u8; SequenceNumber::DIGITS] {
    SequenceNumber { created_s: 1_700_000_000, shard: ShardId(shard), counter, arrived_s: 1_700_000_100 }.digits()
}

/// The members of a stored record.
pub(crate) fn write_stored(answer: &mut Vec<u8>, shard: u32, counter: u64) {
    answer.extend_from_slice(b"{\"SequenceNumber\":\"");
    answer.extend_from_slice(&sequence_number(shard, counter));
    answer.extend_from_slice(b"\",\"ShardId\":\"shardId-00000000000");
    answer.push(b'0' + u8::try_from(shard % 10).expect("a digit"));
    answer.extend_from_slice(b"\"}");
}

/// The members of a record that is returned, its data as base64.
pub(crate) fn write_got(answer: &mut Vec<u8>, shard: u32, counter: u64, partition_key: &[u8], data: &[u8]) {
    answer.extend_from_slice(b"{\"SequenceNumber\":\"");
    answer.extend_from_slice(&sequence_number(shard, counter));
    answer.extend_from_slice(b"\",\"ApproximateArrivalTimestamp\":1700000100.123,\"Data\":\"");
    base64_simd::STANDARD.encode_append(data, answer);
    answer.extend_from_slice(b"\",\"PartitionKey\":\"");
    answer.extend_from_slice(partition_key);
    answer.extend_from_slice(b"\"}");
}

/// Answers that prepare a load: this server's stream has these shards, and iterators are places in the segment.
pub(crate) fn write_shards(answer: &mut Vec<u8>, shards: u32) {
    write_answer(answer, |body| {
        let ids: Vec<String> = (0..shards).map(|shard| format!("{{\"ShardId\":\"{}\"}}", ShardId(shard))).collect();
        write_all(body, format_args!("{{\"Shards\":[{}]}}", ids.join(",")));
    });
}

/// Formats into a vector.
pub(crate) fn write_all(to: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    to.write_fmt(text).expect("a vector takes every byte");
}
