//! Syncing: the moment at which entries count. What was written before it is shown to readers after it.

use std::mem;

use crate::disk::{Disk, File};
use crate::entry::LaneEnd;
use crate::error::{DiskError, WriteError};
use crate::mutation;
use crate::segment::Index;

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

    /// Makes every entry written so far durable, also where durability is memory: before a planned stop.
    pub fn flush(&mut self) -> Result<(), WriteError> {
        self.check_usable()?;
        self.sync_now()
    }

    /// Syncs whatever the setting is.
    pub(super) fn sync_now(&mut self) -> Result<(), WriteError> {
        if self.durable < self.last.index {
            let path = self.open.segment.path.clone();
            if !mutation::is("no_sync") {
                let outcome = self.open.file.sync_data().map_err(DiskError::of("sync", &path));
                outcome.map_err(|error| self.fail(error))?;
            }
            self.durable = self.last.index;
        }
        self.show();
        Ok(())
    }

    fn show(&mut self) {
        let mut unseen = mem::take(&mut self.unseen);
        if let Index::Memory(_, index) = &mut *self.open.segment.index_mut() {
            unseen.chunks.iter().for_each(|(lane, row)| index.push(*lane, *row));
            unseen.control_times_ms.drain(..).for_each(|time_ms| index.push_time(time_ms));
            unseen.requests.drain(..).for_each(|request| index.push_request(request));
        }
        // After the index: a lane's end promises that everything below it can be read.
        let mut lanes = self.shared.lanes_mut();
        for (lane, row) in unseen.chunks.drain(..) {
            lanes.insert(lane, LaneEnd { next_counter: row.end_counter(), last_time_ms: row.time_ms });
        }
        drop(lanes);
        // Back where it was, empty, for its allocations.
        self.unseen = unseen;
        self.committed = self.last.index;
    }
}
