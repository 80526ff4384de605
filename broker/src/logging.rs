//! Log lines on standard error, as text or JSON; standard output is for what the user asked to see.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

use crate::cli::LogFormat;

/// A filter that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "--log {filter:?} is not a filter: give a level (error, warn, info, debug, trace) or one such as info,forebay::range=debug"
)]
pub(crate) struct FilterError {
    filter: String,
    source: tracing_subscriber::filter::ParseError,
}

/// Starts logging for the life of the process.
pub(crate) fn start(format: LogFormat, filter: &str) -> Result<(), FilterError> {
    let filter =
        EnvFilter::builder().parse(filter).map_err(|source| FilterError { filter: filter.to_owned(), source })?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        // A log line that cannot be written takes nothing else down.
        .log_internal_errors(false);
    match format {
        LogFormat::Text => subscriber.with_ansi(stderr().is_terminal()).with_target(false).init(),
        LogFormat::Json => subscriber.json().flatten_event(true).init(),
    }
    Ok(())
}
