//! Requests written by hand, for what an SDK does not show: the headers of an answer, a body that is still on its way.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than the server may take over anything.
const PATIENCE: Duration = Duration::from_secs(40);

/// An answer and the end of its connection.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The status line and the headers, in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The value of a metric without labels, in an answer of `/metrics`.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let value = self.body.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.expect("the metric is there").parse().expect("a whole number")
    }
}

/// Asks the admin port.
pub(crate) fn get(address: SocketAddr, path: &str) -> Answer {
    let mut stream = connect(address);
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("a request is sent");
    answer(&mut stream)
}

/// Asks for an operation.
pub(crate) fn post(address: SocketAddr, operation: &str, body: &str) -> Answer {
    let mut stream = connect(address);
    let request = head(operation, body.len()) + body;
    stream.write_all(request.as_bytes()).expect("a request is sent");
    answer(&mut stream)
}

/// The head of an unsigned request whose body has so many bytes, and after which the connection ends.
pub(crate) fn head(operation: &str, length: usize) -> String {
    format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: Kinesis_20131202.{operation}\r\n\
         Content-Type: application/x-amz-json-1.1\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )
}

/// A connection that does not wait for ever.
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("not zero");
    stream
}

/// Reads to the end of the connection; a client that goes on sending may see it reset after the answer.
pub(crate) fn answer(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "no end of the connection: {error}");
    }
    let text = String::from_utf8(bytes).expect("answers are text");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
    Answer { status, head: head.to_lowercase(), body: body.to_owned() }
}
