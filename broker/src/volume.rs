//! Whether the data directory's volume has room: looked at once a second, for all ranges at once, so that a put costs
//! one load of an atomic.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use forebay_log::{Disk, RealDisk, SpaceNeed, Volume};

/// See the module.
#[derive(Debug)]
pub(crate) struct VolumeWatch {
    path: PathBuf,
    is_low: AtomicBool,
    free_bytes: AtomicU64,
}

impl VolumeWatch {
    /// Watches the volume that holds `path`.
    pub(crate) fn start(path: &Path) -> io::Result<Self> {
        let watch =
            Self { path: path.to_owned(), is_low: AtomicBool::new(false), free_bytes: AtomicU64::new(u64::MAX) };
        watch.look(&[])?;
        Ok(watch)
    }

    /// Puts are refused: free space is below what trimming, footers and the running segments need.
    pub(crate) fn is_low(&self) -> bool {
        self.is_low.load(Ordering::Relaxed)
    }

    /// As of the last look.
    pub(crate) fn free_bytes(&self) -> u64 {
        self.free_bytes.load(Ordering::Relaxed)
    }

    /// Looks again; `needs` is what every log on the volume will take of it.
    pub(crate) fn look(&self, needs: &[SpaceNeed]) -> io::Result<()> {
        let volume = RealDisk.volume(&self.path)?;
        let Volume { free_bytes, size_bytes } = volume;
        let is_low = forebay_log::is_low(volume, needs);
        if is_low != self.is_low.swap(is_low, Ordering::Relaxed) {
            if is_low {
                tracing::error!(
                    free_bytes,
                    size_bytes,
                    "the volume is nearly full; puts are refused until there is room"
                );
            } else {
                tracing::info!(free_bytes, "the volume has room again; puts are taken");
            }
        }
        self.free_bytes.store(free_bytes, Ordering::Relaxed);
        Ok(())
    }
}
