//! The names of a log's files. Names are padded so that a listing stands in the log's order.

use std::path::{Path, PathBuf};

/// Term, vote and identity.
pub(crate) const HARD_STATE: &str = "hard-state";
/// The state as of the newest trimmed segment.
pub(crate) const SNAPSHOT: &str = "snapshot";
/// A snapshot that is being written.
pub(crate) const SNAPSHOT_NEXT: &str = "snapshot.next";

/// `segment-<first index>.log`.
pub(crate) fn segment(directory: &Path, first_index: u64) -> PathBuf {
    directory.join(format!("segment-{first_index:020}.log"))
}

/// `next-<number>`: a file being filled with zeros, or filled; never read.
pub(crate) fn next(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("next-{number}"))
}

/// The first index of the segment with this name.
pub(crate) fn parse_segment(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("segment-")?.strip_suffix(".log")?;
    (digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// Whether the name is that of a file no later start needs.
pub(crate) fn is_leftover(name: &str) -> bool {
    name.starts_with("next-") || name == SNAPSHOT_NEXT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_segment_says_its_first_index() {
        let path = segment(Path::new("d"), 42);
        assert_eq!(path, Path::new("d/segment-00000000000000000042.log"));
        assert_eq!(parse_segment("segment-00000000000000000042.log"), Some(42));
        for other in ["segment-42.log", "segment-99999999999999999999.log", "next-1", "lock", "segment-.log"] {
            assert_eq!(parse_segment(other), None, "{other}");
        }
        assert!(is_leftover("next-3") && is_leftover(SNAPSHOT_NEXT) && !is_leftover(SNAPSHOT));
    }
}
