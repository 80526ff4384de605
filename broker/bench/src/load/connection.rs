//! One connection with at most one call in flight: a non-blocking socket, what is still to be sent of the request, what
//! has arrived of the answer. It may not decide what to send.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, socket_with};

use crate::http::answer_frame::{Answer, AnswerReader, Connection as AfterAnswer};
use crate::http::endpoint::Endpoint;

use super::bodies::Request;

/// How long a connection may take; nothing else happens meanwhile, so it is no longer than a lost packet explains.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// A connection, open or to be opened by the next call.
#[derive(Debug)]
pub(crate) struct Connection {
    endpoint: Endpoint,
    socket: Option<TcpStream>,
    outgoing: Option<Outgoing>,
    reader: AnswerReader,
}

#[derive(Debug)]
struct Outgoing {
    request: Request,
    sent: usize,
}

/// What a step came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// The answer is not whole yet.
    Waiting,
    /// The answer is whole.
    Answered(Answer),
    /// The connection is gone and with it the call; the text is an error type.
    Failed(&'static str),
}

impl Connection {
    /// Not yet connected.
    pub(crate) fn new(endpoint: &Endpoint) -> Self {
        Self { endpoint: endpoint.clone(), socket: None, outgoing: None, reader: AnswerReader::new() }
    }

    /// Connects where there is no connection; returns the new socket, which wants to be watched.
    pub(crate) fn open(&mut self) -> std::io::Result<Option<&TcpStream>> {
        if self.socket.is_some() {
            return Ok(None);
        }
        let socket = connect(&self.endpoint)?;
        Ok(Some(self.socket.insert(socket)))
    }

    /// The socket, where there is one.
    pub(crate) fn socket(&self) -> Option<&TcpStream> {
        self.socket.as_ref()
    }

    /// Begins a call; the one before must have ended.
    pub(crate) fn begin(&mut self, request: Request) -> Step {
        self.reader.reset();
        self.outgoing = Some(Outgoing { request, sent: 0 });
        self.send().unwrap_or_else(|failed| self.fail(failed))
    }

    /// Sends and receives what the socket takes and gives.
    pub(crate) fn step(&mut self) -> Step {
        let sent = self.send();
        // An answer may come before the whole request is sent, and explains why the rest was not taken.
        match (self.receive(), sent) {
            (Ok(Step::Waiting), Err(failed)) | (Err(failed), _) => self.fail(failed),
            (Ok(step), _) => step,
        }
    }

    /// Notices what arrives on a connection without a call: only its end may.
    pub(crate) fn idle_event(&mut self) {
        let mut byte = [0];
        let alive = self.socket.as_mut().map(|socket| socket.read(&mut byte));
        if !matches!(alive, Some(Err(error)) if error.kind() == ErrorKind::WouldBlock) {
            self.close();
        }
    }

    /// Gives up the call and the connection.
    pub(crate) fn close(&mut self) {
        self.socket = None;
        self.outgoing = None;
        self.reader.reset();
    }

    /// The body of an answer.
    pub(crate) fn body(&self, answer: &Answer) -> &[u8] {
        self.reader.bytes(&answer.body)
    }

    /// Makes ready for the next call once the answer has been read.
    pub(crate) fn finish(&mut self, answer: &Answer) {
        if self.outgoing.is_some() || answer.connection == AfterAnswer::Closes {
            self.close();
        }
    }

    fn fail(&mut self, kind: &'static str) -> Step {
        self.close();
        Step::Failed(kind)
    }

    fn send(&mut self) -> Result<Step, &'static str> {
        let (Some(socket), Some(outgoing)) = (&mut self.socket, &mut self.outgoing) else { return Ok(Step::Waiting) };
        loop {
            let pieces = outgoing.request.unsent(outgoing.sent);
            if pieces.iter().all(|piece| piece.is_empty()) {
                self.outgoing = None;
                return Ok(Step::Waiting);
            }
            match socket.write_vectored(&pieces) {
                Ok(0) => return Err("connection closed"),
                Ok(count) => outgoing.sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Step::Waiting),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(failure(&error)),
            }
        }
    }

    fn receive(&mut self) -> Result<Step, &'static str> {
        let Some(socket) = &mut self.socket else { return Err("connection closed") };
        loop {
            match socket.read(self.reader.space()) {
                Ok(0) => return Err("connection closed"),
                Ok(count) => match self.reader.received(count) {
                    Ok(Some(answer)) => return Ok(Step::Answered(answer)),
                    Ok(None) => {}
                    Err(_) => return Err("malformed answer"),
                },
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Step::Waiting),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(failure(&error)),
            }
        }
    }
}

/// Opens a socket that does not block.
pub(crate) fn connect(endpoint: &Endpoint) -> std::io::Result<TcpStream> {
    let socket = match endpoint.from {
        None => TcpStream::connect_timeout(&endpoint.address, CONNECT_WITHIN)?,
        Some(from) => connect_from(from, endpoint.address)?,
    };
    socket.set_nodelay(true)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// The standard library cannot choose the source address.
fn connect_from(from: IpAddr, to: SocketAddr) -> std::io::Result<TcpStream> {
    let family = if from.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    bind(&socket, &SocketAddr::new(from, 0))?;
    rustix::net::connect(&socket, &to)?;
    Ok(TcpStream::from(socket))
}

fn failure(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => "connection reset",
        _ => "connection failed",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;
    use std::sync::Arc;

    use super::*;

    fn request(pieces: [&str; 3]) -> Request {
        Request { pieces: pieces.map(|piece| Arc::from(piece.as_bytes())) }
    }

    /// Steps until the call ends.
    fn outcome(connection: &mut Connection) -> Step {
        for _ in 0..10_000 {
            match connection.step() {
                Step::Waiting => std::thread::yield_now(),
                step => return step,
            }
        }
        panic!("no answer");
    }

    #[test]
    fn a_call_ends_with_its_answer_or_with_the_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut connection = Connection::new(&Endpoint::at(listener.local_addr().expect("bound")));
        assert!(connection.open().expect("connects").is_some());
        assert!(connection.open().expect("is connected").is_none());
        let (mut server, _) = listener.accept().expect("connected");
        assert_eq!(connection.begin(request(["POST", " ", "x"])), Step::Waiting);
        let mut received = [0; 6];
        server.read_exact(&mut received).expect("sent");
        assert_eq!(&received, b"POST x");
        server.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").expect("taken");
        let Step::Answered(answer) = outcome(&mut connection) else { panic!("no answer") };
        assert_eq!(connection.body(&answer), b"ok");
        connection.finish(&answer);
        assert_eq!(connection.begin(request(["a", "b", "c"])), Step::Waiting);
        drop(server);
        assert!(matches!(outcome(&mut connection), Step::Failed("connection closed" | "connection reset")));
        assert!(connection.open().expect("connects again").is_some());
    }

    #[test]
    fn a_connection_may_come_from_another_address() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut endpoint = Endpoint::at(listener.local_addr().expect("bound"));
        endpoint.from = Some(IpAddr::from([127, 0, 0, 2]));
        let _socket = connect(&endpoint).expect("all of 127/8 is this machine");
        let (_, peer) = listener.accept().expect("connected");
        assert_eq!(peer.ip(), IpAddr::from([127, 0, 0, 2]));
    }

    #[test]
    fn a_connection_that_ends_between_calls_is_opened_again() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut connection = Connection::new(&Endpoint::at(listener.local_addr().expect("bound")));
        connection.open().expect("connects");
        connection.idle_event();
        assert!(connection.open().expect("is connected").is_none(), "nothing happened");
        drop(listener.accept().expect("connected"));
        while connection.open().expect("connects again").is_none() {
            connection.idle_event();
        }
    }
}
