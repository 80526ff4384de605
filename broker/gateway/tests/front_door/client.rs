//! A client that writes bytes, not requests, and says what it reads.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// Longer than anything a test waits for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    unread: Vec<u8>,
}

/// An answer as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What the end of a connection looked like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Closed in order.
    Closed,
    /// Reset: what was on its way may be lost.
    Reset,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::connect_from([127, 0, 0, 1].into(), address).await
    }

    /// Connects from an address of its own.
    pub(crate) async fn connect_from(own: IpAddr, address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::new(own, 0)).expect("a loopback address");
        let stream = timeout(PATIENCE, socket.connect(address)).await.expect("in time").expect("somebody listens");
        Self { stream, unread: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        timeout(PATIENCE, self.stream.write_all(bytes)).await.expect("in time").expect("still open");
    }

    /// Reads one answer; `None` if the connection ends before a byte of it.
    pub(crate) async fn answer(&mut self) -> Option<Answer> {
        timeout(PATIENCE, self.read_answer()).await.expect("in time")
    }

    async fn read_answer(&mut self) -> Option<Answer> {
        let head_end = loop {
            if let Some(position) = self.unread.windows(4).position(|window| window == b"\r\n\r\n") {
                break position + 4;
            }
            if !self.read_more().await {
                assert!(self.unread.is_empty(), "an answer that broke off: {:?}", self.unread);
                return None;
            }
        };
        let head: Vec<u8> = self.unread.drain(..head_end).collect();
        let head = String::from_utf8(head).expect("heads are text");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
        let status = status.parse().expect("a number");
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers: Vec<_> = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        let mut answer = Answer { status, headers, body: Vec::new() };
        let length: usize = answer.header("content-length").map_or(0, |length| length.parse().expect("a number"));
        while self.unread.len() < length {
            assert!(self.read_more().await, "a body that broke off");
        }
        answer.body = self.unread.drain(..length).collect();
        Some(answer)
    }

    async fn read_more(&mut self) -> bool {
        let mut buffer = vec![0; 64 * 1024];
        let read = self.stream.read(&mut buffer).await.unwrap_or(0);
        self.unread.extend_from_slice(&buffer[..read]);
        read > 0
    }

    /// Reads to the end of the connection.
    pub(crate) async fn end(&mut self) -> End {
        let mut rest = Vec::new();
        match timeout(PATIENCE, self.stream.read_to_end(&mut rest)).await.expect("in time") {
            Ok(_) => End::Closed,
            Err(_) => End::Reset,
        }
    }

    /// Whether the connection ends within a time.
    pub(crate) async fn ends_within(&mut self, time: Duration) -> bool {
        let mut rest = Vec::new();
        timeout(time, self.stream.read_to_end(&mut rest)).await.is_ok()
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }
}

/// A JSON request of an operation, with more header lines, each with its line end.
pub(crate) fn request(operation: &str, headers: &str, body: &str) -> Vec<u8> {
    let mut request = head(operation, &format!("Content-Length: {}\r\n{headers}", body.len()));
    request.extend_from_slice(body.as_bytes());
    request
}

/// The head of a JSON request of an operation, with more header lines, each with its line end.
pub(crate) fn head(operation: &str, headers: &str) -> Vec<u8> {
    format!(
        "POST / HTTP/1.1\r\nHost: localhost:4567\r\nX-Amz-Target: Kinesis_20131202.{operation}\r\n\
         Content-Type: application/x-amz-json-1.1\r\n{headers}\r\n"
    )
    .into_bytes()
}
