//! The hard state's file: two copies written in turn, each synced before anything is done because of it.

use std::path::{Path, PathBuf};

use crate::disk::{Disk, File, read_up_to, write_bytes_at};
use crate::error::DiskError;
use crate::format::{HARD_STATE_SLOT_BYTES, HardState, decode_hard_state, encode_hard_state};
use crate::names;

/// See the module.
#[derive(Debug)]
pub(crate) struct HardStateFile<F> {
    file: F,
    path: PathBuf,
    state: HardState,
    generation: u64,
}

impl<F: File> HardStateFile<F> {
    /// Writes a new file; it is durable when this returns. What an interrupted creation left is emptied and written
    /// whole, so that nothing of it rests on a sync that failed.
    pub(crate) fn create<D: Disk<File = F>>(disk: &D, directory: &Path, state: HardState) -> Result<Self, DiskError> {
        let path = directory.join(names::HARD_STATE);
        let file = disk.create(&path).map_err(DiskError::of("create", &path))?;
        let mut created = Self { file, path, state, generation: 0 };
        created.write_copy()?;
        disk.sync_dir(directory).map_err(DiskError::of("sync", directory))?;
        created.set(state)?;
        Ok(created)
    }

    /// Reads the later of the two copies; `None` where neither is intact.
    pub(crate) fn open<D: Disk<File = F>>(disk: &D, directory: &Path) -> Result<Option<Self>, DiskError> {
        let path = directory.join(names::HARD_STATE);
        let file = match disk.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(DiskError::of("open", &path)(error)),
        };
        let slot = usize::try_from(HARD_STATE_SLOT_BYTES).expect("4096");
        let bytes = read_up_to(&file, 0, 2 * slot).map_err(DiskError::of("read", &path))?;
        let copies = bytes.chunks(slot).filter_map(decode_hard_state);
        Ok(copies.max_by_key(|(_, generation)| *generation).map(|(state, generation)| Self {
            file,
            path,
            state,
            generation,
        }))
    }

    /// What is durable.
    pub(crate) const fn state(&self) -> &HardState {
        &self.state
    }

    /// Writes the copy that was read once more. Its earlier sync may have failed and left it in memory alone; the
    /// other copy may then only be overwritten once this one is durable.
    pub(crate) fn confirm(&mut self) -> Result<(), DiskError> {
        self.write_copy()
    }

    /// Replaces the state; it is durable when this returns, and unknown after an error, one of a full volume too. The
    /// copy of the state before is not touched, and the next start finds one of them.
    pub(crate) fn set(&mut self, state: HardState) -> Result<(), DiskError> {
        self.state = state;
        self.generation += 1;
        self.write_copy()
    }

    fn write_copy(&self) -> Result<(), DiskError> {
        let bytes = encode_hard_state(&self.state, self.generation);
        let offset = (self.generation % 2) * HARD_STATE_SLOT_BYTES;
        write_bytes_at(&self.file, &bytes, offset).map_err(DiskError::of("write", &self.path))?;
        self.file.sync_data().map_err(DiskError::of("sync", &self.path))
    }
}
