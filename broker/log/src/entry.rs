//! What goes into the log and comes out of it. A lane is an independent sequence of counters; its meaning, like
//! that of every body, is the caller's.

use std::fmt;

use bytes::Bytes;

/// The lane number that stands for "no lane": the body of a control entry.
pub const CONTROL_LANE: u32 = u32::MAX;

/// A run of records of one lane, one arrival time, encoded by the caller and stored as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The lane; below [`CONTROL_LANE`].
    pub lane: u32,
    /// The counter of the first record. Within a lane the chunks follow each other without a gap.
    pub first_counter: u64,
    /// How many records the body holds; at least 1.
    pub count: u32,
    /// The arrival time of all of them, in milliseconds since the Unix epoch; never falls within a lane.
    pub time_ms: u64,
    /// [`crate::crc32c`] of the body, computed where the body was made and checked on every read.
    pub crc32c: u32,
    /// How the body is compressed; opaque here.
    pub codec: u8,
    /// Opaque here.
    pub flags: u8,
    /// Which key the body is encrypted with; opaque here.
    pub key_id: u16,
    /// The records.
    pub body: Bytes,
}

/// A chunk without its body: what the tables of an entry say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkHead {
    /// See [`Chunk::lane`].
    pub lane: u32,
    /// See [`Chunk::first_counter`].
    pub first_counter: u64,
    /// See [`Chunk::count`].
    pub count: u32,
    /// See [`Chunk::time_ms`].
    pub time_ms: u64,
    /// The length of the body in bytes.
    pub length_bytes: u32,
    /// See [`Chunk::crc32c`].
    pub crc32c: u32,
    /// See [`Chunk::codec`].
    pub codec: u8,
    /// See [`Chunk::flags`].
    pub flags: u8,
    /// See [`Chunk::key_id`].
    pub key_id: u16,
}

/// A request that may be asked about again: which chunks of its entry are its own. A request nobody can repeat
/// has no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// 128 random bits of the one who asked; never 0.
    pub id: u128,
    /// The first of its chunks in the entry.
    pub first_chunk: u32,
    /// How many chunks.
    pub chunks: u32,
}

/// One entry: what becomes durable together, in one frame.
#[derive(Debug, Clone, Copy)]
pub enum Entry<'a> {
    /// Records of any number of lanes.
    Records {
        /// The requests whose chunks these are, where they carry an id.
        requests: &'a [Request],
        /// In the order in which they happened.
        chunks: &'a [Chunk],
    },
    /// A change of the caller's state, opaque.
    Control {
        /// When it happened, in milliseconds since the Unix epoch.
        time_ms: u64,
        /// The change.
        body: &'a Bytes,
    },
}

/// The end of a lane: where its next chunk begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LaneEnd {
    /// The counter the next record gets.
    pub next_counter: u64,
    /// The arrival time of the last record, in milliseconds since the Unix epoch.
    pub last_time_ms: u64,
}

/// Where an entry stands: the term it was logged in and its index, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// The term; 0 before the first.
    pub term: u64,
    /// The index; 0 before the first entry.
    pub index: u64,
}

/// 128 random bits that stand for one replica, range or incarnation and for no other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Identity(pub [u8; 16]);

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What kind of thing owns a range, by the number it has on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A stream.
    Stream = 1,
}

impl Owner {
    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Stream),
            _ => None,
        }
    }
}

/// A part of the caller's state, kept in footers and snapshots; opaque here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Which part; unique within a state.
    pub id: u16,
    /// The version of its encoding.
    pub version: u16,
    /// The encoding.
    pub bytes: Bytes,
}

impl ChunkHead {
    /// The counter after the last record; saturating, so that damaged numbers cannot wrap.
    pub const fn end_counter(&self) -> u64 {
        self.first_counter.saturating_add(self.count as u64)
    }
}

impl Chunk {
    /// The counter after the last record.
    pub const fn end_counter(&self) -> u64 {
        self.first_counter.saturating_add(self.count as u64)
    }
}
