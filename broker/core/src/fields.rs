//! Fields of logged changes and stored state: little-endian numbers and short texts, one after another. Reading panics
//! on no bytes and allocates no more than they hold.

use forebay_protocol::words::{HashKey, HashKeyRange, ShardId, TimestampMs};

/// Bytes that are not what their kind and version demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed {0}")]
pub struct Malformed(pub &'static str);

/// Bytes being read.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
    /// What they are said to be, for the error.
    what: &'static str,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { rest: bytes, what }
    }

    pub(crate) fn malformed(&self) -> Malformed {
        Malformed(self.what)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(self.malformed())?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn identity(&mut self) -> Result<[u8; 16], Malformed> {
        self.array()
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn shard(&mut self) -> Result<ShardId, Malformed> {
        self.u32().map(ShardId)
    }

    /// A time that a sequence number can carry: 36 bits of seconds.
    pub(crate) fn time(&mut self) -> Result<TimestampMs, Malformed> {
        let time = TimestampMs(self.u64()?);
        if time.seconds() < 1 << 36 { Ok(time) } else { Err(self.malformed()) }
    }

    pub(crate) fn seconds(&mut self) -> Result<u64, Malformed> {
        let seconds = self.u64()?;
        if seconds < 1 << 36 { Ok(seconds) } else { Err(self.malformed()) }
    }

    pub(crate) fn hash_keys(&mut self) -> Result<HashKeyRange, Malformed> {
        let start = self.array().map(u128::from_le_bytes)?;
        let end = self.array().map(u128::from_le_bytes)?;
        if start <= end { Ok(HashKeyRange { start: HashKey(start), end: HashKey(end) }) } else { Err(self.malformed()) }
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Malformed> {
        let length = usize::from(self.u16()?);
        let (text, rest) = self.rest.split_at_checked(length).ok_or(self.malformed())?;
        self.rest = rest;
        std::str::from_utf8(text).map_err(|_| self.malformed())
    }

    /// A counted list whose items take at least `bytes_min` each, so that a count out of nowhere allocates nothing.
    pub(crate) fn list<T>(
        &mut self,
        bytes_min: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let count = usize::try_from(self.u32()?).map_err(|_| self.malformed())?;
        if count > self.rest.len() / bytes_min {
            return Err(self.malformed());
        }
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Ends the reading: nothing may be left.
    pub(crate) fn finish(self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.malformed()) }
    }
}

/// Bytes being written.
pub(crate) trait WriteFields {
    fn put(&mut self, bytes: &[u8]);

    fn put_u8(&mut self, value: u8) {
        self.put(&[value]);
    }

    fn put_u16(&mut self, value: u16) {
        self.put(&value.to_le_bytes());
    }

    fn put_u32(&mut self, value: u32) {
        self.put(&value.to_le_bytes());
    }

    fn put_u64(&mut self, value: u64) {
        self.put(&value.to_le_bytes());
    }

    fn put_hash_keys(&mut self, range: HashKeyRange) {
        self.put(&range.start.0.to_le_bytes());
        self.put(&range.end.0.to_le_bytes());
    }

    fn put_text(&mut self, text: &str) {
        self.put_u16(u16::try_from(text.len()).expect("names are at most 128 characters"));
        self.put(text.as_bytes());
    }

    fn put_count(&mut self, count: usize) {
        self.put_u32(u32::try_from(count).expect("shards and consumers are fewer than 2^31"));
    }
}

impl WriteFields for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}
