//! The bytes of a simulated file: as processes see them, and as the platter has them.

use std::collections::BTreeSet;

use super::Random;

/// What a disk writes whole or not at all.
const SECTOR_BYTES: usize = 512;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    /// What a read returns.
    pub(super) seen: Vec<u8>,
    /// What a loss of power leaves.
    durable: Vec<u8>,
    /// Sectors seen and not yet durable that the system will still write. After a failed sync it takes them for
    /// clean, written or not.
    dirty: BTreeSet<usize>,
}

impl Content {
    /// What a disk starts with after power is back.
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        Self { durable: bytes.clone(), seen: bytes, dirty: BTreeSet::new() }
    }

    pub(super) fn write(&mut self, bytes: &[u8], offset: usize, random: &mut Random) {
        if bytes.is_empty() {
            return;
        }
        let end = offset + bytes.len();
        if self.seen.len() < end {
            self.mark(self.seen.len(), end);
            self.seen.resize(end, 0);
        }
        self.seen[offset..end].copy_from_slice(bytes);
        self.mark(offset, end);
        // The system writes back when it likes.
        if random.one_in(4) {
            self.write_back(random, 2);
        }
    }

    pub(super) fn set_size(&mut self, size: usize) {
        let from = size.min(self.seen.len());
        self.mark(from, self.seen.len().max(size));
        self.seen.resize(size, 0);
    }

    fn mark(&mut self, from: usize, to: usize) {
        self.dirty.extend(from / SECTOR_BYTES..to.div_ceil(SECTOR_BYTES));
    }

    /// Everything that is dirty becomes durable.
    pub(super) fn sync(&mut self) {
        for sector in std::mem::take(&mut self.dirty) {
            self.make_durable(sector);
        }
        self.durable.resize(self.seen.len(), 0);
    }

    /// Some of what is dirty becomes durable, and nothing is dirty any more.
    pub(super) fn fail_sync(&mut self, random: &mut Random) {
        self.write_back(random, 2);
        self.dirty.clear();
    }

    /// One dirty sector in `times` becomes durable.
    fn write_back(&mut self, random: &mut Random, times: u64) {
        let written: Vec<_> = self.dirty.iter().copied().filter(|_| random.one_in(times)).collect();
        for sector in written {
            self.make_durable(sector);
            self.dirty.remove(&sector);
        }
    }

    fn make_durable(&mut self, sector: usize) {
        let from = sector * SECTOR_BYTES;
        let to = (from + SECTOR_BYTES).min(self.seen.len());
        if from >= to {
            return;
        }
        if self.durable.len() < to {
            self.durable.resize(to, 0);
        }
        self.durable[from..to].copy_from_slice(&self.seen[from..to]);
    }

    /// What a loss of power leaves: the durable bytes and any of what was on its way.
    pub(super) fn after_power_loss(mut self, random: &mut Random) -> Self {
        match random.below(4) {
            0 => {}
            1 => self.dirty.clone().into_iter().for_each(|sector| self.make_durable(sector)),
            2 => {
                let kept = random.below(self.dirty.len() as u64 + 1);
                let kept = usize::try_from(kept).expect("a count");
                self.dirty.clone().into_iter().take(kept).for_each(|sector| self.make_durable(sector));
            }
            _ => {
                let times = 1 + random.below(4);
                self.write_back(random, times);
            }
        }
        if self.seen.len() != self.durable.len() && random.one_in(2) {
            self.durable.resize(self.seen.len(), 0);
        }
        Self::of(self.durable)
    }

    /// Turns one bit over, for every reader and for good.
    pub(super) fn flip(&mut self, byte: usize, bit: u8) {
        for bytes in [&mut self.seen, &mut self.durable] {
            if let Some(byte) = bytes.get_mut(byte) {
                *byte ^= 1 << (bit % 8);
            }
        }
    }
}
