//! A client's socket as hyper reads it, with [`Framing`] looking on. It changes no byte.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::dues::Dues;
use super::framing::Framing;

/// A socket that tells its connection what it sees.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    framing: Framing,
    dues: Arc<Dues>,
}

impl Socket {
    /// A socket just accepted.
    pub(super) fn new(stream: TcpStream, dues: Arc<Dues>) -> Self {
        Self { stream, framing: Framing::new(), dues }
    }
}

impl Socket {
    fn note_taken(&self, polled: &Poll<io::Result<usize>>) {
        if matches!(polled, Poll::Ready(Ok(1..))) {
            self.dues.taken();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, into);
        let read = &into.filled()[before..];
        if !read.is_empty() {
            let seen = self.framing.read(read);
            self.dues.arrived(seen);
        }
        polled
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note_taken(&polled);
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.note_taken(&polled);
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;
    use tokio::time::{Instant, sleep};

    use super::super::bounds::Bounds;
    use super::*;

    #[tokio::test]
    async fn what_is_written_is_taken() {
        let mut bounds = Bounds::within(Bounds::MEMORY_BYTES_MIN).unwrap();
        bounds.pressed_stall_max = Duration::from_millis(20);
        let dues = Arc::new(Dues::new(Arc::new(bounds)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (client, accepted) = tokio::join!(client, listener.accept());
        let mut socket = Socket::new(accepted.unwrap().0, Arc::clone(&dues));
        let _answer = dues.answer(2);
        for vectored in [false, true] {
            sleep(Duration::from_millis(20)).await;
            assert!(dues.stalls(Instant::now()));
            let before = Instant::now();
            let written = if vectored {
                socket.write_vectored(&[io::IoSlice::new(b"a")]).await
            } else {
                socket.write(b"a").await
            };
            assert_eq!(written.unwrap(), 1);
            assert!(!dues.stalls(before));
        }
        drop(client);
    }
}
