//! An index row: where a chunk lies in its segment and what its entry's table says of it.

use super::Fields;
use crate::entry::ChunkHead;

/// One row in a footer.
pub(crate) const ROW_BYTES: usize = 36;

/// Where a chunk lies; kept by lane, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) first_counter: u64,
    pub(crate) time_ms: u64,
    pub(crate) count: u32,
    /// Where the body begins in the segment's file.
    pub(crate) offset: u32,
    pub(crate) length_bytes: u32,
    pub(crate) crc32c: u32,
    pub(crate) codec: u8,
    pub(crate) flags: u8,
    pub(crate) key_id: u16,
}

impl Row {
    pub(crate) const fn of(chunk: &ChunkHead, offset: u32) -> Self {
        Self {
            first_counter: chunk.first_counter,
            time_ms: chunk.time_ms,
            count: chunk.count,
            offset,
            length_bytes: chunk.length_bytes,
            crc32c: chunk.crc32c,
            codec: chunk.codec,
            flags: chunk.flags,
            key_id: chunk.key_id,
        }
    }

    /// The counter after the last record.
    pub(crate) const fn end_counter(&self) -> u64 {
        self.first_counter.saturating_add(self.count as u64)
    }

    pub(crate) fn encode(&self) -> [u8; ROW_BYTES] {
        let mut row = [0; ROW_BYTES];
        row[0..8].copy_from_slice(&self.first_counter.to_le_bytes());
        row[8..16].copy_from_slice(&self.time_ms.to_le_bytes());
        row[16..20].copy_from_slice(&self.count.to_le_bytes());
        row[20..24].copy_from_slice(&self.offset.to_le_bytes());
        row[24..28].copy_from_slice(&self.length_bytes.to_le_bytes());
        row[28..32].copy_from_slice(&self.crc32c.to_le_bytes());
        row[32] = self.codec;
        row[33] = self.flags;
        row[34..36].copy_from_slice(&self.key_id.to_le_bytes());
        row
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        Some(Self {
            first_counter: fields.u64()?,
            time_ms: fields.u64()?,
            count: fields.u32()?,
            offset: fields.u32()?,
            length_bytes: fields.u32()?,
            crc32c: fields.u32()?,
            codec: fields.u8()?,
            flags: fields.u8()?,
            key_id: fields.u16()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_comes_back_as_it_was_written() {
        let row = Row {
            first_counter: u64::MAX - 1,
            time_ms: 2,
            count: 3,
            offset: 4,
            length_bytes: 5,
            crc32c: 6,
            codec: 7,
            flags: 8,
            key_id: 9,
        };
        assert_eq!(Row::decode(&row.encode()), Some(row));
        assert_eq!(Row::decode(&row.encode()[1..]), None);
        assert_eq!(row.end_counter(), u64::MAX);
    }
}
