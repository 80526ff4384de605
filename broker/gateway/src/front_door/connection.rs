//! One client's connection: HTTP/1.1 or HTTP/2 with prior knowledge, until it ends, is overdue, or the door closes.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tracing::debug;

use super::FrontDoor;
use super::bounds::{Bounds, CONNECTION_BYTES};
use super::dues::{Dues, Overdue};
use super::interior::Interior;
use super::permits::Client;
use super::socket::Socket;

/// A connection as its requests see it.
#[derive(Debug)]
pub(super) struct Connection {
    /// Whose turn it is.
    pub(super) client: Client,
    /// What it owes.
    pub(super) dues: Arc<Dues>,
}

/// How often an idle HTTP/2 peer is asked whether it is still there; it has the same time to answer.
const PING_EVERY: Duration = Duration::from_secs(20);

/// HTTP/2 counts 32 bytes a header beside its text and answers nothing but a status to what is larger; up to so many
/// times the bound a refusal says why.
const HTTP2_HEAD_FACTOR: usize = 2;

/// hyper, held to the bounds.
pub(super) fn http(bounds: &Bounds) -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    let buffer_bytes = usize::try_from(CONNECTION_BYTES).expect("64 KiB");
    // A half-closed client still wants its answer. What is late is seen by `Dues`, which knows an idle connection from
    // headers that do not come; hyper's own timer does not. A head that does not fit into the buffer, or has over 100
    // lines, is never seen whole: hyper refuses it with a bare 431. Room for more would be held by every connection.
    http.http1().half_close(true).max_buf_size(buffer_bytes).header_read_timeout(None);
    http.http2()
        .max_concurrent_streams(bounds.streams_max)
        .initial_connection_window_size(CONNECTION_BYTES)
        .initial_stream_window_size(CONNECTION_BYTES)
        .max_header_list_size(u32::try_from(HTTP2_HEAD_FACTOR * bounds.head_bytes_max).unwrap_or(u32::MAX))
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_EVERY);
    http
}

/// Serves a connection to its end. Once `closing` says so, requests that are running finish and no other begins.
pub(super) async fn serve<I: Interior>(
    door: Arc<FrontDoor<I>>,
    http: Arc<Builder<TokioExecutor>>,
    stream: TcpStream,
    peer: SocketAddr,
    mut closing: watch::Receiver<bool>,
) {
    let address: IpAddr = peer.ip();
    let dues = Arc::new(Dues::new(Arc::clone(&door.bounds)));
    let connection = Arc::new(Connection { client: Client::at(address), dues: Arc::clone(&dues) });
    let mut pressed = door.admission.pressed();
    let io = TokioIo::new(Socket::new(stream, Arc::clone(&dues)));
    let service = service_fn(move |request| {
        let (door, connection) = (Arc::clone(&door), Arc::clone(&connection));
        async move { Ok::<_, Infallible>(door.answer(&connection, request).await) }
    });
    let mut served = pin!(http.serve_connection(io, service));
    let mut look = pin!(sleep_until(Instant::now() + dues.soonest_due()));
    let mut told_to_close = false;
    loop {
        tokio::select! {
            end = served.as_mut() => {
                if let Err(error) = end {
                    debug!(%peer, %error, "connection ended");
                }
                return;
            }
            _ = closing.wait_for(|closing| *closing), if !told_to_close => {
                told_to_close = true;
                served.as_mut().graceful_shutdown();
            }
            Ok(()) = pressed.changed() => {
                if dues.stalls(Instant::now()) {
                    debug!(%peer, "connection dropped: others wait for what its answers hold");
                    return;
                }
            }
            () = look.as_mut() => match dues.overdue(Instant::now()) {
                Ok(next) => look.as_mut().reset(next),
                Err(Overdue::Idle) if !told_to_close => {
                    told_to_close = true;
                    served.as_mut().graceful_shutdown();
                    look.as_mut().reset(Instant::now() + dues.soonest_due());
                }
                Err(overdue) => {
                    debug!(%peer, ?overdue, "connection dropped");
                    return;
                }
            },
        }
    }
}
