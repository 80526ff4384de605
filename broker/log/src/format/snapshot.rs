//! The snapshot: the small state as of the newest trimmed segment. Read and written whole.

use super::state::{Content, SECTION_HEAD_BYTES, StoredSection, decode_state, encode_state};
use super::{Fields, FileKind};
use crate::checksum::crc32c;
use crate::entry::{Identity, LaneEnd, Owner, Position, Section};

const MAGIC: [u8; 8] = FileKind::Snapshot.magic();
const VERSION: u16 = 1;
const LANE_BYTES: usize = 20;

/// What is left of the trimmed part of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) owner: Owner,
    pub(crate) range: Identity,
    /// The last entry trimmed.
    pub(crate) last: Position,
    /// Every lane's end as of that entry, ascending.
    pub(crate) lanes: Vec<(u32, LaneEnd)>,
    /// The state as of that entry.
    pub(crate) state: Vec<Section>,
}

impl Snapshot {
    /// The whole file.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&[self.owner as u8, 0, 0, 0, 0, 0]);
        bytes.extend_from_slice(&self.range.0);
        bytes.extend_from_slice(&self.last.term.to_le_bytes());
        bytes.extend_from_slice(&self.last.index.to_le_bytes());
        for count in [self.lanes.len(), self.state.len()] {
            bytes.extend_from_slice(&u32::try_from(count).expect("fewer than 4 billion").to_le_bytes());
        }
        for (lane, end) in &self.lanes {
            bytes.extend_from_slice(&lane.to_le_bytes());
            bytes.extend_from_slice(&end.next_counter.to_le_bytes());
            bytes.extend_from_slice(&end.last_time_ms.to_le_bytes());
        }
        let full = |section: &Section| StoredSection {
            id: section.id,
            version: section.version,
            content: Content::Full(section.bytes.clone()),
        };
        encode_state(&mut bytes, &self.state.iter().map(full).collect::<Vec<_>>());
        let crc = crc32c(&bytes);
        bytes.extend_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// `None` where the bytes are no intact snapshot of a version this program reads.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (checked, stored) = bytes.split_last_chunk::<4>()?;
        let mut fields = Fields(checked);
        if crc32c(checked) != u32::from_le_bytes(*stored)
            || fields.array() != Some(MAGIC)
            || fields.u16() != Some(VERSION)
        {
            return None;
        }
        let owner = Owner::from_number(fields.u8()?)?;
        fields.bytes(5)?;
        let range = Identity(fields.array()?);
        let last = Position { term: fields.u64()?, index: fields.u64()? };
        let (lanes, sections) = (fields.u32()? as usize, fields.u32()? as usize);
        let lanes = fields.bytes(lanes.checked_mul(LANE_BYTES)?)?;
        let lanes = lanes.chunks_exact(LANE_BYTES).map(decode_lane).collect::<Option<Vec<_>>>()?;
        if sections.checked_mul(SECTION_HEAD_BYTES)? > fields.0.len() {
            return None;
        }
        let state = decode_state(fields.0, sections)?.into_iter().map(in_full).collect::<Option<Vec<_>>>()?;
        Some(Self { owner, range, last, lanes, state })
    }
}

fn decode_lane(bytes: &[u8]) -> Option<(u32, LaneEnd)> {
    let mut fields = Fields(bytes);
    Some((fields.u32()?, LaneEnd { next_counter: fields.u64()?, last_time_ms: fields.u64()? }))
}

/// A snapshot refers to nothing.
fn in_full(section: StoredSection) -> Option<Section> {
    match section.content {
        Content::Full(bytes) => Some(Section { id: section.id, version: section.version, bytes }),
        Content::UnchangedSince(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn a_snapshot_comes_back_as_it_was_written_and_every_flipped_bit_is_noticed() {
        let end = LaneEnd { next_counter: 5, last_time_ms: 6 };
        let snapshot = Snapshot {
            owner: Owner::Stream,
            range: Identity([8; 16]),
            last: Position { term: 3, index: 99 },
            lanes: vec![(1, end), (2, LaneEnd::default())],
            state: vec![Section { id: 1, version: 2, bytes: Bytes::from_static(b"state") }],
        };
        let bytes = snapshot.encode();
        assert_eq!(Snapshot::decode(&bytes), Some(snapshot));
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Snapshot::decode(&bytes), None, "bit {bit}");
        }
        assert!((0..bytes.len()).all(|length| Snapshot::decode(&bytes[..length]).is_none()));
    }
}
