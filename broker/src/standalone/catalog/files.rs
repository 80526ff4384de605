//! The catalog's directory: one file a stream, named by its incarnation, replaced whole.

use std::path::{Path, PathBuf};

use forebay_log::{Disk, RealDisk};
use forebay_protocol::words::Incarnation;

use super::super::data_dir::{DataDirError, io_error};
use super::super::durable_file;
use super::entry::{Entry, Phase};

/// The directory of the catalog's files.
#[derive(Debug, Clone)]
pub(crate) struct Files<D: Disk = RealDisk> {
    disk: D,
    directory: PathBuf,
}

impl<D: Disk> Files<D> {
    pub(crate) fn new(disk: D, directory: PathBuf) -> Self {
        Self { disk, directory }
    }

    /// Every stream. One unreadable file is an error for all: a stream left out would look deleted, and its name free.
    pub(crate) fn load(&self) -> Result<Vec<Entry>, DataDirError> {
        // What the process before renamed or removed may be so in memory alone. What is shown must not come back otherwise.
        self.disk.sync_dir(&self.directory).map_err(io_error("sync", &self.directory))?;
        let mut names = self.disk.list(&self.directory).map_err(io_error("list", &self.directory))?;
        names.sort_unstable();
        let mut entries = Vec::new();
        for path in names.iter().map(|name| self.directory.join(name)) {
            if path.extension().is_some_and(|extension| extension == "yaml") {
                entries.push(self.load_file(&path)?);
            }
        }
        refuse_twins(&self.directory, &entries)?;
        Ok(entries)
    }

    /// Makes what is known of a stream durable.
    pub(crate) fn store(&self, entry: &Entry) -> Result<(), DataDirError> {
        let path = self.path(entry.incarnation);
        durable_file::replace(&self.disk, &path, entry.to_text().as_bytes()).map_err(io_error("write", &path))
    }

    /// Forgets a stream.
    pub(crate) fn remove(&self, incarnation: Incarnation) -> Result<(), DataDirError> {
        let path = self.path(incarnation);
        durable_file::remove(&self.disk, &path).map_err(io_error("remove", &path))
    }

    fn load_file(&self, path: &Path) -> Result<Entry, DataDirError> {
        let text = durable_file::read(&self.disk, path).map_err(io_error("read", path))?.unwrap_or_default();
        Entry::from_text(&text).map_err(|error| DataDirError::Damaged { path: path.to_owned(), why: error.to_string() })
    }

    fn path(&self, incarnation: Incarnation) -> PathBuf {
        self.directory.join(format!("{incarnation}.yaml"))
    }
}

/// One name is one stream; of two files nobody could say which is meant, unless one is of a stream that is going.
fn refuse_twins(directory: &Path, entries: &[Entry]) -> Result<(), DataDirError> {
    let mut names = std::collections::HashMap::new();
    for entry in entries.iter().filter(|entry| entry.phase != Phase::Deleting) {
        if let Some(other) = names.insert((entry.account, &entry.name), entry.incarnation) {
            let why = format!(
                "{other}.yaml and {}.yaml both hold the stream {} of account {}; move one of them away",
                entry.incarnation, entry.name, entry.account
            );
            return Err(DataDirError::Damaged { path: directory.to_owned(), why });
        }
    }
    Ok(())
}
