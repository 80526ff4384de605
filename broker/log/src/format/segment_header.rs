//! The first block of a segment: whose it is, which life of the file this is, and what came before it.

use super::{Fields, FileKind};
use crate::checksum::crc32c;
use crate::entry::{Identity, Owner, Position};

/// A block of its own: no frame is ever written beside the header, so none can take it along when it tears.
pub(crate) const SEGMENT_HEADER_BYTES: u64 = 4096;
const MAGIC: [u8; 8] = FileKind::Segment.magic();
const VERSION: u16 = 1;
const CHECKED_BYTES: usize = 88;

/// What a segment says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) owner: Owner,
    pub(crate) range: Identity,
    /// Random per life of the file; every frame of this life repeats it.
    pub(crate) salt: u64,
    /// The entry before the segment's first one; (0, 0) at the log's beginning.
    pub(crate) previous: Position,
    /// The vote when the segment was opened, with the term it was given in.
    pub(crate) term: u64,
    pub(crate) vote: Option<Identity>,
}

impl SegmentHeader {
    /// The index of the segment's first entry.
    pub(crate) const fn first_index(&self) -> u64 {
        self.previous.index.saturating_add(1)
    }

    /// The header's block, zeros after its fields.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(4096);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&[self.owner as u8, 0, 0, 0, 0, 0]);
        bytes.extend_from_slice(&self.range.0);
        for field in [self.salt, self.previous.term, self.previous.index, self.term] {
            bytes.extend_from_slice(&field.to_le_bytes());
        }
        bytes.extend_from_slice(&self.vote.unwrap_or_default().0);
        bytes.extend_from_slice(&[0; 8]);
        let crc = crc32c(&bytes);
        bytes.extend_from_slice(&crc.to_le_bytes());
        bytes.resize(4096, 0);
        bytes
    }

    /// `Err` says what is wrong.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let checked = bytes.get(..CHECKED_BYTES).ok_or("the segment header is cut short")?;
        let stored = Fields(&bytes[CHECKED_BYTES..]).u32().ok_or("the segment header is cut short")?;
        if checked[..8] != MAGIC {
            return Err("this is no segment");
        }
        if crc32c(checked) != stored {
            return Err("the checksum of the segment header fails");
        }
        let mut fields = Fields(&checked[8..]);
        if fields.u16() != Some(VERSION) {
            return Err("the segment is of a version newer than this program reads");
        }
        Self::fields(fields).ok_or("the owner of the segment is of a kind newer than this program reads")
    }

    fn fields(mut fields: Fields<'_>) -> Option<Self> {
        let owner = Owner::from_number(fields.u8()?)?;
        fields.bytes(5)?;
        Some(Self {
            owner,
            range: Identity(fields.array()?),
            salt: fields.u64()?,
            previous: Position { term: fields.u64()?, index: fields.u64()? },
            term: fields.u64()?,
            vote: fields.array().map(Identity).filter(|vote| *vote != Identity::default()),
        })
        .filter(|header: &Self| header.previous.index < u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(vote: Option<Identity>) -> SegmentHeader {
        let previous = Position { term: 2, index: 41 };
        SegmentHeader { owner: Owner::Stream, range: Identity([7; 16]), salt: 5, previous, term: 3, vote }
    }

    #[test]
    fn a_header_comes_back_as_it_was_written_in_a_block_of_its_own() {
        for header in [header(None), header(Some(Identity([9; 16])))] {
            let bytes = header.encode();
            assert_eq!(bytes.len() as u64, SEGMENT_HEADER_BYTES);
            assert_eq!(SegmentHeader::decode(&bytes), Ok(header));
            assert_eq!(header.first_index(), 42);
        }
    }

    #[test]
    fn every_flipped_bit_of_its_fields_is_noticed() {
        let intact = header(None).encode();
        for bit in 0..(CHECKED_BYTES + 4) * 8 {
            let mut bytes = intact.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(SegmentHeader::decode(&bytes).is_err(), "bit {bit}");
        }
        assert!((0..CHECKED_BYTES + 4).all(|length| SegmentHeader::decode(&intact[..length]).is_err()));
    }
}
