//! The keys of shard iterators: made at first start, kept in the data directory, so that an iterator outlives a restart.

use std::path::Path;

use forebay_log::RealDisk;
use forebay_protocol::iterator::IteratorKeys;
use serde::{Deserialize, Serialize};

use super::data_dir::{DataDirError, io_error};
use super::durable_file;
use crate::random;

/// `iterator-keys.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    current: Key,
    /// Opens what it sealed before a rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<Key>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    version: u8,
    /// 64 hexadecimal digits.
    key: String,
}

/// The keys at `path`, after making them at first start.
pub(super) fn load(path: &Path) -> Result<IteratorKeys, DataDirError> {
    let kept = match durable_file::read(&RealDisk, path).map_err(io_error("read", path))? {
        Some(text) => serde_json::from_str(&text).map_err(|error| damaged(path, error.to_string()))?,
        None => make(path)?,
    };
    keys_of(&kept)
        .ok_or_else(|| damaged(path, "a key is not 64 hexadecimal digits, or both have one version".to_owned()))
}

fn make(path: &Path) -> Result<Kept, DataDirError> {
    let key: [u8; 32] = random::bytes();
    let (high, low) = key.split_at(16);
    let half = |bytes: &[u8]| u128::from_be_bytes(bytes.try_into().expect("half of 32 bytes"));
    let digits = format!("{:032x}{:032x}", half(high), half(low));
    let kept = Kept { current: Key { version: 1, key: digits }, previous: None };
    let text = serde_json::to_vec_pretty(&kept).expect("strings and numbers are JSON");
    durable_file::replace(&RealDisk, path, &text).map_err(io_error("write", path))?;
    Ok(kept)
}

fn keys_of(kept: &Kept) -> Option<IteratorKeys> {
    let current = bytes_of(&kept.current.key)?;
    match &kept.previous {
        None => Some(IteratorKeys::new(kept.current.version, &current)),
        Some(previous) if previous.version != kept.current.version => {
            let before = IteratorKeys::new(previous.version, &bytes_of(&previous.key)?);
            Some(before.rotated(kept.current.version, &current))
        }
        Some(_) => None,
    }
}

fn bytes_of(digits: &str) -> Option<[u8; 32]> {
    let valid = digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let byte = |index: usize| u8::from_str_radix(digits.get(2 * index..2 * index + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = valid.then(|| (0..32).map(byte).collect()).flatten();
    bytes?.try_into().ok()
}

fn damaged(path: &Path, why: String) -> DataDirError {
    DataDirError::Damaged { path: path.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use forebay_protocol::iterator::ShardIterator;
    use forebay_protocol::words::{Incarnation, ShardId, TimestampMs};

    use super::*;

    #[test]
    fn an_iterator_outlives_a_restart_and_a_rotation() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("iterator-keys.json");
        let now = TimestampMs(1_700_000_000_000);
        let iterator = ShardIterator { incarnation: Incarnation([1; 16]), shard: ShardId(2), position: 3, issued: now };
        let token = iterator.seal(&load(&path).expect("made"), random::bytes());
        assert_eq!(ShardIterator::open(&token, &load(&path).expect("kept"), now), Ok(iterator));
        let text = std::fs::read_to_string(&path).expect("readable");
        let mut kept: Kept = serde_json::from_str(&text).expect("its own format");
        kept.previous = Some(Key { version: 1, key: kept.current.key });
        kept.current = Key { version: 2, key: "0".repeat(64) };
        std::fs::write(&path, serde_json::to_vec(&kept).expect("JSON")).expect("written");
        assert_eq!(ShardIterator::open(&token, &load(&path).expect("rotated"), now), Ok(iterator));
    }

    #[test]
    fn damaged_keys_are_named_and_not_replaced() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("iterator-keys.json");
        for text in ["", "{}", r#"{"current":{"version":1,"key":"é"}}"#] {
            std::fs::write(&path, text).expect("written");
            let refused = load(&path).expect_err("damaged").to_string();
            assert!(refused.contains("iterator-keys.json"), "{refused}");
        }
    }
}
