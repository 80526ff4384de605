//! Clients that push large puts over many connections and never read an answer: what a server must survive within its
//! memory budget while it serves others.

use std::io::{ErrorKind, IoSlice, Write};
use std::net::TcpStream;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::clock::{Stopwatch, float, wall_s, whole_ns};
use crate::http::signature::Signer;
use crate::load::arguments::{ArgumentsError, Output, Target, parse_seconds};
use crate::load::bodies::{PutRequests, Request};
use crate::load::connection::connect;
use crate::load::plan::{Keys, PutCall, Puts};

/// Ten records that make a JSON body of just under 10 MiB.
const PUTS: Puts = Puts { call: PutCall::Many(10), record_bytes: 786_000, keys: Keys::Random };
/// How long every socket is left alone when none takes more.
const PAUSE: Duration = Duration::from_millis(5);

/// Push puts of 10 MiB over many connections and never read an answer.
#[derive(Debug, Clone, Args)]
pub(crate) struct UnreadArguments {
    #[command(flatten)]
    pub(crate) target: Target,

    /// Connections.
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub(crate) connections: u16,

    /// Seconds to go on for.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = parse_seconds)]
    pub(crate) duration: Duration,

    /// How to report, on standard output.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// What was pushed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Pushed {
    /// Seconds it went on for.
    pub(crate) seconds: f64,
    /// Bytes the sockets took.
    pub(crate) bytes: u64,
    /// Whole requests the sockets took.
    pub(crate) requests: u64,
    /// Connections that the server ended, each replaced by a new one.
    pub(crate) ended_by_server: u64,
    /// Connections that could not be made.
    pub(crate) refused: u64,
}

impl Pushed {
    /// For people.
    pub(crate) fn text(&self) -> String {
        let Self { seconds, bytes, requests, ended_by_server, refused } = self;
        format!(
            "pushed {:.1} MB in {seconds:.1} s: {requests} whole requests; {ended_by_server} connections ended by the \
             server, {refused} refused\n",
            float(*bytes) / 1e6
        )
    }
}

/// One connection and the request it pushes.
struct Pusher {
    socket: TcpStream,
    request: Request,
    sent: usize,
}

/// Pushes for as long as the options say.
pub(crate) fn push(arguments: &UnreadArguments) -> Result<Pushed, ArgumentsError> {
    let endpoint = arguments.target.endpoint()?;
    let mut signer = Signer::new(arguments.target.auth()?, arguments.target.region.clone());
    let mut requests = PutRequests::build(&endpoint, arguments.target.encoding, &arguments.target.streams(), PUTS, 1);
    let mut pushers: Vec<Option<Pusher>> = (0..arguments.connections).map(|_| None).collect();
    let mut pushed = Pushed { seconds: 0.0, bytes: 0, requests: 0, ended_by_server: 0, refused: 0 };
    let clock = Stopwatch::start();
    while clock.now_ns() < whole_ns(arguments.duration) {
        let before = pushed.bytes;
        for pusher in &mut pushers {
            let mut next = || requests.next(&mut signer, wall_s());
            if let Some(open) = pusher {
                if open.push(&mut pushed, next).is_err() {
                    pushed.ended_by_server += 1;
                    *pusher = None;
                }
            } else if let Ok(socket) = connect(&endpoint) {
                *pusher = Some(Pusher { socket, request: next(), sent: 0 });
            } else {
                pushed.refused += 1;
            }
        }
        if pushed.bytes == before {
            std::thread::sleep(PAUSE);
        }
    }
    pushed.seconds = float(clock.now_ns()) / 1e9;
    Ok(pushed)
}

impl Pusher {
    /// Writes what the socket takes at once; a request that is out is followed by the next one.
    fn push(&mut self, pushed: &mut Pushed, next: impl FnOnce() -> Request) -> std::io::Result<()> {
        let pieces = self.request.unsent(self.sent);
        if pieces.iter().all(|piece| piece.is_empty()) {
            (self.request, self.sent) = (next(), 0);
            pushed.requests += 1;
            return Ok(());
        }
        match self.socket.write_vectored(&pieces as &[IoSlice<'_>]) {
            Ok(count) => {
                self.sent += count;
                pushed.bytes += count as u64;
                Ok(())
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
