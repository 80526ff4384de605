//! The simulated disk as a [`Disk`]: its switches for faults, and what it does with each call.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::disk::{Disk, File, Volume};

use super::content::Content;
use super::names::Names;
use super::random::Random;

/// See the module. Clones are the same disk.
#[derive(Debug, Clone)]
pub struct SimulatedDisk(Arc<Mutex<State>>);

/// An open file of a simulated disk.
#[derive(Debug)]
pub struct SimulatedFile {
    disk: SimulatedDisk,
    number: u64,
}

/// A directory of a simulated disk, held.
#[derive(Debug)]
pub struct SimulatedLock {
    disk: SimulatedDisk,
    path: PathBuf,
}

#[derive(Debug, Default)]
struct State {
    random: Random,
    size_bytes: u64,
    /// This user's share of it.
    quota_bytes: Option<u64>,
    names: Names,
    files: BTreeMap<u64, Content>,
    locks: BTreeSet<PathBuf>,
    next_file: u64,
    /// Syncs until one fails.
    sync_fails_in: Option<u32>,
    /// Writes and changes of names until one finds no space.
    write_fails_in: Option<u32>,
    ignores_sync: bool,
    short: bool,
    /// Changes until nothing works any more.
    dies_in: Option<u32>,
    /// Nothing works: the power is gone, or the process.
    dead: bool,
}

impl SimulatedDisk {
    /// An empty disk of this size.
    pub fn new(seed: u64, size_bytes: u64) -> Self {
        Self::of(State { random: Random::new(seed), size_bytes, ..State::default() })
    }

    fn of(state: State) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alive(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.state();
        if state.dead { Err(io::Error::other("the power is gone")) } else { Ok(state) }
    }

    /// Counts a change, and dies of it if that was ordered.
    fn changing(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.alive()?;
        state.dead = State::due(&mut state.dies_in);
        if state.dead { Err(io::Error::other("the power is gone")) } else { Ok(state) }
    }

    /// Loses power. This disk works no more; the one returned is what is found when it is back.
    #[must_use]
    pub fn lose_power(&self) -> Self {
        let mut found = self.abandon();
        let mut random = Random::new(found.random.next());
        let names = found.names.after_power_loss(&mut random);
        let mut files = BTreeMap::new();
        let names = Names::of(names);
        for (_, number) in names.files() {
            let content = found.files.remove(&number).unwrap_or_default();
            files.insert(number, content.after_power_loss(&mut random));
        }
        Self::of(State { names, files, ..found })
    }

    /// Ends the process. This disk works no more; the one returned is what the next process finds: everything that
    /// was written, synced or not.
    #[must_use]
    pub fn end_process(&self) -> Self {
        Self::of(self.abandon())
    }

    /// Takes what is on the disk and leaves a dead one.
    fn abandon(&self) -> State {
        let left = State { dead: true, ..State::default() };
        let mut found = std::mem::replace(&mut *self.state(), left);
        found.locks.clear();
        found.dead = false;
        (found.sync_fails_in, found.write_fails_in, found.dies_in) = (None, None, None);
        found
    }

    /// The change after this many others happens no more, and neither does anything after it.
    pub fn die_in(&self, changes: u32) {
        self.state().dies_in = Some(changes);
    }

    /// The sync after this many others fails; what it should have written is then lost or not, and taken for clean.
    pub fn fail_sync_in(&self, syncs: u32) {
        self.state().sync_fails_in = Some(syncs);
    }

    /// The write or change of a name after this many others finds no space. A write has written a part; some file
    /// systems need a block also to remove a name.
    pub fn fail_write_in(&self, writes: u32) {
        self.state().write_fails_in = Some(writes);
    }

    /// Lets the faults that were ordered and have not happened yet not happen.
    pub fn calm(&self) {
        let mut state = self.state();
        state.sync_fails_in = None;
        state.write_fails_in = None;
        state.dies_in = None;
    }

    /// Whether syncs say they have done what they have not.
    pub fn set_ignores_sync(&self, ignores: bool) {
        self.state().ignores_sync = ignores;
    }

    /// Whether reads and writes may do less than they were asked.
    pub fn set_short(&self, short: bool) {
        self.state().short = short;
    }

    /// How large the disk is.
    pub fn set_size_bytes(&self, size_bytes: u64) {
        self.state().size_bytes = size_bytes;
    }

    /// How much of it this user may fill; the rest stays free, and is no use to anybody here.
    pub fn set_quota_bytes(&self, quota_bytes: Option<u64>) {
        self.state().quota_bytes = quota_bytes;
    }

    /// Every file and its length.
    pub fn files(&self) -> Vec<(PathBuf, u64)> {
        let state = self.state();
        let length = |number| state.files.get(&number).map_or(0, |content| content.seen.len() as u64);
        state.names.files().map(|(path, number)| (path.clone(), length(number))).collect()
    }

    /// What a file holds; `None` where there is none.
    pub fn content(&self, path: &Path) -> Option<Vec<u8>> {
        let state = self.state();
        let content = state.files.get(&state.names.file(path)?)?;
        Some(content.seen.clone())
    }

    /// Gives an existing file another content, for good.
    pub fn replace(&self, path: &Path, bytes: Vec<u8>) {
        let mut state = self.state();
        if let Some(number) = state.names.file(path) {
            state.files.insert(number, Content::of(bytes));
        }
    }

    /// Turns one bit over, for good.
    pub fn flip_bit(&self, path: &Path, byte: u64, bit: u8) {
        let mut state = self.state();
        if let Some(number) = state.names.file(path)
            && let Some(content) = state.files.get_mut(&number)
        {
            content.flip(usize::try_from(byte).unwrap_or(usize::MAX), bit);
        }
    }
}

impl State {
    /// Whether a fault that was ordered happens now.
    fn due(countdown: &mut Option<u32>) -> bool {
        match countdown {
            Some(0) => {
                *countdown = None;
                true
            }
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        }
    }

    fn used_bytes(&self) -> u64 {
        let length = |number| self.files.get(&number).map_or(0, |content| content.seen.len() as u64);
        self.names.files().map(|(_, number)| length(number)).sum()
    }

    fn free_bytes(&self) -> u64 {
        self.size_bytes.saturating_sub(self.used_bytes())
    }

    /// Whether a file may grow by so much.
    fn check_room(&self, grows: u64) -> io::Result<()> {
        if grows > self.free_bytes() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let over = self.quota_bytes.is_some_and(|quota| grows > 0 && self.used_bytes() + grows > quota);
        if over { Err(io::ErrorKind::QuotaExceeded.into()) } else { Ok(()) }
    }

    /// Changes a name, if there is a block for it.
    fn take_name(&mut self) -> io::Result<()> {
        if Self::due(&mut self.write_fails_in) { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

/// Some file systems find out only now that the volume is full: no better than any other failure.
fn failed_sync(random: &mut Random) -> io::Error {
    if random.one_in(2) { io::ErrorKind::StorageFull.into() } else { io::Error::other("a simulated failure") }
}

impl Disk for SimulatedDisk {
    type File = SimulatedFile;
    type Lock = SimulatedLock;

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let there = self.alive()?.names.is_directory(path);
        if !there {
            self.changing()?.names.add_directory(path);
        }
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        self.alive()?.names.list(path).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn create(&self, path: &Path) -> io::Result<SimulatedFile> {
        let mut state = self.changing()?;
        state.take_name()?;
        if let Some(number) = state.names.file(path) {
            // The same file, emptied: what was durable of it stays so until it is synced again.
            if let Some(content) = state.files.get_mut(&number) {
                content.set_size(0);
            }
            return Ok(SimulatedFile { disk: self.clone(), number });
        }
        let number = state.next_file;
        state.names.add(path, number).ok_or(io::ErrorKind::NotFound)?;
        state.next_file += 1;
        state.files.insert(number, Content::default());
        Ok(SimulatedFile { disk: self.clone(), number })
    }

    fn open(&self, path: &Path) -> io::Result<SimulatedFile> {
        let number = self.alive()?.names.file(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(SimulatedFile { disk: self.clone(), number })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.changing()?;
        state.take_name()?;
        state.names.rename(from, to).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        let mut state = self.changing()?;
        state.take_name()?;
        state.names.remove(path).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.changing()?.names.remove_directory(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.changing()?;
        if State::due(&mut state.sync_fails_in) {
            return Err(failed_sync(&mut state.random));
        }
        if !state.ignores_sync {
            state.names.sync(path);
        }
        Ok(())
    }

    fn volume(&self, _path: &Path) -> io::Result<Volume> {
        let state = self.alive()?;
        Ok(Volume { free_bytes: state.free_bytes(), size_bytes: state.size_bytes })
    }

    fn lock(&self, path: &Path) -> io::Result<SimulatedLock> {
        let mut state = self.alive()?;
        if !state.names.is_directory(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        if !state.locks.insert(path.to_owned()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(SimulatedLock { disk: self.clone(), path: path.to_owned() })
    }
}

impl Drop for SimulatedLock {
    fn drop(&mut self) {
        self.disk.state().locks.remove(&self.path);
    }
}

impl File for SimulatedFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.disk.alive()?;
        let asked = if state.short && buffer.len() > 1 && state.random.one_in(8) {
            1 + usize::try_from(state.random.below(buffer.len() as u64)).expect("a length") / 2
        } else {
            buffer.len()
        };
        let content = state.files.get(&self.number).ok_or(io::ErrorKind::NotFound)?;
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(content.seen.len());
        let read = asked.min(content.seen.len() - from);
        buffer[..read].copy_from_slice(&content.seen[from..from + read]);
        Ok(read)
    }

    fn write_at(&self, slices: &[IoSlice<'_>], offset: u64) -> io::Result<usize> {
        let mut state = self.disk.changing()?;
        let mut bytes = slices.iter().map(|slice| &**slice).collect::<Vec<_>>().concat();
        let whole = bytes.len() as u64;
        let refused = State::due(&mut state.write_fails_in);
        if refused || state.short && whole > 1 && state.random.one_in(8) {
            let kept = state.random.below(whole);
            bytes.truncate(usize::try_from(kept.max(u64::from(!refused))).expect("a length"));
        }
        let offset = usize::try_from(offset).expect("a simulated file is small");
        let length = state.files.get(&self.number).ok_or(io::ErrorKind::NotFound)?.seen.len();
        state.check_room((offset + bytes.len()).saturating_sub(length) as u64)?;
        let State { files, random, .. } = &mut *state;
        let content = files.get_mut(&self.number).ok_or(io::ErrorKind::NotFound)?;
        content.write(&bytes, offset, random);
        if refused { Err(io::ErrorKind::StorageFull.into()) } else { Ok(bytes.len()) }
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.disk.changing()?;
        let fails = State::due(&mut state.sync_fails_in);
        let ignores = state.ignores_sync;
        let State { files, random, .. } = &mut *state;
        let content = files.get_mut(&self.number).ok_or(io::ErrorKind::NotFound)?;
        if fails {
            content.fail_sync(random);
            return Err(failed_sync(random));
        }
        if !ignores {
            content.sync();
        }
        Ok(())
    }

    fn size_bytes(&self) -> io::Result<u64> {
        let state = self.disk.alive()?;
        Ok(state.files.get(&self.number).ok_or(io::ErrorKind::NotFound)?.seen.len() as u64)
    }

    fn set_size_bytes(&self, size_bytes: u64) -> io::Result<()> {
        let mut state = self.disk.changing()?;
        let content = state.files.get_mut(&self.number).ok_or(io::ErrorKind::NotFound)?;
        content.set_size(usize::try_from(size_bytes).expect("a simulated file is small"));
        Ok(())
    }
}
