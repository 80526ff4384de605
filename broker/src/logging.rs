//! Log lines on standard error, as text or JSON; standard output is for what the user asked to see.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::cli::LogFormat;

/// A filter that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "--log {0:?} is not a filter: give a level (off, error, warn, info, debug, trace) or one such as \
     info,forebay::range=debug"
)]
pub(crate) struct FilterError(String);

/// Starts logging for the life of the process.
pub(crate) fn start(format: LogFormat, filter: &str) -> Result<(), FilterError> {
    let filter = parse(filter).ok_or_else(|| FilterError(filter.to_owned()))?;
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

/// A bare word would be taken for a target, and a misspelt level would silence everything else.
fn parse(filter: &str) -> Option<EnvFilter> {
    let mut bare = filter.split(',').filter(|directive| !directive.contains(['=', '[']));
    let levels_only = bare.all(|word| word.trim().parse::<LevelFilter>().is_ok());
    if levels_only { EnvFilter::builder().parse(filter).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_level_is_refused() {
        for filter in ["info", "off", "WARN", "info,forebay::range=debug", "forebay=trace"] {
            assert!(parse(filter).is_some(), "{filter}");
        }
        for filter in ["verbose", "debugg", "forebay::range", "a=b=c", "info,loud"] {
            assert!(parse(filter).is_none(), "{filter}");
        }
    }
}
