//! The options of `forebay-bench load`, and what they mean together.

use std::net::IpAddr;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::clock::whole_ns;
use crate::http::endpoint::{Endpoint, EndpointError};
use crate::http::request_head::Encoding;
use crate::http::signature::{Auth, Credentials};

use super::plan::{From, Gets, Keys, Plan, PutCall, Puts, Streams, Work};
use super::schedule::{Pace, Window};
use super::server_cpu::Server;

/// Put or get records as fast as answers come, or at a given rate.
#[derive(Debug, Clone, Args)]
pub(crate) struct LoadArguments {
    #[command(flatten)]
    pub(crate) target: Target,

    /// What to do.
    #[arg(long, value_enum, default_value_t = Operation::PutRecords)]
    pub(crate) operation: Operation,

    /// Records in each PutRecords.
    #[arg(long, value_name = "1..500", value_parser = clap::value_parser!(u32).range(1..=500))]
    pub(crate) records_per_call: Option<u32>,

    /// Bytes of data in each record.
    #[arg(long, value_name = "BYTES", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(0..=10 << 20))]
    pub(crate) record_bytes: u32,

    /// What decides the shard of a record.
    #[arg(long, value_enum, default_value_t = Keys::Random)]
    pub(crate) keys: Keys,

    /// Limit of each GetRecords.
    #[arg(long, value_name = "1..10000", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) get_limit: u32,

    /// Where reading begins: at the oldest record of each shard, one shard after the other, or after the newest.
    #[arg(long, value_enum, default_value_t = From::TrimHorizon)]
    pub(crate) from: From,

    /// Read only the first so many shards of all streams together.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) read_shards: Option<u32>,

    /// Of a hundred calls, how many are gets; for --operation mixed.
    #[arg(long, value_name = "1..99", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=99))]
    pub(crate) get_percent: u32,

    /// Connections; each has at most one call in flight.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub(crate) connections: u16,

    /// Calls a second over all connections, whatever the answers do. Without it: a closed loop.
    #[arg(long, value_name = "CALLS_PER_SECOND")]
    pub(crate) rate: Option<f64>,

    /// Seconds before measuring begins.
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = parse_seconds)]
    pub(crate) warmup: Duration,

    /// Seconds that are measured.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = parse_seconds)]
    pub(crate) duration: Duration,

    /// Stop once so many records were stored or returned: to fill a stream.
    #[arg(long, value_name = "COUNT")]
    pub(crate) records: Option<u64>,

    /// The process whose CPU time and memory are reported.
    #[arg(long, value_name = "PID")]
    pub(crate) server_pid: Option<u32>,

    /// Run this client on one CPU only.
    #[arg(long, value_name = "CPU")]
    pub(crate) pin_cpu: Option<usize>,

    /// What records and keys are made of: the same seed makes the same ones.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) seed: u64,

    /// How to report, on standard output.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// Where calls go and how they say who asks.
#[derive(Debug, Clone, Args)]
pub(crate) struct Target {
    /// Any Kinesis endpoint that speaks http.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4567")]
    pub(crate) endpoint: String,

    /// The address connections come from: to be another client than others of this machine.
    #[arg(long, value_name = "IP")]
    pub(crate) from_address: Option<IpAddr>,

    /// The region requests are signed for.
    #[arg(long, default_value = "us-east-1", env = "AWS_REGION")]
    pub(crate) region: String,

    /// JSON or CBOR, both ways.
    #[arg(long, value_enum, default_value_t = Encoding::Json)]
    pub(crate) encoding: Encoding,

    /// Whether requests are signed. Default: signed when an access key is given, else placeholder.
    #[arg(long, value_enum)]
    pub(crate) auth: Option<AuthKind>,

    /// The access key requests are signed with.
    #[arg(long, value_name = "ID", env = "AWS_ACCESS_KEY_ID", hide_env_values = true)]
    pub(crate) access_key_id: Option<String>,

    /// Its secret.
    #[arg(long, value_name = "SECRET", env = "AWS_SECRET_ACCESS_KEY", hide_env_values = true)]
    pub(crate) secret_access_key: Option<String>,

    /// The session token of temporary credentials.
    #[arg(long, value_name = "TOKEN", env = "AWS_SESSION_TOKEN", hide_env_values = true)]
    pub(crate) session_token: Option<String>,

    /// The stream, or with --streams what the names of the streams begin with.
    #[arg(long, value_name = "NAME", default_value = "forebay-bench")]
    pub(crate) stream: String,

    /// How many streams, named NAME-0000 and so on when more than one.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) streams: u32,

    /// Open shards of each stream: for --create, and for --keys explicit.
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) shards: u32,

    /// Create the streams that do not exist and wait until all are ACTIVE.
    #[arg(long)]
    pub(crate) create: bool,

    /// Seconds after which a call without an answer is given up and its connection closed.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = parse_seconds)]
    pub(crate) timeout: Duration,
}

/// What a load does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Operation {
    /// PutRecords.
    PutRecords,
    /// PutRecord.
    PutRecord,
    /// GetRecords.
    GetRecords,
    /// PutRecords and GetRecords.
    Mixed,
}

/// Whether requests are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuthKind {
    /// With the access key.
    Signed,
    /// An authorization header of the right form with a wrong signature, for servers that do not verify.
    Placeholder,
    /// No authorization header.
    None,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

/// Options that do not go together.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum ArgumentsError {
    /// The endpoint.
    #[error("--endpoint: {0}")]
    Endpoint(#[from] EndpointError),
    /// Signed without a key.
    #[error(
        "--auth signed needs --access-key-id and --secret-access-key, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )]
    NoCredentials,
    /// A text that no header can carry.
    #[error("--region, --access-key-id and --session-token must be visible ASCII characters without spaces")]
    NotVisible,
    /// A rate that is no positive number.
    #[error("--rate must be above 0 and at most 10,000,000 calls a second")]
    Rate,
    /// Nothing to measure.
    #[error("--duration must be above 0")]
    NoDuration,
    /// PutRecord of many.
    #[error("--operation put-record puts one record a call; --records-per-call is for put-records")]
    RecordsPerCall,
    /// More than the API takes.
    #[error("{0} records of {1} bytes are more than the 10 MiB that one PutRecords may hold")]
    CallTooLarge(u32, u32),
}

/// The most bytes of data and keys in one PutRecords.
const CALL_BYTES_MAX: u64 = 10 << 20;
/// A partition key as this tool writes it.
const KEY_BYTES: u64 = 16;

impl LoadArguments {
    /// The run these options ask for.
    pub(crate) fn plan(&self) -> Result<Plan, ArgumentsError> {
        if self.duration.is_zero() {
            return Err(ArgumentsError::NoDuration);
        }
        let begin_ns = whole_ns(self.warmup);
        let window = Window { begin_ns, end_ns: begin_ns + whole_ns(self.duration) };
        Ok(Plan {
            endpoint: self.target.endpoint()?,
            region: self.target.region.clone(),
            auth: self.target.auth()?,
            encoding: self.target.encoding,
            streams: self.target.streams(),
            work: self.work()?,
            connections: usize::from(self.connections),
            pace: self.pace()?,
            window,
            timeout_ns: whole_ns(self.target.timeout),
            records_max: self.records,
            read_shards_max: self.read_shards.map(|count| count as usize),
            seed: self.seed,
            server: self.server_pid.map(Server::Process),
        })
    }

    fn pace(&self) -> Result<Pace, ArgumentsError> {
        match self.rate {
            None => Ok(Pace::Closed),
            Some(rate) if rate > 0.0 && rate <= 1e7 => Ok(Pace::Open { calls_per_second: rate }),
            Some(_) => Err(ArgumentsError::Rate),
        }
    }

    fn work(&self) -> Result<Work, ArgumentsError> {
        let gets = Gets { limit: self.get_limit, from: self.from };
        Ok(match self.operation {
            Operation::PutRecords => Work::Put(self.puts(PutCall::Many(self.records_per_call.unwrap_or(500)))?),
            Operation::PutRecord if self.records_per_call.is_some() => return Err(ArgumentsError::RecordsPerCall),
            Operation::PutRecord => Work::Put(self.puts(PutCall::One)?),
            Operation::GetRecords => Work::Get(gets),
            Operation::Mixed => {
                let puts = self.puts(PutCall::Many(self.records_per_call.unwrap_or(500)))?;
                Work::Mixed { puts, gets, get_percent: self.get_percent }
            }
        })
    }

    fn puts(&self, call: PutCall) -> Result<Puts, ArgumentsError> {
        let bytes = u64::from(call.records()) * (u64::from(self.record_bytes) + KEY_BYTES);
        if matches!(call, PutCall::Many(_)) && bytes > CALL_BYTES_MAX {
            return Err(ArgumentsError::CallTooLarge(call.records(), self.record_bytes));
        }
        Ok(Puts { call, record_bytes: self.record_bytes as usize, keys: self.keys })
    }
}

impl Target {
    /// Where to.
    pub(crate) fn endpoint(&self) -> Result<Endpoint, ArgumentsError> {
        Ok(Endpoint { from: self.from_address, ..Endpoint::resolve(&self.endpoint)? })
    }

    /// Who asks.
    pub(crate) fn auth(&self) -> Result<Auth, ArgumentsError> {
        let credentials = match (&self.access_key_id, &self.secret_access_key) {
            (Some(id), Some(secret)) => Some(Credentials {
                access_key_id: id.clone(),
                secret_access_key: secret.clone(),
                session_token: self.session_token.clone(),
            }),
            _ => None,
        };
        let texts = [Some(&self.region), self.access_key_id.as_ref(), self.session_token.as_ref()];
        if texts.into_iter().flatten().any(|text| !text.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(ArgumentsError::NotVisible);
        }
        match (self.auth, credentials) {
            (Some(AuthKind::None), _) => Ok(Auth::None),
            (Some(AuthKind::Placeholder), _) | (None, None) => Ok(Auth::Placeholder),
            (Some(AuthKind::Signed) | None, Some(credentials)) => Ok(Auth::Signed(credentials)),
            (Some(AuthKind::Signed), None) => Err(ArgumentsError::NoCredentials),
        }
    }

    /// Which streams.
    pub(crate) fn streams(&self) -> Streams {
        Streams { name: self.stream.clone(), count: self.streams, shards: self.shards }
    }
}

/// Seconds, with a fraction; at most a day.
pub(crate) fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "give seconds, as in 10 or 0.5".to_owned())?;
    let within = (0.0..=86_400.0).contains(&seconds);
    if within { Ok(Duration::from_secs_f64(seconds)) } else { Err("give 0 to 86400 seconds".to_owned()) }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        load: LoadArguments,
    }

    fn plan(line: &str) -> Result<Plan, ArgumentsError> {
        let words = std::iter::once("load").chain(line.split_ascii_whitespace());
        Line::try_parse_from(words).expect("well-formed").load.plan()
    }

    #[test]
    fn options_become_a_plan() {
        let plan =
            plan("--operation put-records --records-per-call 10 --rate 2.5 --warmup 0.5 --duration 2 --auth none");
        let plan = plan.expect("valid");
        let puts = Puts { call: PutCall::Many(10), record_bytes: 1024, keys: Keys::Random };
        assert_eq!(plan.work, Work::Put(puts));
        assert_eq!(plan.pace, Pace::Open { calls_per_second: 2.5 });
        assert_eq!(plan.window, Window { begin_ns: 500_000_000, end_ns: 2_500_000_000 });
        assert_eq!(plan.auth, Auth::None);
    }

    #[test]
    fn options_that_do_not_go_together_are_refused_with_what_would() {
        let table = [
            ("--endpoint https://x", "--endpoint: \"https://x\" does not begin with http://"),
            ("--auth signed --access-key-id a", "--auth signed needs --access-key-id and --secret-access-key"),
            (
                "--access-key-id ä --secret-access-key b",
                "--region, --access-key-id and --session-token must be visible",
            ),
            ("--rate 0", "--rate must be above 0"),
            ("--rate NaN", "--rate must be above 0"),
            ("--duration 0", "--duration must be above 0"),
            ("--operation put-record --records-per-call 2", "--operation put-record puts one record a call"),
            ("--record-bytes 30000 --records-per-call 500", "500 records of 30000 bytes are more than the 10 MiB"),
        ];
        for (line, message) in table {
            let error = plan(line).expect_err(line).to_string();
            assert!(error.starts_with(message), "{line}: {error}");
        }
    }

    #[test]
    fn options_out_of_their_range_are_refused() {
        for line in [
            "--connections 0",
            "--records-per-call 501",
            "--shards 0",
            "--get-percent 100",
            "--warmup -1",
            "--warmup x",
        ] {
            let words = std::iter::once("load").chain(line.split_ascii_whitespace());
            assert!(Line::try_parse_from(words).is_err(), "{line}");
        }
    }
}
