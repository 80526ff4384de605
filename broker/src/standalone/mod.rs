//! `forebay standalone`: gateway, ranges, catalog and the operator's decisions in one process, on a directory.

mod catalog;
mod credentials;
mod data_dir;
mod durable_file;
mod greeting;
mod iterator_keys;
mod manifests;
mod run;
mod settings;
mod surroundings;
mod upkeep;

use std::io::{self, Write};
use std::process::ExitCode;

use self::settings::Settings;
use crate::range::Causes;
use crate::{cli, logging};

/// Runs until it is told to stop; says on standard error why it does not run.
pub(crate) fn main(options: cli::Standalone) -> ExitCode {
    if let Err(error) = logging::start(options.log_format, &options.log) {
        return refused(&error);
    }
    let settings = match Settings::from_options(options) {
        Ok(settings) => settings,
        Err(error) => return refused(&error),
    };
    match run::run(settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refused(&error),
    }
}

fn refused(error: &dyn std::error::Error) -> ExitCode {
    // Whoever started it may have closed standard error; the exit code still says that it failed.
    let _ = writeln!(io::stderr(), "forebay: {}", Causes(error));
    ExitCode::FAILURE
}
