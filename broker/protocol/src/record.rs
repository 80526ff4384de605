//! The stored form of records: what a chunk's body holds, written once at the front door; knows no sequence numbers,
//! because they are computed from the chunk's own place in the log.
//!
//! One record is `flags u8 | explicit hash key u128 | partition key length u16, bytes | data length u32 | data`,
//! little-endian, the second and third field only if their flag is set. docs/formats.md, "Chunk body".

use bytes::Bytes;

use crate::words::HashKey;

const FLAG_EXPLICIT_HASH_KEY: u8 = 1;
const FLAG_PARTITION_KEY: u8 = 2;

/// What a stored record takes at most beside its partition key and data: flags, explicit hash key and the two lengths.
pub const HEAD_BYTES_MAX: usize = 1 + 16 + 2 + 4;

/// A record as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// The hash key, if the producer named one.
    pub explicit_hash_key: Option<HashKey>,
    /// The partition key; absent where the stream distributes records itself.
    pub partition_key: Option<&'a str>,
    /// The data, raw.
    pub data: &'a [u8],
}

impl Record<'_> {
    /// What the record counts as in every limit of AWS: data and partition key, in bytes.
    pub fn charged_bytes(&self) -> u64 {
        (self.data.len() + self.partition_key.map_or(0, str::len)) as u64
    }
}

/// One shard's part of a request: where its body lies in the encoder's bytes and what the log's table says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkSpan {
    /// The body's first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// The number of records, at least one.
    pub count: u32,
    /// CRC-32C of the body.
    pub crc32c: u32,
    /// Data and partition keys, in bytes: what the shard's quota is charged.
    pub charged_bytes: u64,
}

impl ChunkSpan {
    /// The body: a view of the encoder's bytes, never a copy.
    pub fn body(&self, encoded: &Bytes) -> Bytes {
        encoded.slice(self.start..self.end)
    }
}

/// Encodes the records of a request, one chunk after another, into one buffer.
///
/// No allocation per record or chunk beyond the buffer's own growth.
#[derive(Debug, Default)]
pub struct ChunkEncoder {
    bytes: Vec<u8>,
    start: usize,
    count: u32,
    charged_bytes: u64,
}

impl ChunkEncoder {
    /// An encoder whose buffer holds `capacity` bytes before it grows.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity), ..Self::default() }
    }

    /// Appends a record to the open chunk.
    pub fn push(&mut self, record: &Record<'_>) {
        let append = |bytes: &mut Vec<u8>| {
            bytes.extend_from_slice(record.data);
            Ok::<(), std::convert::Infallible>(())
        };
        let Ok(()) = self.push_with(record.explicit_hash_key, record.partition_key, append);
    }

    /// Appends a record whose data `write_data` appends to the buffer, such as base64 decoded in place. If it fails,
    /// the buffer is as it was before the call.
    ///
    /// # Panics
    /// If the partition key exceeds 65,535 bytes or the data 2^32 - 1: the limits of a request lie far below.
    pub fn push_with<E>(
        &mut self,
        explicit_hash_key: Option<HashKey>,
        partition_key: Option<&str>,
        write_data: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let record_start = self.bytes.len();
        self.write_head(explicit_hash_key, partition_key);
        let data_start = self.bytes.len();
        if let Err(error) = write_data(&mut self.bytes) {
            self.bytes.truncate(record_start);
            return Err(error);
        }
        let length = self.bytes.len().checked_sub(data_start).expect("data is appended, nothing is taken away");
        let length_field = u32::try_from(length).expect("a request limits data to 10 MiB");
        self.bytes[data_start - 4..data_start].copy_from_slice(&length_field.to_le_bytes());
        self.count += 1;
        self.charged_bytes += (length + partition_key.map_or(0, str::len)) as u64;
        Ok(())
    }

    /// Everything before the data; its length is left zero.
    fn write_head(&mut self, explicit_hash_key: Option<HashKey>, partition_key: Option<&str>) {
        let explicit_flag = if explicit_hash_key.is_some() { FLAG_EXPLICIT_HASH_KEY } else { 0 };
        let partition_flag = if partition_key.is_some() { FLAG_PARTITION_KEY } else { 0 };
        self.bytes.push(explicit_flag | partition_flag);
        if let Some(HashKey(key)) = explicit_hash_key {
            self.bytes.extend_from_slice(&key.to_le_bytes());
        }
        if let Some(key) = partition_key {
            let length = u16::try_from(key.len()).expect("a request limits partition keys to 256 characters");
            self.bytes.extend_from_slice(&length.to_le_bytes());
            self.bytes.extend_from_slice(key.as_bytes());
        }
        self.bytes.extend_from_slice(&[0; 4]);
    }

    /// Records in the open chunk.
    pub fn open_count(&self) -> u32 {
        self.count
    }

    /// Ends the open chunk; the next record opens another.
    ///
    /// # Panics
    /// If the chunk holds no record.
    pub fn end_chunk(&mut self) -> ChunkSpan {
        assert!(self.count > 0, "a chunk holds at least one record");
        let span = ChunkSpan {
            start: self.start,
            end: self.bytes.len(),
            count: self.count,
            crc32c: crc32c(&self.bytes[self.start..]),
            charged_bytes: self.charged_bytes,
        };
        (self.start, self.count, self.charged_bytes) = (span.end, 0, 0);
        span
    }

    /// The buffer that the spans point into.
    ///
    /// # Panics
    /// If a chunk is open: its records would be lost.
    pub fn into_bytes(self) -> Bytes {
        assert!(self.count == 0, "the last chunk is ended");
        Bytes::from(self.bytes)
    }
}

/// CRC-32C (Castagnoli) as every stored checksum uses it.
pub fn crc32c(bytes: &[u8]) -> u32 {
    crc_fast::crc32_iscsi(bytes)
}

/// A body that is no sequence of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("record at byte {offset} of the chunk is malformed: {what}")]
pub struct MalformedRecord {
    /// Where in the body the record begins.
    pub offset: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

/// The records of a chunk's body, as views of it. Ends after the first malformed one; panics on no bytes.
#[derive(Debug, Clone)]
pub struct Records<'a> {
    body: &'a [u8],
    offset: usize,
}

impl<'a> Records<'a> {
    /// Reads a body from its start.
    pub fn new(body: &'a [u8]) -> Self {
        Self { body, offset: 0 }
    }

    /// Where in the body the next record begins.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Passes over the next record without a look at its text: the bytes it is charged as.
    pub fn pass(&mut self) -> Option<Result<u64, MalformedRecord>> {
        self.advance(|records| {
            let Fields { partition_key, data, .. } = records.fields()?;
            Ok((data.len() + partition_key.map_or(0, <[u8]>::len)) as u64)
        })
    }

    fn record(&mut self) -> Result<Record<'a>, &'static str> {
        let Fields { explicit_hash_key, partition_key, data } = self.fields()?;
        let partition_key = partition_key.map(std::str::from_utf8).transpose();
        Ok(Record { explicit_hash_key, partition_key: partition_key.map_err(|_| "partition key is not UTF-8")?, data })
    }

    fn fields(&mut self) -> Result<Fields<'a>, &'static str> {
        let mut rest = &self.body[self.offset..];
        let flags = take(&mut rest, 1).ok_or("no flags")?[0];
        if flags & !(FLAG_EXPLICIT_HASH_KEY | FLAG_PARTITION_KEY) != 0 {
            return Err("unknown flags");
        }
        let mut explicit_hash_key = None;
        if flags & FLAG_EXPLICIT_HASH_KEY != 0 {
            let key = rest.split_first_chunk().ok_or("explicit hash key cut short")?;
            explicit_hash_key = Some(HashKey(u128::from_le_bytes(*key.0)));
            rest = key.1;
        }
        let mut partition_key = None;
        if flags & FLAG_PARTITION_KEY != 0 {
            let (length, after) = rest.split_first_chunk().ok_or("partition key length cut short")?;
            rest = after;
            let length = usize::from(u16::from_le_bytes(*length));
            partition_key = Some(take(&mut rest, length).ok_or("partition key cut short")?);
        }
        let (length, after) = rest.split_first_chunk().ok_or("data length cut short")?;
        rest = after;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| "data too long")?;
        let data = take(&mut rest, length).ok_or("data cut short")?;
        self.offset = self.body.len() - rest.len();
        Ok(Fields { explicit_hash_key, partition_key, data })
    }

    /// What the next record is read as; the first malformed one is the last.
    fn advance<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, &'static str>,
    ) -> Option<Result<T, MalformedRecord>> {
        if self.offset == self.body.len() {
            return None;
        }
        let offset = self.offset;
        Some(read(self).map_err(|what| {
            self.offset = self.body.len();
            MalformedRecord { offset, what }
        }))
    }
}

/// A record's fields as they are stored.
struct Fields<'a> {
    explicit_hash_key: Option<HashKey>,
    partition_key: Option<&'a [u8]>,
    data: &'a [u8],
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(count)?;
    *rest = after;
    Some(taken)
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, MalformedRecord>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance(Self::record)
    }
}

impl std::iter::FusedIterator for Records<'_> {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record<'a>(explicit: Option<u128>, partition_key: Option<&'a str>, data: &'a [u8]) -> Record<'a> {
        Record { explicit_hash_key: explicit.map(HashKey), partition_key, data }
    }

    #[test]
    fn the_bytes_are_those_of_the_format() {
        let mut encoder = ChunkEncoder::default();
        encoder.push(&record(Some(0x0102), Some("ab"), b"xyz"));
        encoder.push(&record(None, None, b""));
        let span = encoder.end_chunk();
        let mut expected = vec![3, 2, 1];
        expected.extend([0; 14]);
        expected.extend([2, 0, b'a', b'b', 3, 0, 0, 0, b'x', b'y', b'z']);
        expected.extend([0, 0, 0, 0, 0]);
        assert_eq!(span.body(&encoder.into_bytes()), expected);
        assert_eq!((span.count, span.charged_bytes, span.crc32c), (2, 5, crc32c(&expected)));
    }

    #[test]
    fn a_head_with_every_field_is_the_longest() {
        let mut encoder = ChunkEncoder::default();
        encoder.push(&record(Some(u128::MAX), Some("ab"), b"xyz"));
        assert_eq!(encoder.end_chunk().end, HEAD_BYTES_MAX + "ab".len() + b"xyz".len());
    }

    #[test]
    fn the_checksum_is_castagnolis() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn chunks_of_one_request_share_one_buffer() {
        let mut encoder = ChunkEncoder::with_capacity(64);
        encoder.push(&record(None, Some("a"), b"1"));
        let first = encoder.end_chunk();
        encoder.push(&record(None, Some("b"), b"2"));
        encoder.push(&record(None, Some("c"), b"3"));
        let second = encoder.end_chunk();
        let bytes = encoder.into_bytes();
        assert_eq!((first.start, first.end, second.end), (0, second.start, bytes.len()));
        assert_eq!(Records::new(&second.body(&bytes)).count(), 2);
    }

    #[test]
    fn data_that_cannot_be_written_leaves_no_trace() {
        let mut encoder = ChunkEncoder::default();
        encoder.push(&record(None, Some("a"), b"1"));
        let refused = encoder.push_with(None, Some("b"), |bytes| {
            bytes.extend_from_slice(b"half");
            Err("bad base64")
        });
        assert_eq!(refused, Err("bad base64"));
        let span = encoder.end_chunk();
        let bytes = encoder.into_bytes();
        let records: Vec<_> = Records::new(&bytes).collect();
        assert_eq!(records, [Ok(record(None, Some("a"), b"1"))]);
        assert_eq!((span.count, span.charged_bytes), (1, 2));
    }

    #[test]
    fn malformed_bodies_are_refused_where_they_break() {
        let cases: [(&[u8], &str); 7] = [
            (&[4], "unknown flags"),
            (&[1, 0], "explicit hash key cut short"),
            (&[2, 1], "partition key length cut short"),
            (&[2, 2, 0, b'a'], "partition key cut short"),
            (&[2, 1, 0, 0xff, 0, 0, 0, 0], "partition key is not UTF-8"),
            (&[0, 1, 0], "data length cut short"),
            (&[0, 2, 0, 0, 0, b'x'], "data cut short"),
        ];
        for (tail, what) in cases {
            let mut body = vec![0, 1, 0, 0, 0, b'o'];
            body.extend_from_slice(tail);
            let mut records = Records::new(&body);
            assert_eq!(records.next(), Some(Ok(record(None, None, b"o"))));
            assert_eq!(records.next(), Some(Err(MalformedRecord { offset: 6, what })));
            assert_eq!(records.next(), None);
        }
    }

    proptest! {
        #[test]
        fn records_survive_their_encoding(
            records in prop::collection::vec(
                (any::<Option<u128>>(), any::<Option<String>>(), prop::collection::vec(any::<u8>(), 0..300)), 1..20)
        ) {
            let records: Vec<_> =
                records.iter().map(|(explicit, key, data)| record(*explicit, key.as_deref(), data)).collect();
            let mut encoder = ChunkEncoder::default();
            for record in &records {
                encoder.push(record);
            }
            let span = encoder.end_chunk();
            let bytes = encoder.into_bytes();
            let read: Result<Vec<_>, _> = Records::new(&bytes).collect();
            prop_assert_eq!(span.charged_bytes, records.iter().map(Record::charged_bytes).sum::<u64>());
            prop_assert_eq!(read, Ok(records));
        }

        #[test]
        fn no_bytes_make_the_decoder_panic_or_run_away(body in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Records::new(&body).count() <= body.len());
        }
    }
}
