//! `forebay log dump`: a log's files printed for people. Reads only, also while the range is served.

use std::fmt;
use std::fs;
use std::io::{self, BufWriter, StdoutLock, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use forebay_log::{Detail, DumpError, RealDisk};

use crate::cli;
use crate::range::Causes;

/// Prints every file; one that cannot be read is named on standard error, and the others are printed.
pub(crate) fn main(dump: &cli::Dump) -> ExitCode {
    let detail = if dump.chunks { Detail::Chunks } else { Detail::Entries };
    let mut out = Stdout { out: BufWriter::new(io::stdout().lock()), failure: None };
    let mut code = ExitCode::SUCCESS;
    for given in &dump.paths {
        if files(given).is_empty() {
            refused(&NothingToPrint(given.clone()));
            code = ExitCode::FAILURE;
        }
    }
    for path in dump.paths.iter().flat_map(|path| files(path)) {
        match forebay_log::dump(&RealDisk, &path, detail, &mut out) {
            Ok(()) => {}
            // The reader, such as `head`, has seen enough.
            Err(DumpError::Print(_)) if out.is_closed() => return ExitCode::SUCCESS,
            Err(error) => {
                refused(&error);
                code = ExitCode::FAILURE;
            }
        }
    }
    match out.out.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            refused(&error);
            ExitCode::FAILURE
        }
        _ => code,
    }
}

/// A directory without a log.
#[derive(Debug, thiserror::Error)]
#[error("{0} holds no log; give a segment, hard state or snapshot, a range's directory, or a data directory")]
struct NothingToPrint(PathBuf);

/// The file itself, or a directory's files in the order of their names: of a range, or of all ranges of a data directory.
fn files(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let ranges = path.join("ranges");
    if ranges.is_dir() {
        return sorted(&ranges).iter().flat_map(|range| files(range)).collect();
    }
    sorted(path).into_iter().filter(|path| is_printed(path)).collect()
}

fn sorted(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(directory).into_iter().flatten().flatten().map(|item| item.path()).collect();
    paths.sort();
    paths
}

/// Of a directory: what holds something that was ever read.
fn is_printed(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name == "hard-state" || name == "snapshot" || name.starts_with("segment-")
}

/// Standard output is the files' content.
fn refused(error: &dyn std::error::Error) {
    // Standard error may be closed; the exit code still says that something was refused.
    let _ = writeln!(io::stderr(), "forebay log dump: {}", Causes(error));
}

/// Standard output as a text to write to; keeps what the system said when it took no more.
struct Stdout {
    out: BufWriter<StdoutLock<'static>>,
    failure: Option<io::ErrorKind>,
}

impl Stdout {
    fn is_closed(&self) -> bool {
        self.failure == Some(io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Write for Stdout {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.out.write_all(text.as_bytes()).map_err(|error| {
            self.failure = Some(error.kind());
            fmt::Error
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_its_files_in_order_without_what_was_never_read() {
        let directory = tempfile::tempdir().expect("a directory");
        for name in ["segment-2.log", "segment-1.log", "hard-state", "next-3", "lock", "snapshot.next"] {
            fs::write(directory.path().join(name), "").expect("written");
        }
        let names: Vec<_> =
            files(directory.path()).iter().map(|path| path.file_name().map(ToOwned::to_owned)).collect();
        let expected = ["hard-state", "segment-1.log", "segment-2.log"].map(|name| Some(name.into()));
        assert_eq!(names, expected);
    }

    #[test]
    fn a_data_directory_is_the_files_of_its_ranges() {
        let directory = tempfile::tempdir().expect("a directory");
        for range in ["b", "a"] {
            let range = directory.path().join("ranges").join(range);
            fs::create_dir_all(&range).expect("made");
            fs::write(range.join("hard-state"), "").expect("written");
        }
        let ranges = directory.path().join("ranges");
        assert_eq!(files(directory.path()), [ranges.join("a/hard-state"), ranges.join("b/hard-state")]);
        assert!(files(&tempfile::tempdir().expect("an empty one").path().join(".")).is_empty());
    }
}
