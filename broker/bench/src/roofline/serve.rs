//! A minimal HTTP/1.1 server: one thread, one epoll, keep-alive, `content-length` only. It hashes bodies as they arrive,
//! while they are in the cache, and leaves the rest to a [`Work`]. It may serve this tool's own client only: what that
//! does not send is not understood.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::event::{EventfdFlags, eventfd};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use sha2::{Digest, Sha256};

/// Bytes asked of a socket at once: large enough to be few calls, small enough to be hashed while in the cache.
const READ_BYTES: usize = 256 << 10;
const EVENTS_MAX: usize = 64;
const LISTENER: u64 = u64::MAX;
const WAKE: u64 = u64::MAX - 1;

/// When an answer may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    /// At once.
    Now,
    /// When [`Waker::release`] names the connection.
    Later,
}

/// What is done with a request.
pub(crate) trait Work {
    /// Reads a body and writes the whole answer, head included, into `answer`.
    fn request(&mut self, connection: usize, operation: &[u8], body: &[u8], answer: &mut Vec<u8>) -> Reply;
}

/// Whether bodies are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hashing {
    /// SHA-256, as verifying a signature needs.
    Bodies,
    /// Not at all.
    Nothing,
}

/// Tells the server from another thread.
#[derive(Debug, Clone)]
pub(crate) struct Waker(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    released: Mutex<Vec<usize>>,
    stopped: AtomicBool,
    wake: OwnedFd,
}

impl Waker {
    /// A waker for one server.
    pub(crate) fn new() -> Result<Self, Errno> {
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self(Arc::new(Shared { released: Mutex::default(), stopped: AtomicBool::new(false), wake })))
    }

    /// The answers of these connections may be sent.
    pub(crate) fn release(&self, connections: impl IntoIterator<Item = usize>) {
        self.0.released.lock().unwrap_or_else(PoisonError::into_inner).extend(connections);
        self.wake();
    }

    /// The server shall end.
    pub(crate) fn stop(&self) {
        self.0.stopped.store(true, Ordering::Release);
        self.wake();
    }

    fn wake(&self) {
        // Fails only when a wake-up is already pending.
        let _ = rustix::io::write(&self.0.wake, &1_u64.to_ne_bytes());
    }
}

#[derive(Debug)]
struct Connection {
    socket: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
    head: Option<Head>,
    hash: Sha256,
    hashed: usize,
    answer: Vec<u8>,
    answering: Answering,
}

/// How far the answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answering {
    /// There is none, or it is sent.
    Done,
    /// It is written and waits for [`Waker::release`].
    Held,
    /// So many bytes of it are sent.
    Sending(usize),
}

#[derive(Debug, Clone)]
struct Head {
    operation: Vec<u8>,
    body: usize,
    end: usize,
}

/// The server; [`Server::run`] is its thread.
pub(crate) struct Server<W> {
    listener: TcpListener,
    epoll: OwnedFd,
    connections: Vec<Option<Connection>>,
    waker: Waker,
    hashing: Hashing,
    work: W,
}

impl<W: Work> Server<W> {
    /// Listens on a free port of the loopback.
    pub(crate) fn bind(waker: Waker, hashing: Hashing, work: W) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, &listener, EventData::new_u64(LISTENER), EventFlags::IN)?;
        epoll::add(&epoll, &waker.0.wake, EventData::new_u64(WAKE), EventFlags::IN)?;
        Ok(Self { listener, epoll, connections: Vec::new(), waker, hashing, work })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until [`Waker::stop`].
    pub(crate) fn run(mut self) -> std::io::Result<()> {
        let mut events = Vec::with_capacity(EVENTS_MAX);
        while !self.waker.0.stopped.load(Ordering::Acquire) {
            match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            for event in events.drain(..) {
                match event.data.u64() {
                    LISTENER => self.accept()?,
                    WAKE => self.send_released(),
                    index => self.serve(usize::try_from(index).expect("the index of a connection")),
                }
            }
        }
        Ok(())
    }

    fn accept(&mut self) -> std::io::Result<()> {
        while let Ok((socket, _)) = self.listener.accept() {
            socket.set_nonblocking(true)?;
            socket.set_nodelay(true)?;
            let index = self.connections.len() as u64;
            let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
            epoll::add(&self.epoll, &socket, EventData::new_u64(index), flags)?;
            self.connections.push(Some(Connection::new(socket)));
        }
        Ok(())
    }

    fn send_released(&mut self) {
        let mut count = [0; 8];
        let _ = rustix::io::read(&self.waker.0.wake, &mut count);
        let released = std::mem::take(&mut *self.waker.0.released.lock().unwrap_or_else(PoisonError::into_inner));
        for index in released {
            if self.connections[index].as_mut().is_some_and(|connection| connection.send_held().is_err()) {
                self.connections[index] = None;
            }
        }
    }

    /// Receives, works and answers as far as a connection allows.
    fn serve(&mut self, index: usize) {
        let Some(connection) = &mut self.connections[index] else { return };
        let received = connection.send().and_then(|()| connection.receive(self.hashing));
        let done = received.and_then(|head| match head {
            None => Ok(()),
            Some(head) => {
                connection.answer.clear();
                let body = &connection.buffer[head.body..head.end];
                let reply = self.work.request(index, &head.operation, body, &mut connection.answer);
                connection.answer_later();
                if reply == Reply::Now { connection.send_held() } else { Ok(()) }
            }
        });
        if done.is_err() {
            self.connections[index] = None;
        }
    }
}

impl Connection {
    fn new(socket: TcpStream) -> Self {
        Self {
            socket,
            buffer: vec![0; READ_BYTES],
            filled: 0,
            head: None,
            hash: Sha256::new(),
            hashed: 0,
            answer: Vec::new(),
            answering: Answering::Done,
        }
    }

    /// Reads until a request is whole or nothing more is there.
    fn receive(&mut self, hashing: Hashing) -> std::io::Result<Option<Head>> {
        loop {
            let space = self.space();
            match self.socket.read(&mut self.buffer[self.filled..space]) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            if self.head.is_none() {
                self.head = read_head(&self.buffer[..self.filled])?;
                self.hashed = self.head.as_ref().map_or(0, |head| head.body);
            }
            if let Some(head) = &self.head {
                if hashing == Hashing::Bodies {
                    self.hash.update(&self.buffer[self.hashed..self.filled]);
                    self.hashed = self.filled;
                }
                if self.filled >= head.end {
                    // What verification would compare.
                    std::hint::black_box(self.hash.finalize_reset());
                    return Ok(self.head.take());
                }
            }
        }
    }

    /// Where the next read shall end, with room made for it.
    fn space(&mut self) -> usize {
        let end = self.head.as_ref().map_or(usize::MAX, |head| head.end).min(self.filled + READ_BYTES);
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        end
    }

    /// Makes ready for the next request; the answer is there, and held.
    fn answer_later(&mut self) {
        self.filled = 0;
        self.answering = Answering::Held;
    }

    fn send_held(&mut self) -> std::io::Result<()> {
        self.answering = Answering::Sending(0);
        self.send()
    }

    fn send(&mut self) -> std::io::Result<()> {
        while let Answering::Sending(sent) = self.answering {
            if sent == self.answer.len() {
                self.answering = Answering::Done;
                break;
            }
            match self.socket.write(&self.answer[sent..]) {
                Ok(count) => self.answering = Answering::Sending(sent + count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The operation and the length: the two header lines that matter, as this tool writes them.
fn read_head(bytes: &[u8]) -> std::io::Result<Option<Head>> {
    let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else { return Ok(None) };
    let (mut operation, mut length) = (None, None);
    for line in bytes[..end].split(|byte| *byte == b'\n') {
        if let Some(value) = line.strip_prefix(b"x-amz-target: Kinesis_20131202.") {
            operation = Some(value.trim_ascii_end().to_vec());
        } else if let Some(value) = line.strip_prefix(b"content-length: ") {
            length = std::str::from_utf8(value.trim_ascii_end()).ok().and_then(|digits| digits.parse::<usize>().ok());
        }
    }
    let (Some(operation), Some(length)) = (operation, length) else { return Err(ErrorKind::InvalidData.into()) };
    let body = end + 4;
    Ok(Some(Head { operation, body, end: body + length }))
}
