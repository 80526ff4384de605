//! The command line as written: every option, its default and its help. What the options mean together is decided in
//! `standalone::settings`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Amazon Kinesis for Kubernetes.
///
/// Every AWS SDK, the AWS CLI, the KCL and the KPL work against it by an endpoint URL. `forebay standalone` runs a whole
/// account in one process, durably, on a directory.
#[derive(Debug, Parser)]
#[command(name = "forebay", version, propagate_version = true, max_term_width = 120)]
pub(crate) struct Forebay {
    #[command(subcommand)]
    pub(crate) command: Command,
}

// What each does is said where its options are: a text beside the variant would stand in its place in `--help`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Standalone(Box<Standalone>),
    Log(Log),
}

/// Serve a whole account from one process and one directory
///
/// Every acknowledged record is on disk. At start it says where it listens and what to try next:
///
///   forebay standalone -f examples/orders.yaml
///
/// SIGHUP applies the files of -f again; SIGTERM or ctrl-C finishes the running requests and exits 0.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Standalone {
    /// A manifest, or a directory of them (*.yaml, *.yml), to apply at start and at SIGHUP; may be repeated.
    ///
    /// Kinds: Stream and Consumer of forebay.dev/v1alpha1. Only what changed in a file since it was last applied acts, so
    /// changes made through the AWS API stand; removing a document deletes nothing.
    #[arg(short = 'f', long = "filename", value_name = "FILE|DIR", env = "FOREBAY_FILENAME", value_delimiter = ',')]
    pub(crate) filenames: Vec<PathBuf>,

    /// Where everything is kept. One process at a time.
    #[arg(long, value_name = "DIR", default_value = "forebay-data", env = "FOREBAY_DATA_DIR")]
    pub(crate) data_dir: PathBuf,

    /// The address of the Kinesis API. Any other than loopback needs credentials.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:4567", env = "FOREBAY_LISTEN")]
    pub(crate) listen: SocketAddr,

    /// The address of /healthz, /readyz and /metrics.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:9567", env = "FOREBAY_ADMIN_LISTEN")]
    pub(crate) admin_listen: SocketAddr,

    /// The region in every ARN; recorded in the data directory at first start and fixed from then on.
    ///
    /// Default: the recorded one, else us-east-1.
    #[arg(long, value_name = "REGION", env = "FOREBAY_REGION")]
    pub(crate) region: Option<String>,

    /// The account of manifests and of requests whose access key id is not itself a 12-digit account; recorded like the
    /// region.
    ///
    /// Default: the recorded one, else 000000000000.
    #[arg(long, value_name = "12 DIGITS", env = "FOREBAY_ACCOUNT")]
    pub(crate) account: Option<String>,

    /// The access key that requests must be signed with; needs --secret-access-key.
    #[arg(long, value_name = "ID", env = "FOREBAY_ACCESS_KEY_ID", requires = "secret_access_key")]
    pub(crate) access_key_id: Option<String>,

    /// The secret of --access-key-id. Better given as FOREBAY_SECRET_ACCESS_KEY: a command line is visible to others.
    #[arg(
        long,
        value_name = "SECRET",
        env = "FOREBAY_SECRET_ACCESS_KEY",
        hide_env_values = true,
        requires = "access_key_id"
    )]
    pub(crate) secret_access_key: Option<String>,

    /// A file of credentials, as AWS's shared credentials file: profiles with aws_access_key_id, aws_secret_access_key, and
    /// optionally aws_session_token and aws_account_id.
    #[arg(long, value_name = "FILE", env = "FOREBAY_CREDENTIALS")]
    pub(crate) credentials: Option<PathBuf>,

    /// Memory for request bodies, answers and queues, as in 256MiB. Beyond it clients wait, then get 503.
    #[arg(long, value_name = "SIZE", default_value = "256MiB", env = "FOREBAY_MEMORY_BUDGET", value_parser = parse_size)]
    pub(crate) memory_budget: u64,

    /// When a record is acknowledged.
    #[arg(long, value_enum, default_value_t = Durability::Disk, env = "FOREBAY_DURABILITY")]
    pub(crate) durability: Durability,

    /// Whether AWS's throughput limits per shard hold; off is off for every stream, whatever its manifest says.
    #[arg(long, value_enum, default_value_t = Limits::Aws, env = "FOREBAY_LIMITS")]
    pub(crate) limits: Limits,

    /// How many open shards each account may have.
    #[arg(long, value_name = "COUNT", default_value_t = 500, env = "FOREBAY_SHARD_LIMIT", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) shard_limit: u32,

    /// The form of log lines, on standard error.
    #[arg(long, value_enum, default_value_t = LogFormat::Text, env = "FOREBAY_LOG_FORMAT")]
    pub(crate) log_format: LogFormat,

    /// What is logged: a level, or a filter such as `info,forebay::range=debug`.
    #[arg(long, value_name = "FILTER", default_value = "info", env = "FOREBAY_LOG")]
    pub(crate) log: String,
}

/// When a record is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Durability {
    /// Once it is synced to disk.
    Disk,
    /// Once it is in memory: a crash of the machine loses acknowledged records. For tests only.
    Memory,
}

/// Whether AWS's throughput limits per shard hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Limits {
    /// 1 MiB/s and 1,000 records/s in; 5 calls/s and 2 MiB/s out.
    Aws,
    /// None.
    Off,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Look at the files of a stream's log.
#[derive(Debug, Args)]
pub(crate) struct Log {
    #[command(subcommand)]
    pub(crate) command: LogCommand,
}

// As in `Command`.
#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    Dump(Dump),
}

/// Print log files for people; damage is shown, not repaired. Reads only.
#[derive(Debug, Args)]
pub(crate) struct Dump {
    /// Segment, snapshot or hard state files, directories of ranges, or a data directory.
    #[arg(required = true, value_name = "FILE|DIR")]
    pub(crate) paths: Vec<PathBuf>,

    /// A line for each chunk as well, not only for each entry.
    #[arg(long)]
    pub(crate) chunks: bool,
}

/// `64KiB`, `256MiB`, `1GiB`, or plain bytes.
fn parse_size(text: &str) -> Result<u64, String> {
    let digits_end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(digits_end);
    let scale: u64 = match unit.trim() {
        "" | "B" => 1,
        "KiB" | "Ki" => 1 << 10,
        "MiB" | "Mi" => 1 << 20,
        "GiB" | "Gi" => 1 << 30,
        other => {
            return Err(format!("unknown unit {other:?}; give bytes, or a number with KiB, MiB or GiB, as in 256MiB"));
        }
    };
    let number: u64 = digits.parse().map_err(|_| "give a number with KiB, MiB or GiB, as in 256MiB".to_owned())?;
    number.checked_mul(scale).ok_or_else(|| format!("{text} is more than this machine can count"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(parse_size("256MiB"), Ok(256 << 20));
        assert_eq!(parse_size("64 KiB"), Ok(64 << 10));
        assert_eq!(parse_size("1Gi"), Ok(1 << 30));
        assert_eq!(parse_size("4096"), Ok(4096));
        assert!(parse_size("256MB").is_err());
        assert!(parse_size("MiB").is_err());
        assert!(parse_size("99999999999GiB").is_err());
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Forebay::command().debug_assert();
    }

    #[test]
    fn the_help_of_standalone_says_what_to_try_and_how_to_stop() {
        use clap::CommandFactory;
        let mut forebay = Forebay::command();
        let standalone = forebay.find_subcommand_mut("standalone").expect("it is there");
        let help = standalone.render_long_help().to_string();
        for part in ["forebay standalone -f examples/orders.yaml", "SIGHUP", "SIGTERM or ctrl-C"] {
            assert!(help.contains(part), "{part} is not in:\n{help}");
        }
    }
}
