//! The caller's state as footers and snapshots keep it: sections, each in full or as "unchanged since".

use bytes::Bytes;

use super::Fields;
use crate::checksum::crc32c;

/// What is said of a section before the bytes of all of them.
pub(crate) const SECTION_HEAD_BYTES: usize = 24;

/// A section, or where it is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredSection {
    pub(crate) id: u16,
    pub(crate) version: u16,
    pub(crate) content: Content,
}

/// See [`StoredSection`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    Full(Bytes),
    /// As in the footer of the segment with this first index; where that is trimmed, as in the snapshot.
    UnchangedSince(u64),
}

/// What is said of a section: `since` is 0 where the bytes follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    id: u16,
    version: u16,
    length_bytes: u32,
    since: u64,
    crc32c: u32,
}

/// Appends all heads, then the bytes of the sections that are in full.
pub(crate) fn encode_state(into: &mut Vec<u8>, sections: &[StoredSection]) {
    for section in sections {
        let (bytes, since) = match &section.content {
            Content::Full(bytes) => (&bytes[..], 0),
            Content::UnchangedSince(first_index) => (&[][..], *first_index),
        };
        let length = u32::try_from(bytes.len()).expect("a section is smaller than 4 GiB");
        into.extend_from_slice(&section.id.to_le_bytes());
        into.extend_from_slice(&section.version.to_le_bytes());
        into.extend_from_slice(&length.to_le_bytes());
        into.extend_from_slice(&since.to_le_bytes());
        into.extend_from_slice(&crc32c(bytes).to_le_bytes());
        into.extend_from_slice(&[0; 4]);
    }
    for section in sections {
        if let Content::Full(bytes) = &section.content {
            into.extend_from_slice(bytes);
        }
    }
}

/// Reads back `count` sections; `None` where heads and bytes contradict each other or a checksum fails.
pub(crate) fn decode_state(bytes: &[u8], count: usize) -> Option<Vec<StoredSection>> {
    let mut fields = Fields(bytes);
    let mut heads = Fields(fields.bytes(count.checked_mul(SECTION_HEAD_BYTES)?)?);
    let mut sections = Vec::with_capacity(count);
    for _ in 0..count {
        let head = decode_head(&mut heads)?;
        let content = if head.since == 0 {
            let bytes = fields.bytes(head.length_bytes as usize)?;
            if crc32c(bytes) != head.crc32c {
                return None;
            }
            Content::Full(Bytes::copy_from_slice(bytes))
        } else {
            Content::UnchangedSince(head.since)
        };
        sections.push(StoredSection { id: head.id, version: head.version, content });
    }
    fields.0.is_empty().then_some(sections)
}

fn decode_head(fields: &mut Fields<'_>) -> Option<Head> {
    let head = Head {
        id: fields.u16()?,
        version: fields.u16()?,
        length_bytes: fields.u32()?,
        since: fields.u64()?,
        crc32c: fields.u32()?,
    };
    fields.bytes(4)?;
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_come_back_in_full_or_as_unchanged() {
        let full = |id, bytes: &'static [u8]| StoredSection {
            id,
            version: 3,
            content: Content::Full(Bytes::from_static(bytes)),
        };
        let unchanged = StoredSection { id: 2, version: 9, content: Content::UnchangedSince(77) };
        let sections = [full(1, b"one"), unchanged, full(3, b""), full(4, b"four")];
        let mut bytes = Vec::new();
        encode_state(&mut bytes, &sections);
        assert_eq!(decode_state(&bytes, 4).as_deref(), Some(&sections[..]));
        assert_eq!(decode_state(&bytes, 3), None);
        assert!((0..bytes.len()).all(|length| decode_state(&bytes[..length], 4).is_none()));
        *bytes.last_mut().expect("not empty") ^= 1;
        assert_eq!(decode_state(&bytes, 4), None);
    }
}
