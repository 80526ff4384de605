//! Writes the CustomResourceDefinitions to a folder, or with `--check` says which of its files are stale.
//!
//! `cargo run -p forebay-api --bin crdgen` writes crds/ of the working directory.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use forebay_api::crd;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut folder = PathBuf::from("crds");
    let mut mode = Mode::Write;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--check" => mode = Mode::Check,
            option if option.starts_with('-') => return Err(format!("unknown option {option}").into()),
            path => folder = PathBuf::from(path),
        }
    }
    let mut stale = Vec::new();
    for (name, text) in crd::files()? {
        let path = folder.join(name);
        match mode {
            Mode::Write => fs::write(path, text)?,
            Mode::Check if fs::read_to_string(&path).is_ok_and(|found| found == text) => {}
            Mode::Check => stale.push(path.display().to_string()),
        }
    }
    if stale.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(format!("stale: {}; run cargo run -p forebay-api --bin crdgen", stale.join(", ")).into())
}

enum Mode {
    Write,
    Check,
}
