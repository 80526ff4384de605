//! Syncing: the moment at which entries count. What was written before it is shown to readers after it.

use std::mem;

use crate::disk::{Disk, File};
use crate::entry::LaneEnd;
use crate::error::{DiskError, WriteError};
use crate::mutation;

use super::{Durability, Log};

impl<D: Disk> Log<D> {
    /// Makes every entry written so far durable, shows them to readers, and returns the highest index that counts.
    /// Where durability is memory, they are shown only.
    pub fn sync(&mut self) -> Result<u64, WriteError> {
        self.check_usable()?;
        match self.options.durability {
            Durability::Disk => self.sync_now()?,
            Durability::Memory => self.show(),
        }
        Ok(self.committed)
    }

    /// Syncs whatever the setting is.
    pub(super) fn sync_now(&mut self) -> Result<(), WriteError> {
        if self.durable < self.last.index {
            let segment = &self.open.segment;
            if !mutation::is("no_sync") {
                let outcome = segment.file.sync_data().map_err(DiskError::of("sync", &segment.path));
                outcome.map_err(|error| self.fail(error))?;
            }
            self.durable = self.last.index;
        }
        self.show();
        Ok(())
    }

    fn show(&mut self) {
        let mut unseen = mem::take(&mut self.unseen);
        let mut index = self.open.segment.index_mut();
        for (lane, row) in &unseen {
            index.push(*lane, *row);
        }
        drop(index);
        // After the index: a lane's end promises that everything below it can be read.
        let mut lanes = self.shared.lanes_mut();
        for (lane, row) in unseen.drain(..) {
            lanes.insert(lane, LaneEnd { next_counter: row.end_counter(), last_time_ms: row.time_ms });
        }
        drop(lanes);
        self.unseen = unseen;
        self.committed = self.last.index;
    }
}
