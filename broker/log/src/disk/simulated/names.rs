//! The names of simulated files: as processes see them, and as the disk has them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Random;

/// See the module. A name leads to the number of a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub(super) seen: BTreeMap<PathBuf, u64>,
    durable: BTreeMap<PathBuf, u64>,
    /// Since the directory was last synced.
    pending: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Add(PathBuf, u64),
    Rename(PathBuf, PathBuf, u64),
    Remove(PathBuf),
}

impl Change {
    fn directory(&self) -> Option<&Path> {
        match self {
            Self::Add(path, _) | Self::Rename(_, path, _) | Self::Remove(path) => path.parent(),
        }
    }

    fn apply(self, names: &mut BTreeMap<PathBuf, u64>) {
        match self {
            Self::Add(path, file) => drop(names.insert(path, file)),
            Self::Rename(from, to, file) => {
                names.remove(&from);
                names.insert(to, file);
            }
            Self::Remove(path) => drop(names.remove(&path)),
        }
    }
}

impl Names {
    pub(super) fn add(&mut self, path: &Path, file: u64) {
        self.change(Change::Add(path.to_owned(), file));
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> Option<()> {
        let file = *self.seen.get(from)?;
        self.change(Change::Rename(from.to_owned(), to.to_owned(), file));
        Some(())
    }

    pub(super) fn remove(&mut self, path: &Path) -> Option<()> {
        self.seen.contains_key(path).then(|| self.change(Change::Remove(path.to_owned())))
    }

    fn change(&mut self, change: Change) {
        change.clone().apply(&mut self.seen);
        self.pending.push(change);
    }

    pub(super) fn sync(&mut self, directory: &Path) {
        let (done, left) =
            std::mem::take(&mut self.pending).into_iter().partition(|change| change.directory() == Some(directory));
        self.pending = left;
        let done: Vec<Change> = done;
        for change in done {
            change.apply(&mut self.durable);
        }
    }

    /// What a loss of power leaves: the durable names and any of the changes that were on their way.
    pub(super) fn after_power_loss(mut self, random: &mut Random) -> BTreeMap<PathBuf, u64> {
        let prefix = random.below(self.pending.len() as u64 + 1);
        let in_order = random.one_in(2);
        for (at, change) in self.pending.into_iter().enumerate() {
            let kept = if in_order { (at as u64) < prefix } else { random.one_in(2) };
            if kept {
                change.apply(&mut self.durable);
            }
        }
        self.durable
    }

    pub(super) fn of(names: BTreeMap<PathBuf, u64>) -> Self {
        Self { seen: names.clone(), durable: names, pending: Vec::new() }
    }
}
