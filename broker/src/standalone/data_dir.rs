//! The data directory: its layout, its lock, and what is recorded in it once for all. One process at a time.
//!
//! ```text
//! lock                  held while a process serves the directory
//! installation.json     region, partition, account: in every ARN, so fixed at first start
//! iterator-keys.json    what shard iterators are encrypted with
//! applied.yaml          the manifests of -f as they were last applied
//! catalog/ID.yaml       one manifest a stream, with its consumers, by incarnation
//! ranges/ID/            the log of one range, by range UUID
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use forebay_gateway::catalog::Installation;
use forebay_log::{Disk, RealDisk, RealLock};
use forebay_protocol::words::{AccountId, Partition, Region};
use serde::{Deserialize, Serialize};

use super::durable_file;

/// A data directory that this process alone serves, until it is dropped.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    /// Closing it lets the next process in.
    _lock: RealLock,
}

/// A data directory that cannot be served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataDirError {
    #[error("cannot {attempted} {path}")]
    Io { attempted: &'static str, path: PathBuf, source: io::Error },
    #[error("{0} is served by another process; stop that one, or give this one its own --data-dir")]
    Locked(PathBuf),
    #[error("{0} holds something else already; give --data-dir an empty directory, or one that does not exist yet")]
    Foreign(PathBuf),
    #[error("{path} is not readable as what this version writes there: {why}; put back a copy of it")]
    Damaged { path: PathBuf, why: String },
    #[error(
        "{path} was created with {what} {recorded}, which is in every ARN and cannot change to {asked}; leave the option \
         out, or use another --data-dir"
    )]
    Fixed { path: PathBuf, what: &'static str, recorded: String, asked: String },
}

/// `installation.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    format: u32,
    partition: String,
    region: String,
    account: String,
}

const FORMAT: u32 = 1;

impl DataDir {
    /// Creates the directory where needed, and locks it.
    pub(crate) fn open(path: &Path) -> Result<Self, DataDirError> {
        refuse_foreign(path)?;
        for directory in [path.to_owned(), path.join("catalog"), path.join("ranges")] {
            fs::create_dir_all(&directory).map_err(io_error("create the directory", &directory))?;
        }
        let lock = RealDisk.lock(path).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => DataDirError::Locked(path.to_owned()),
            _ => io_error("lock", path)(error),
        })?;
        RealDisk.sync_dir(path).map_err(io_error("sync", path))?;
        let parent = path.parent().unwrap_or(path);
        RealDisk.sync_dir(parent).map_err(io_error("sync", parent))?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where the manifests are.
    pub(crate) fn catalog(&self) -> PathBuf {
        self.path.join("catalog")
    }

    /// Where the manifests are as they were last applied.
    pub(crate) fn applied(&self) -> PathBuf {
        self.path.join("applied.yaml")
    }

    /// Where the ranges' logs are.
    pub(crate) fn ranges(&self) -> PathBuf {
        self.path.join("ranges")
    }

    /// Where the keys of shard iterators are.
    pub(crate) fn iterator_keys(&self) -> PathBuf {
        self.path.join("iterator-keys.json")
    }

    /// The recorded installation, after recording it at first start.
    pub(crate) fn installation(
        &self,
        region: Option<&str>,
        account: Option<AccountId>,
    ) -> Result<Installation, DataDirError> {
        let path = self.path.join("installation.json");
        let recorded = match durable_file::read(&RealDisk, &path).map_err(io_error("read", &path))? {
            Some(text) => serde_json::from_str(&text).map_err(|error| damaged(&path, &error))?,
            None => record_first(&path, region, account)?,
        };
        let fixed = |what, recorded: &str, asked: String| DataDirError::Fixed {
            path: self.path.clone(),
            what,
            recorded: recorded.to_owned(),
            asked,
        };
        if let Some(asked) = region.filter(|asked| *asked != recorded.region) {
            return Err(fixed("region", &recorded.region, asked.to_owned()));
        }
        if let Some(asked) = account.map(|account| account.to_string()).filter(|asked| *asked != recorded.account) {
            return Err(fixed("account", &recorded.account, asked));
        }
        installation_of(&recorded).map_err(|why| damaged(&path, &why))
    }
}

/// A directory of something else is left alone; what a first start that failed leaves is none.
fn refuse_foreign(path: &Path) -> Result<(), DataDirError> {
    const OWN: [&str; 5] = ["lock", "catalog", "ranges", "installation.json", "installation.json.new"];
    let names: Vec<_> = fs::read_dir(path).into_iter().flatten().flatten().map(|item| item.file_name()).collect();
    let is_own = |name: &std::ffi::OsString| OWN.iter().any(|own| name == own) || name == "lost+found";
    if path.join("installation.json").exists() || names.iter().all(is_own) {
        return Ok(());
    }
    if names.iter().any(|name| name == "iterator-keys.json") {
        let why = "it is missing from a data directory, and region and account of every ARN are in it".to_owned();
        return Err(DataDirError::Damaged { path: path.join("installation.json"), why });
    }
    Err(DataDirError::Foreign(path.to_owned()))
}

fn record_first(path: &Path, region: Option<&str>, account: Option<AccountId>) -> Result<Recorded, DataDirError> {
    let region = region.unwrap_or("us-east-1");
    let recorded = Recorded {
        format: FORMAT,
        partition: partition_of(region).to_owned(),
        region: region.to_owned(),
        account: account.map_or_else(|| "000000000000".to_owned(), |account| account.to_string()),
    };
    let text = serde_json::to_string_pretty(&recorded).expect("strings and numbers are JSON");
    durable_file::replace(&RealDisk, path, text.as_bytes()).map_err(io_error("write", path))?;
    Ok(recorded)
}

fn installation_of(recorded: &Recorded) -> Result<Installation, String> {
    if recorded.format > FORMAT {
        return Err(format!("it is of format {}, and this version knows up to {FORMAT}", recorded.format));
    }
    let partition: Result<Partition, _> = recorded.partition.parse();
    let region: Result<Region, _> = recorded.region.parse();
    Ok(Installation {
        partition: partition.map_err(|error| error.to_string())?,
        region: region.map_err(|error| error.to_string())?,
        default_account: recorded.account.parse().map_err(|error| format!("{error}"))?,
    })
}

/// The partition that AWS's own region of this name is in.
fn partition_of(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

pub(super) fn io_error(attempted: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DataDirError {
    let path = path.to_owned();
    move |source| DataDirError::Io { attempted, path, source }
}

fn damaged(path: &Path, why: &impl ToString) -> DataDirError {
    DataDirError::Damaged { path: path.to_owned(), why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_is_refused_until_the_first_is_gone() {
        let directory = tempfile::tempdir().expect("a directory");
        let first = DataDir::open(directory.path()).expect("opened");
        assert!(matches!(DataDir::open(directory.path()), Err(DataDirError::Locked(_))));
        drop(first);
        DataDir::open(directory.path()).expect("opened again");
    }

    #[test]
    fn region_and_account_are_recorded_at_first_start_and_fixed() {
        let directory = tempfile::tempdir().expect("a directory");
        let data_dir = DataDir::open(directory.path()).expect("opened");
        let account: AccountId = "111122223333".parse().expect("12 digits");
        let first = data_dir.installation(Some("cn-north-1"), Some(account)).expect("recorded");
        assert_eq!(first.partition.as_str(), "aws-cn");
        assert_eq!(data_dir.installation(None, None).expect("recorded before"), first);
        let refused = data_dir.installation(Some("us-east-1"), None).expect_err("another region").to_string();
        assert!(refused.contains("cn-north-1") && refused.contains("--data-dir"), "{refused}");
        let other: AccountId = "000000000000".parse().expect("12 digits");
        assert!(matches!(data_dir.installation(None, Some(other)), Err(DataDirError::Fixed { what: "account", .. })));
    }

    #[test]
    fn what_a_first_start_left_behind_is_no_foreign_directory() {
        let directory = tempfile::tempdir().expect("a directory");
        fs::write(directory.path().join("installation.json.new"), "{").expect("written");
        DataDir::open(directory.path()).expect("it is its own");
        fs::write(directory.path().join("iterator-keys.json"), "{}").expect("written");
        let refused = DataDir::open(directory.path()).expect_err("used before").to_string();
        assert!(refused.contains("installation.json") && refused.contains("missing"), "{refused}");
    }

    #[test]
    fn what_cannot_be_read_is_named_and_left_alone() {
        let directory = tempfile::tempdir().expect("a directory");
        let data_dir = DataDir::open(directory.path()).expect("opened");
        let path = directory.path().join("installation.json");
        for text in ["{", "{}", r#"{"format":2,"partition":"aws","region":"r","account":"000000000000"}"#] {
            fs::write(&path, text).expect("written");
            let refused = data_dir.installation(None, None).expect_err("damaged").to_string();
            assert!(refused.contains("installation.json"), "{refused}");
            assert_eq!(fs::read_to_string(&path).expect("read"), text);
        }
    }
}
