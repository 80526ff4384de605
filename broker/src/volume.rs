//! Whether the data directory's volume has room: looked at once a second, for all ranges at once, so that a put costs
//! one load of an atomic.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use forebay_log::{SpaceNeed, Volume};

/// See the module.
#[derive(Debug)]
pub(crate) struct VolumeWatch {
    is_low: AtomicBool,
    free_bytes: AtomicU64,
}

impl VolumeWatch {
    /// Starts with the volume as it is before any log takes anything of it.
    pub(crate) fn start(volume: Volume) -> Self {
        let watch = Self { is_low: AtomicBool::new(false), free_bytes: AtomicU64::new(u64::MAX) };
        watch.look(volume, &[]);
        watch
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
    pub(crate) fn look(&self, volume: Volume, needs: &[SpaceNeed]) {
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
    }
}
