//! Calls that prepare a load: creating streams, waiting until they are ACTIVE, listing shards. One at a time, in JSON,
//! over the same connection code as the load.

use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clock::{Stopwatch, wall_s, whole_ns};
use crate::http::endpoint::Endpoint;
use crate::http::request_head::{Encoding, RequestFacts, request_head};
use crate::http::signature::Signer;

use super::answer::error_type;
use super::bodies::Request;
use super::connection::{Connection, Step};
use super::plan::Streams;

/// How long streams may take to become ACTIVE, each: AWS says "up to a minute", and a cluster starts a pod.
const ACTIVE_WITHIN: Duration = Duration::from_mins(2);
/// When their status is asked for again: soon at first, for a thousand streams of a server on this machine; at last no
/// more often than AWS allows calls.
const ASK_AGAIN: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(200));
/// AWS lists at most 10,000 shards a page, and a stream of this design has at most 10,000.
const SHARD_PAGES_MAX: usize = 100;

/// A client for calls that are not measured.
#[derive(Debug)]
pub(crate) struct Control {
    endpoint: Endpoint,
    signer: Signer,
    connection: Connection,
    timeout_ns: u64,
}

/// A call that prepares the load failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    /// No connection.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// Where to.
        address: std::net::SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// No answer.
    #[error("{operation}: {reason}")]
    NoAnswer {
        /// What was called.
        operation: &'static str,
        /// What happened instead.
        reason: String,
    },
    /// An error was answered.
    #[error("{operation} was answered with {error_type}: {body}")]
    Refused {
        /// What was called.
        operation: &'static str,
        /// The error's type.
        error_type: String,
        /// The whole answer.
        body: String,
    },
    /// An answer that is not of the model's form.
    #[error("{operation}: malformed answer: {source}")]
    Malformed {
        /// What was called.
        operation: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A stream did not become ACTIVE.
    #[error("stream {stream} is {status} after {} s", ACTIVE_WITHIN.as_secs())]
    NotActive {
        /// Its name.
        stream: String,
        /// Its status.
        status: String,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreateStream<'a> {
    stream_name: &'a str,
    shard_count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StreamName<'a> {
    stream_name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NextToken<'a> {
    next_token: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    stream_description_summary: SummaryFields,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SummaryFields {
    stream_status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Shards {
    shards: Vec<Shard>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Shard {
    shard_id: String,
}

impl Control {
    /// A client that is not connected yet.
    pub(crate) fn new(endpoint: Endpoint, signer: Signer, timeout_ns: u64) -> Self {
        let connection = Connection::new(&endpoint);
        Self { endpoint, signer, connection, timeout_ns }
    }

    /// Creates the streams that do not exist and waits until every one is ACTIVE.
    pub(crate) fn create(&mut self, streams: &Streams) -> Result<(), ControlError> {
        for name in streams.names() {
            // One after the other: AWS lets an account have five streams in CREATING.
            match self.send("CreateStream", &CreateStream { stream_name: &name, shard_count: streams.shards }) {
                Ok(_) => {}
                Err(ControlError::Refused { error_type, .. }) if error_type == "ResourceInUseException" => {}
                Err(error) => return Err(error),
            }
            self.wait_active(&name)?;
        }
        Ok(())
    }

    fn wait_active(&mut self, stream: &str) -> Result<(), ControlError> {
        let waited = Stopwatch::start();
        let mut pause = ASK_AGAIN.0;
        loop {
            let summary: Summary = self.call("DescribeStreamSummary", &StreamName { stream_name: stream })?;
            let status = summary.stream_description_summary.stream_status;
            if status == "ACTIVE" {
                return Ok(());
            }
            if waited.now_ns() > whole_ns(ACTIVE_WITHIN) {
                return Err(ControlError::NotActive { stream: stream.to_owned(), status });
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(ASK_AGAIN.1);
        }
    }

    /// The ids of all shards of a stream, closed ones included.
    pub(crate) fn shards(&mut self, stream: &str) -> Result<Vec<String>, ControlError> {
        let mut page: Shards = self.call("ListShards", &StreamName { stream_name: stream })?;
        let mut ids = Vec::new();
        for _ in 0..SHARD_PAGES_MAX {
            ids.extend(page.shards.drain(..).map(|shard| shard.shard_id));
            match page.next_token.take() {
                Some(token) => page = self.call("ListShards", &NextToken { next_token: &token })?,
                None => break,
            }
        }
        Ok(ids)
    }

    fn call<T: DeserializeOwned>(
        &mut self,
        operation: &'static str,
        input: &impl Serialize,
    ) -> Result<T, ControlError> {
        let body = self.send(operation, input)?;
        serde_json::from_slice(&body).map_err(|source| ControlError::Malformed { operation, source })
    }

    /// The body of a successful answer.
    fn send(&mut self, operation: &'static str, input: &impl Serialize) -> Result<Vec<u8>, ControlError> {
        let body = serde_json::to_vec(input).expect("texts and numbers");
        let facts = RequestFacts {
            operation,
            encoding: Encoding::Json,
            body_bytes: body.len(),
            body_sha256: &Sha256::digest(&body).into(),
            wall_s: wall_s(),
        };
        let head = request_head(&self.endpoint.authority, &mut self.signer, facts);
        let request = Request { pieces: [head.into(), body.into(), Arc::from([])] };
        let address = self.endpoint.address;
        self.connection.open().map_err(|source| ControlError::Connect { address, source })?;
        let mut step = self.connection.begin(request);
        let waited = Stopwatch::start();
        loop {
            let reason = match step {
                Step::Answered(answer) => {
                    let body = self.connection.body(&answer).to_vec();
                    self.connection.finish(&answer);
                    return success(operation, answer.status, body);
                }
                Step::Waiting if waited.now_ns() < self.timeout_ns => None,
                Step::Waiting => Some(format!("no answer within {:?}", Duration::from_nanos(self.timeout_ns))),
                Step::Failed(kind) => Some(kind.to_owned()),
            };
            if let Some(reason) = reason {
                self.connection.close();
                return Err(ControlError::NoAnswer { operation, reason });
            }
            self.wait_readable();
            step = self.connection.step();
        }
    }

    /// Waits for bytes, at most 100 ms: a signal or an error ends the wait, and the caller asks the socket anyway.
    fn wait_readable(&self) {
        if let Some(socket) = self.connection.socket() {
            let at_most = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
            let _ = poll(&mut [PollFd::new(socket, PollFlags::IN)], Some(&at_most));
        }
    }
}

fn success(operation: &'static str, status: u16, body: Vec<u8>) -> Result<Vec<u8>, ControlError> {
    if status == 200 {
        return Ok(body);
    }
    let error_type = error_type(Encoding::Json, status, &body);
    Err(ControlError::Refused { operation, error_type, body: String::from_utf8_lossy(&body).into_owned() })
}
