//! The caller's state, section by section: given when a segment closes, found again at a start.

use std::sync::Arc;

use bytes::Bytes;

use crate::disk::Disk;
use crate::entry::Section;
use crate::error::{Damage, ReadError};
use crate::format::{Content, Snapshot, StoredSection};
use crate::segment::{Segment, Shared};

use super::Log;

/// A section, and the first index of the segment whose footer has it in full. Where that segment is trimmed, the
/// snapshot has it: nothing changed in between.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) section: Section,
    pub(super) since: u64,
}

impl<D: Disk> Log<D> {
    /// The index as of which the caller's state is wanted, because a segment ends there. A caller asks before it
    /// applies an entry, live or at a start, and once it has applied all there are: where the answer is the entry it
    /// applied last, it gives the state with [`Self::give_state`].
    pub fn state_wanted(&self) -> Option<u64> {
        self.closed.iter().find(|closed| closed.state.is_none()).map(|closed| closed.last.index)
    }

    /// Gives the whole state as of [`Self::state_wanted`]; what has not changed is not stored again.
    ///
    /// # Panics
    /// If no state is wanted as of `index`: it would be kept with entries it does not include.
    pub fn give_state(&mut self, index: u64, state: Vec<Section>) {
        assert_eq!(self.state_wanted(), Some(index), "a state nobody asked for");
        let closed = self.closed.iter_mut().find(|closed| closed.state.is_none()).expect("a state is wanted");
        let first_index = closed.segment.first_index();
        let before = std::mem::take(&mut self.kept);
        self.kept = state.into_iter().map(|section| keep(section, &before, first_index)).collect();
        closed.state = Some(self.kept.iter().map(|kept| stored(kept, first_index)).collect());
    }
}

fn keep(section: Section, before: &[Kept], first_index: u64) -> Kept {
    match before.iter().find(|kept| kept.section.id == section.id) {
        Some(kept) if kept.section == section => kept.clone(),
        _ => Kept { section, since: first_index },
    }
}

fn stored(kept: &Kept, first_index: u64) -> StoredSection {
    let content = if kept.since == first_index {
        Content::Full(kept.section.bytes.clone())
    } else {
        Content::UnchangedSince(kept.since)
    };
    StoredSection { id: kept.section.id, version: kept.section.version, content }
}

/// Where the sections of a footer are found, what needs no reading first.
#[derive(Debug)]
pub(super) struct Sources<'a, D: Disk> {
    pub(super) shared: &'a Shared<D>,
    /// Sections in memory; none at a start.
    pub(super) kept: &'a [Kept],
    /// Those that a section may be unchanged since.
    pub(super) segments: &'a [Arc<Segment<D>>],
    /// What stands for all before them; `Err` matters only where it is needed.
    pub(super) snapshot: Result<Option<&'a Snapshot>, &'a ReadError>,
}

impl<D: Disk> Sources<'_, D> {
    /// The state in a closed segment's footer, with what it refers to.
    pub(super) fn state(&self, of: &Segment<D>) -> Result<Vec<Kept>, ReadError> {
        let trailer = of.trailer().expect("a footer is read where there is one");
        let mut kept = Vec::new();
        for section in self.shared.footer_state(of, &trailer)? {
            let (since, bytes) = match section.content {
                Content::Full(bytes) => (of.first_index(), bytes),
                Content::UnchangedSince(since) => {
                    let missing = || {
                        let what =
                            format!("section {} of the state, unchanged since entry {since}, is nowhere", section.id);
                        Damage::at(&of.path, trailer.state_extent().offset, what)
                    };
                    (since, self.section(since, section.id)?.ok_or_else(missing)?)
                }
            };
            kept.push(Kept { section: Section { id: section.id, version: section.version, bytes }, since });
        }
        Ok(kept)
    }

    /// A section's bytes as they have been since a segment.
    fn section(&self, since: u64, id: u16) -> Result<Option<Bytes>, ReadError> {
        if let Some(kept) = self.kept.iter().find(|kept| (kept.since, kept.section.id) == (since, id)) {
            return Ok(Some(kept.section.bytes.clone()));
        }
        let Some(segment) = self.segments.iter().find(|segment| segment.first_index() == since) else {
            return self.section_of_snapshot(since, id);
        };
        let Some(trailer) = segment.trailer() else {
            return Ok(None);
        };
        let found = self.shared.footer_state(segment, &trailer)?.into_iter().find(|section| section.id == id);
        Ok(found.and_then(|section| match section.content {
            Content::Full(bytes) => Some(bytes),
            Content::UnchangedSince(_) => None,
        }))
    }

    fn section_of_snapshot(&self, since: u64, id: u16) -> Result<Option<Bytes>, ReadError> {
        let snapshot = self.snapshot.map_err(ReadError::clone)?;
        let snapshot = snapshot.filter(|snapshot| since <= snapshot.last.index);
        let found = snapshot.and_then(|snapshot| snapshot.state.iter().find(|section| section.id == id));
        Ok(found.map(|section| section.bytes.clone()))
    }
}
