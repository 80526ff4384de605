//! A front door on a loopback port, with a stub behind it that does what the name of an operation says.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use forebay_gateway::actions::{Caller, Received};
use forebay_gateway::catalog::{Credential, Installation};
use forebay_gateway::front_door::{
    AnsweredRequest, Bounds, Clock, Durability, FrontDoor, Interior, Observe, RequestIds, Surroundings, serve,
};
use forebay_gateway::ranges::Append;
use forebay_protocol::api::{ApiError, ErrorCode, Operation};
use forebay_protocol::words::TimestampMs;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

/// The length of the answer to GetRecords.
pub(crate) const LONG_ANSWER_BYTES: usize = 10 << 20;

/// The wall clock of the front door: 2026-11-22T12:00:00Z.
pub(crate) const NOW: TimestampMs = TimestampMs(1_795_348_800_000);

/// What stands behind the door.
pub(crate) struct Stub {
    installation: Installation,
    credentials: BTreeMap<String, Arc<Credential>>,
    /// DescribeLimits answers once it gets one of these.
    pub(crate) gate: Semaphore,
    /// What PutRecords left with a range that never answers.
    unanswered: Mutex<Vec<Append>>,
}

/// A front door that serves.
pub(crate) struct House {
    pub(crate) address: SocketAddr,
    pub(crate) door: Arc<FrontDoor<Stub>>,
    pub(crate) counts: Arc<Counts>,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
}

/// The operation, status and error of an answer.
pub(crate) type Seen = (Option<&'static str>, u16, Option<String>);

/// What was observed.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) answered: Mutex<Vec<Seen>>,
    pub(crate) refused_connections: AtomicU64,
    pub(crate) open_connections: AtomicU64,
}

/// Bounds that let a test be quick.
pub(crate) fn quick() -> Bounds {
    let bounds = Bounds::within(Bounds::MEMORY_BYTES_MIN).expect("enough memory");
    Bounds {
        permit_wait_max: Duration::from_millis(300),
        body_grace: Duration::from_millis(300),
        body_bytes_per_second_min: 1 << 20,
        head_wait_max: Duration::from_millis(400),
        idle_max: Duration::from_millis(800),
        answer_grace: Duration::from_millis(500),
        answer_bytes_per_second_min: 64 << 20,
        operation_max: Duration::from_secs(5),
        discard_max: Duration::from_millis(500),
        drain_max: Duration::from_secs(2),
        ..bounds
    }
}

impl House {
    /// Opens a door that asks for no signatures.
    pub(crate) async fn open(bounds: Bounds) -> Self {
        Self::build(bounds, Durability::Disk, BTreeMap::new()).await
    }

    /// Opens a door that lets in only requests that this key has signed.
    pub(crate) async fn open_to(bounds: Bounds, access_key_id: &str, credential: Credential) -> Self {
        let credentials = BTreeMap::from([(access_key_id.to_owned(), Arc::new(credential))]);
        Self::build(bounds, Durability::Disk, credentials).await
    }

    /// Opens a door to a server whose records are in memory only.
    pub(crate) async fn open_in_memory() -> Self {
        Self::build(quick(), Durability::Memory, BTreeMap::new()).await
    }

    async fn build(bounds: Bounds, durability: Durability, credentials: BTreeMap<String, Arc<Credential>>) -> Self {
        // All of 127.0.0.0/8 can then be a client's address.
        let listener = TcpListener::bind("0.0.0.0:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound socket").port();
        let counts = Arc::new(Counts::default());
        let surroundings = Surroundings {
            clock: Arc::new(FixedClock),
            request_ids: Arc::new(Numbered(AtomicU64::new(1))),
            observe: Arc::clone(&counts) as Arc<dyn Observe>,
        };
        let installation = Installation {
            partition: "aws".parse().expect("a partition"),
            region: "us-east-1".parse().expect("a region"),
            default_account: "000000000000".parse().expect("an account"),
        };
        let stub = Stub { installation, credentials, gate: Semaphore::new(0), unanswered: Mutex::default() };
        let door = Arc::new(FrontDoor::new(stub, bounds, durability, surroundings));
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(serve(listener, Arc::clone(&door), async {
            let _ = stopped.await;
        }));
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        Self { address, door, counts, stop: Some(stop), served }
    }

    /// Begins to close the door.
    pub(crate) fn stop(&mut self) {
        let stop = self.stop.take().expect("stopped once");
        stop.send(()).expect("serving");
    }

    /// Waits until the door is closed.
    pub(crate) async fn closed(self) {
        self.served.await.expect("serving does not panic");
    }
}

impl Stub {
    pub(crate) fn unanswered(&self) -> MutexGuard<'_, Vec<Append>> {
        self.unanswered.lock().expect("not poisoned")
    }
}

impl Interior for Stub {
    fn installation(&self) -> &Installation {
        &self.installation
    }

    fn requires_signatures(&self) -> bool {
        !self.credentials.is_empty()
    }

    fn credential(&self, access_key_id: &str) -> Option<Arc<Credential>> {
        self.credentials.get(access_key_id).cloned()
    }

    async fn answer(&self, caller: Caller, received: Received<'_>, _now: TimestampMs) -> Result<Vec<u8>, ApiError> {
        match received.operation {
            Operation::DeleteStream => Ok(Vec::new()),
            Operation::PutRecord => Ok(format!(r#"{{"received":{}}}"#, received.body.len()).into_bytes()),
            Operation::PutRecords => {
                let append = Append { chunks: vec![], held: received.held.clone() };
                self.unanswered().push(append);
                std::future::pending().await
            }
            Operation::GetRecords => Ok(vec![b'a'; LONG_ANSWER_BYTES]),
            Operation::ListStreams => Ok(format!(r#"{{"account":"{}"}}"#, caller.account).into_bytes()),
            Operation::DescribeLimits => {
                self.gate.acquire().await.expect("never closed").forget();
                Ok(b"{}".to_vec())
            }
            Operation::DescribeStream => Err(ApiError::new(ErrorCode::ResourceNotFound, "no such stream")),
            other => Err(other.absent()),
        }
    }
}

impl Counts {
    /// The status and error of the latest answer.
    pub(crate) fn latest(&self) -> Option<Seen> {
        self.answered.lock().expect("not poisoned").last().cloned()
    }
}

impl Observe for Counts {
    fn connection_opened(&self) {
        self.open_connections.fetch_add(1, Ordering::Relaxed);
    }

    fn connection_closed(&self) {
        self.open_connections.fetch_sub(1, Ordering::Relaxed);
    }

    fn connection_refused(&self, _client: std::net::IpAddr, _limit: forebay_gateway::front_door::ConnectionLimit) {
        self.refused_connections.fetch_add(1, Ordering::Relaxed);
    }

    fn answered(&self, request: &AnsweredRequest<'_>) {
        let seen = (request.operation, request.status.as_u16(), request.error.map(str::to_owned));
        self.answered.lock().expect("not poisoned").push(seen);
    }
}

struct FixedClock;

impl Clock for FixedClock {
    fn wall(&self) -> TimestampMs {
        NOW
    }

    fn monotonic_us(&self) -> u64 {
        0
    }
}

struct Numbered(AtomicU64);

impl RequestIds for Numbered {
    fn next(&self) -> u128 {
        u128::from(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// Waits until something holds, for at most ten seconds: a busy machine is no failure.
pub(crate) async fn eventually(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..1000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not within ten seconds: {what}");
}
