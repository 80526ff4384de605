//! What a log must hold: every entry that was written, how far they count, and the caller's state at each.

use std::collections::BTreeMap;

use bytes::Bytes;
use forebay_log::{Chunk, LaneEnd, RecoveredEntry, Request, Section};

/// An entry as it was written.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    Records { requests: Vec<Request>, chunks: Vec<Chunk> },
    Control { time_ms: u64, body: Bytes },
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// Entry `i` at position `i - 1`.
    entries: Vec<Body>,
    /// The state after each entry.
    states: Vec<State>,
    /// Every chunk of a lane with its entry's index.
    lanes: BTreeMap<u32, Vec<(u64, Chunk)>>,
    /// Entries up to here count: they were acknowledged.
    pub(crate) counted: u64,
    /// Entries up to here must outlive a loss of power.
    pub(crate) safe: u64,
    /// A durable frame says that entries up to here were durable.
    pub(crate) witnessed: u64,
    /// Entries from here on are kept.
    pub(crate) first_kept: u64,
}

/// What a caller would make of the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct State {
    controls: u64,
    digest: u64,
}

impl Model {
    pub(crate) fn last(&self) -> u64 {
        self.entries.len() as u64
    }

    pub(crate) fn lanes(&self) -> Vec<u32> {
        self.lanes.keys().copied().collect()
    }

    pub(crate) fn end(&self, lane: u32) -> LaneEnd {
        let last = self.lanes.get(&lane).and_then(|chunks| chunks.last());
        last.map_or(LaneEnd::default(), |(_, chunk)| LaneEnd {
            next_counter: chunk.end_counter(),
            last_time_ms: chunk.time_ms,
        })
    }

    pub(crate) fn push(&mut self, body: Body) {
        let index = self.last() + 1;
        let mut state = self.states.last().copied().unwrap_or_default();
        match &body {
            Body::Control { body, .. } => {
                state.controls += 1;
                for byte in body {
                    state.digest = state.digest.wrapping_mul(31).wrapping_add(u64::from(*byte) + 1);
                }
            }
            Body::Records { chunks, .. } => {
                for chunk in chunks {
                    self.lanes.entry(chunk.lane).or_default().push((index, chunk.clone()));
                }
            }
        }
        self.states.push(state);
        self.entries.push(body);
    }

    /// Forgets the entries after this one: they never were.
    pub(crate) fn cut(&mut self, last: u64) {
        let length = usize::try_from(last).expect("small");
        self.entries.truncate(length);
        self.states.truncate(length);
        for chunks in self.lanes.values_mut() {
            chunks.retain(|(index, _)| *index <= last);
        }
        self.lanes.retain(|_, chunks| !chunks.is_empty());
    }

    /// The caller's state as of an entry: one section that changes with every control entry, one that changes
    /// rarely, one that never does, and one that comes and goes.
    pub(crate) fn sections(&self, index: u64) -> Vec<Section> {
        let state = match usize::try_from(index).expect("small").checked_sub(1) {
            None => return Vec::new(),
            Some(at) => self.states[at],
        };
        let section = |id, bytes: String| Section { id, version: 7, bytes: Bytes::from(bytes) };
        let mut sections = vec![
            section(1, format!("{} {}", state.controls, state.digest)),
            section(2, "rarely ".repeat(usize::try_from(state.controls / 16).expect("small"))),
            section(3, "never changes".to_owned()),
        ];
        if state.controls % 5 == 4 {
            sections.push(section(4, String::new()));
        }
        sections
    }

    /// The chunks of a lane that count and are kept.
    pub(crate) fn chunks(&self, lane: u32) -> Vec<Chunk> {
        let all = self.lanes.get(&lane).map_or(&[][..], Vec::as_slice);
        let kept = all.iter().filter(|(index, _)| (self.first_kept..=self.counted).contains(index));
        kept.map(|(_, chunk)| chunk.clone()).collect()
    }

    /// The end of a lane among the entries up to an index.
    pub(crate) fn end_at(&self, lane: u32, index: u64) -> Option<LaneEnd> {
        let chunks = self.lanes.get(&lane)?;
        let (_, chunk) = chunks.iter().rev().find(|(at, _)| *at <= index)?;
        Some(LaneEnd { next_counter: chunk.end_counter(), last_time_ms: chunk.time_ms })
    }

    /// Whether an entry found at a start is the one that was written.
    pub(crate) fn is(&self, found: &RecoveredEntry) -> bool {
        let at = usize::try_from(found.position().index - 1).expect("small");
        match (self.entries.get(at), found) {
            (
                Some(Body::Control { time_ms, body }),
                RecoveredEntry::Control { time_ms: its_time, body: its_body, .. },
            ) => (time_ms, body) == (its_time, its_body),
            (
                Some(Body::Records { requests, chunks }),
                RecoveredEntry::Records { requests: its_requests, chunks: its_chunks, .. },
            ) => {
                let pairs = chunks.iter().zip(its_chunks);
                let same = |(chunk, head): (&Chunk, &forebay_log::ChunkHead)| {
                    (chunk.lane, chunk.first_counter, chunk.count, chunk.time_ms, chunk.crc32c, chunk.body.len())
                        == (
                            head.lane,
                            head.first_counter,
                            head.count,
                            head.time_ms,
                            head.crc32c,
                            head.length_bytes as usize,
                        )
                };
                requests == its_requests && chunks.len() == its_chunks.len() && pairs.into_iter().all(same)
            }
            _ => false,
        }
    }
}
