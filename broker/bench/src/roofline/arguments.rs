//! The options of `forebay-bench roofline`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::load::arguments::{Output, parse_seconds};

use super::measure::Operation;

/// Measure what the unavoidable work costs on this machine: the ceiling of any durable server of this API.
#[derive(Debug, Clone, Args)]
pub(crate) struct RooflineArguments {
    /// A directory on the disk that is measured.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) dir: PathBuf,

    /// What is measured as a whole.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "put-records,put-record,get-records")]
    pub(crate) operations: Vec<Operation>,

    /// Over how many connections, each in its turn.
    #[arg(long, value_name = "COUNT", value_delimiter = ',', default_value = "1,4,16", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) connections: Vec<u16>,

    /// Seconds of each.
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = parse_seconds)]
    pub(crate) duration: Duration,

    /// The CPU of the server. Default: the first one this process may run on.
    #[arg(long, value_name = "CPU")]
    pub(crate) server_cpu: Option<usize>,

    /// The CPU of the client. Default: the last one this process may run on.
    #[arg(long, value_name = "CPU")]
    pub(crate) client_cpu: Option<usize>,

    /// Leave out the parts alone.
    #[arg(long)]
    pub(crate) no_parts: bool,

    /// How to report, on standard output.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}
