//! What a replica must remember across a crash beside its log: who it is, its term and its vote. Kept twice, in
//! blocks of their own, written in turn: a torn write leaves the other.

use super::{Fields, FileKind};
use crate::checksum::crc32c;
use crate::entry::{Identity, Owner};

/// Where the second copy begins: the first has a block of its own.
pub(crate) const HARD_STATE_SLOT_BYTES: u64 = 4096;
const MAGIC: [u8; 8] = FileKind::HardState.magic();
const VERSION: u16 = 1;
const CHECKED_BYTES: usize = 96;

/// A replica's identity, term and vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HardState {
    /// What kind of owner the range has.
    pub owner: Owner,
    /// Whether initialisation came to its end.
    pub initialised: bool,
    /// The replica: minted with its volume, never given again.
    pub node: Identity,
    /// The range.
    pub range: Identity,
    /// The incarnation of what the range belongs to.
    pub incarnation: Identity,
    /// The highest term seen; 0 before the first.
    pub term: u64,
    /// Whom this replica voted for in that term.
    pub vote: Option<Identity>,
}

/// One copy, with the number that says which of the two is the later one.
pub(crate) fn encode_hard_state(state: &HardState, generation: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(4096);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&[state.owner as u8, u8::from(state.initialised), 0, 0, 0, 0]);
    bytes.extend_from_slice(&generation.to_le_bytes());
    bytes.extend_from_slice(&state.term.to_le_bytes());
    for identity in [state.node, state.range, state.incarnation, state.vote.unwrap_or_default()] {
        bytes.extend_from_slice(&identity.0);
    }
    let crc = crc32c(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes.resize(4096, 0);
    bytes
}

/// Reads one copy; `None` where it is torn, damaged or of a newer version.
pub(crate) fn decode_hard_state(bytes: &[u8]) -> Option<(HardState, u64)> {
    let checked = bytes.get(..CHECKED_BYTES)?;
    let stored = Fields(&bytes[CHECKED_BYTES..]).u32()?;
    let mut fields = Fields(checked);
    if fields.array() != Some(MAGIC) || crc32c(checked) != stored || fields.u16() != Some(VERSION) {
        return None;
    }
    let owner = Owner::from_number(fields.u8()?)?;
    let initialised = fields.u8()? != 0;
    fields.bytes(4)?;
    let generation = fields.u64()?;
    let term = fields.u64()?;
    let [node, range, incarnation, vote] =
        [fields.array()?, fields.array()?, fields.array()?, fields.array()?].map(Identity);
    let vote = Some(vote).filter(|vote| *vote != Identity::default());
    Some((HardState { owner, initialised, node, range, incarnation, term, vote }, generation))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(vote: Option<Identity>) -> HardState {
        let [node, range, incarnation] = [Identity([1; 16]), Identity([2; 16]), Identity([3; 16])];
        HardState { owner: Owner::Stream, initialised: true, node, range, incarnation, term: 12, vote }
    }

    #[test]
    fn a_hard_state_comes_back_as_it_was_written() {
        for state in [state(None), state(Some(Identity([4; 16]))), HardState { initialised: false, ..state(None) }] {
            let bytes = encode_hard_state(&state, 6);
            assert_eq!(bytes.len() as u64, HARD_STATE_SLOT_BYTES);
            assert_eq!(decode_hard_state(&bytes), Some((state, 6)));
        }
    }

    #[test]
    fn every_flipped_bit_of_its_fields_is_noticed() {
        let intact = encode_hard_state(&state(None), 6);
        for bit in 0..(CHECKED_BYTES + 4) * 8 {
            let mut bytes = intact.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode_hard_state(&bytes), None, "bit {bit}");
        }
        assert!((0..CHECKED_BYTES + 4).all(|length| decode_hard_state(&intact[..length]).is_none()));
    }
}
