//! The names of simulated files: as processes see them, and as the disk has them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::Random;

/// What the name of a directory leads to.
const DIRECTORY: u64 = u64::MAX;

/// See the module. A name leads to the number of a file, or is a directory's.
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
    /// Names a new file; its directory must be there.
    pub(super) fn add(&mut self, path: &Path, file: u64) -> Option<()> {
        self.is_directory(path.parent()?).then(|| self.change(Change::Add(path.to_owned(), file)))
    }

    /// Makes a directory and those above it, where they are missing.
    pub(super) fn add_directory(&mut self, path: &Path) {
        if self.is_directory(path) {
            return;
        }
        if let Some(above) = path.parent() {
            self.add_directory(above);
        }
        self.change(Change::Add(path.to_owned(), DIRECTORY));
    }

    /// The root is always there.
    pub(super) fn is_directory(&self, path: &Path) -> bool {
        path.parent().is_none() || self.seen.get(path) == Some(&DIRECTORY)
    }

    /// The number of a file.
    pub(super) fn file(&self, path: &Path) -> Option<u64> {
        self.seen.get(path).copied().filter(|number| *number != DIRECTORY)
    }

    /// Every file.
    pub(super) fn files(&self) -> impl Iterator<Item = (&PathBuf, u64)> {
        self.seen.iter().filter(|(_, number)| **number != DIRECTORY).map(|(path, number)| (path, *number))
    }

    /// What is in a directory; none where there is no such directory.
    pub(super) fn list(&self, directory: &Path) -> Option<Vec<String>> {
        let inside = self.seen.keys().filter(|name| name.parent() == Some(directory));
        let names = || inside.filter_map(|name| Some(name.file_name()?.to_str()?.to_owned())).collect();
        self.is_directory(directory).then(names)
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> Option<()> {
        let file = *self.seen.get(from)?;
        self.change(Change::Rename(from.to_owned(), to.to_owned(), file));
        Some(())
    }

    pub(super) fn remove(&mut self, path: &Path) -> Option<()> {
        self.seen.contains_key(path).then(|| self.change(Change::Remove(path.to_owned())))
    }

    pub(super) fn remove_directory(&mut self, path: &Path) -> io::Result<()> {
        match self.list(path) {
            None => Err(io::ErrorKind::NotFound.into()),
            Some(inside) if !inside.is_empty() => Err(io::ErrorKind::DirectoryNotEmpty.into()),
            Some(_) => {
                self.change(Change::Remove(path.to_owned()));
                Ok(())
            }
        }
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

    /// What a loss of power leaves: the durable names and any of the changes that were on their way. What is in a
    /// directory that is gone is gone with it.
    pub(super) fn after_power_loss(mut self, random: &mut Random) -> BTreeMap<PathBuf, u64> {
        let prefix = random.below(self.pending.len() as u64 + 1);
        let in_order = random.one_in(2);
        for (at, change) in self.pending.into_iter().enumerate() {
            let kept = if in_order { (at as u64) < prefix } else { random.one_in(2) };
            if kept {
                change.apply(&mut self.durable);
            }
        }
        let mut left = Self::of(BTreeMap::new());
        // A directory comes before what is in it.
        for (path, number) in self.durable {
            if path.parent().is_some_and(|above| left.is_directory(above)) {
                left.seen.insert(path, number);
            }
        }
        left.seen
    }

    pub(super) fn of(names: BTreeMap<PathBuf, u64>) -> Self {
        Self { seen: names.clone(), durable: names, pending: Vec::new() }
    }
}
