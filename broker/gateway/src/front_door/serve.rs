//! The accept loop: who is let in, and how everybody is let out.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::{info, warn};

use super::FrontDoor;
use super::connection;
use super::interior::Interior;
use super::permits::Client;
use super::rim::ConnectionLimit;

/// How long nothing is accepted after accepting failed, as it does without file descriptors: long enough not to spin,
/// short enough that a client does not notice.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves clients of `listener` until `shutdown` resolves; then accepts no more, lets the requests that are running
/// finish, for at most the bounds' `drain_max`, and returns.
pub async fn serve<I: Interior>(listener: TcpListener, door: Arc<FrontDoor<I>>, shutdown: impl Future<Output = ()>) {
    let (close, closing) = watch::channel(false);
    let http = Arc::new(connection::http(&door.bounds));
    let places = Arc::new(Places::default());
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = shutdown.as_mut() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let Some(place) = let_in(&door, &places, &stream, peer) else { continue };
                    let (door, http, closing) = (Arc::clone(&door), Arc::clone(&http), closing.clone());
                    connections.spawn(async move {
                        let observe = Arc::clone(&door.observe);
                        observe.connection_opened();
                        connection::serve(door, http, stream, peer, closing).await;
                        drop(place);
                        observe.connection_closed();
                    });
                }
                Err(error) => {
                    warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    close.send_replace(true);
    info!(connections = connections.len(), "draining");
    if timeout(door.bounds.drain_max, drained(&door, &mut connections)).await.is_err() {
        warn!(connections = connections.len(), "requests were still running when the time to finish was over");
        connections.shutdown().await;
    }
}

/// Resolves when all connections have ended. Whoever takes nothing of an answer is not waited for: what did not fit into
/// its socket was read from a stream, and can be read again.
async fn drained<I: Interior>(door: &FrontDoor<I>, connections: &mut JoinSet<()>) {
    loop {
        tokio::select! {
            ended = connections.join_next() => if ended.is_none() { return },
            () = tokio::time::sleep(door.bounds.pressed_stall_max) => door.admission.press(),
        }
    }
}

fn let_in<I: Interior>(
    door: &FrontDoor<I>,
    places: &Arc<Places>,
    stream: &TcpStream,
    peer: SocketAddr,
) -> Option<Place> {
    match Places::take(
        places,
        Client::at(peer.ip()),
        door.bounds.connections_max,
        door.bounds.connections_per_client_max,
    ) {
        Ok(place) => {
            // Answers are written whole: waiting to fill a segment only delays them.
            if let Err(error) = set_no_delay(stream) {
                warn!(%peer, %error, "cannot turn off Nagle's algorithm");
            }
            Some(place)
        }
        Err(limit) => {
            door.observe.connection_refused(peer.ip(), limit);
            None
        }
    }
}

fn set_no_delay(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)
}

/// The connections there are.
#[derive(Debug, Default)]
struct Places(Mutex<Taken>);

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    by_client: HashMap<Client, usize>,
}

/// One connection's place; dropping it makes room.
#[derive(Debug)]
struct Place {
    places: Arc<Places>,
    client: Client,
}

impl Places {
    fn take(this: &Arc<Self>, client: Client, max: usize, per_client_max: usize) -> Result<Place, ConnectionLimit> {
        let mut taken = this.lock();
        if taken.total >= max {
            return Err(ConnectionLimit::Total);
        }
        let own = taken.by_client.entry(client).or_default();
        if *own >= per_client_max {
            return Err(ConnectionLimit::PerClient);
        }
        *own += 1;
        taken.total += 1;
        Ok(Place { places: Arc::clone(this), client })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Counts that a panic left behind are still counts.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.total -= 1;
        let own = taken.by_client.get_mut(&self.client).expect("a place is counted until it is dropped");
        *own -= 1;
        if *own == 0 {
            taken.by_client.remove(&self.client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_cannot_take_all_places_and_gives_its_own_back() {
        let places = Arc::new(Places::default());
        let take = |last: u8| Places::take(&places, Client::at([10, 0, 0, last].into()), 3, 2);
        let first = [take(1).unwrap(), take(1).unwrap()];
        assert_eq!(take(1).unwrap_err(), ConnectionLimit::PerClient);
        let _second = take(2).unwrap();
        assert_eq!(take(2).unwrap_err(), ConnectionLimit::Total);
        drop(first);
        assert!(take(2).is_ok());
        assert_eq!(places.lock().by_client.len(), 1);
    }
}
