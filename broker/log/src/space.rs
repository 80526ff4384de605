//! When a volume is too full for more: unexpired records are never dropped for space, so writing stops in time.

use crate::disk::Volume;

/// The share of a volume that is kept free, as a divisor: 5 %.
const RESERVE_DIVISOR: u64 = 20;
/// The most that share is.
const RESERVE_BYTES_MAX: u64 = 1 << 30;

/// What one log will take of its volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpaceNeed {
    /// A segment being written in the background, in bytes.
    pub pending_prewrite_bytes: u64,
    /// The size of its next segment.
    pub segment_bytes: u64,
    /// The volume, or a quota on it, refused this log's last write in the background.
    pub refused: bool,
}

/// Whether the volume is too full for the logs that lie on it to take more records: below two segments or 5 % (at
/// most 1 GiB), whichever is more, once everything pending is subtracted.
pub fn is_low(volume: Volume, needs: &[SpaceNeed]) -> bool {
    let pending: u64 = needs.iter().map(|need| need.pending_prewrite_bytes).sum();
    let segment = needs.iter().map(|need| need.segment_bytes).max().unwrap_or(0);
    let reserve = (volume.size_bytes / RESERVE_DIVISOR).min(RESERVE_BYTES_MAX).max(2 * segment);
    volume.free_bytes.saturating_sub(pending) < reserve || needs.iter().any(|need| need.refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn low(size_bytes: u64, free_bytes: u64, pending: u64, segment_bytes: u64, refused: bool) -> bool {
        let need = SpaceNeed { pending_prewrite_bytes: pending, segment_bytes, refused };
        let idle = SpaceNeed { pending_prewrite_bytes: pending, segment_bytes: 0, refused: false };
        is_low(Volume { free_bytes, size_bytes }, &[need, idle])
    }

    #[test]
    fn the_reserve_is_two_segments_or_a_twentieth_of_the_volume_up_to_a_gibibyte() {
        assert!(!low(100 * GIB, GIB, 0, 1, false));
        assert!(low(100 * GIB, GIB - 1, 0, 1, false));
        assert!(!low(10 * GIB, GIB / 2, 0, 1, false));
        assert!(low(10 * GIB, GIB / 2 - 1, 0, 1, false));
        assert!(low(10 * GIB, GIB / 2, 0, GIB / 2, false));
    }

    #[test]
    fn what_every_log_has_pending_is_taken_off_and_a_refusal_counts_as_full() {
        assert!(low(10 * GIB, GIB / 2, 1, 1, false));
        assert!(!low(10 * GIB, GIB / 2 + 2, 1, 1, false));
        assert!(low(10 * GIB, 9 * GIB, 0, 1, true));
    }
}
