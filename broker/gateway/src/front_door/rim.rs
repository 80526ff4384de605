//! What the front door asks of the process around it: the time, randomness, and somebody who counts.

use std::net::IpAddr;
use std::time::Duration;

use forebay_protocol::words::TimestampMs;
use http::StatusCode;

/// The process's clocks. (Waits use tokio's clock, which a test can own as well.)
pub trait Clock: Send + Sync + 'static {
    /// The wall clock: what signatures and tokens are judged by.
    fn wall(&self) -> TimestampMs;

    /// Microseconds on a clock that never steps, for latencies.
    fn monotonic_us(&self) -> u64;
}

/// The process's source of request ids.
pub trait RequestIds: Send + Sync + 'static {
    /// 128 bits that no other request has.
    fn next(&self) -> u128;
}

/// Somebody who counts what passes the front door. Called in the middle of requests: it may not wait.
pub trait Observe: Send + Sync + 'static {
    /// A connection was accepted and let in.
    fn connection_opened(&self) {}

    /// A connection that was let in has ended.
    fn connection_closed(&self) {}

    /// A connection was closed as soon as it was accepted: there are as many as there may be.
    fn connection_refused(&self, _client: IpAddr, _limit: ConnectionLimit) {}

    /// A request was answered.
    fn answered(&self, _request: &AnsweredRequest<'_>) {}
}

/// The limit that a connection met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionLimit {
    /// Of all connections.
    Total,
    /// Of one client address.
    PerClient,
}

/// A request that was answered.
#[derive(Debug, Clone, Copy)]
pub struct AnsweredRequest<'a> {
    /// The operation, if the request named one of the 57.
    pub operation: Option<&'static str>,
    /// The answer's status.
    pub status: StatusCode,
    /// The error's type, if it is one.
    pub error: Option<&'a str>,
    /// The length in bytes of what was read of the body; 0 of a body in chunks.
    pub received_bytes: u64,
    /// The answer's length in bytes.
    pub answered_bytes: u64,
    /// From the end of the request's headers to the answer.
    pub took: Duration,
}
