//! What the process lends the front door: its clocks, names for requests, and counters.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use forebay_gateway::front_door::{AnsweredRequest, Clock, ConnectionLimit, Observe, RequestIds, Surroundings};
use forebay_protocol::words::TimestampMs;

use crate::metrics::Metrics;
use crate::{clock, random};

/// All of it.
pub(super) fn surroundings(metrics: Arc<Metrics>) -> Surroundings {
    Surroundings { clock: Arc::new(Clocks), request_ids: Arc::new(Ids::new()), observe: Arc::new(Counting { metrics }) }
}

struct Clocks;

impl Clock for Clocks {
    fn wall(&self) -> TimestampMs {
        TimestampMs(clock::wall_ms())
    }

    fn monotonic_us(&self) -> u64 {
        clock::monotonic_us()
    }
}

/// Request ids: a random start for the process and a count, mixed by a keyed hash, so that no request costs a system
/// call and none can be told from the one before.
struct Ids {
    process: u128,
    count: AtomicU64,
    mix: RandomState,
}

impl Ids {
    fn new() -> Self {
        Self { process: u128::from_le_bytes(random::bytes()), count: AtomicU64::new(0), mix: RandomState::new() }
    }
}

impl RequestIds for Ids {
    fn next(&self) -> u128 {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let mut hasher = self.mix.build_hasher();
        hasher.write_u64(count);
        // The count stands in the low half of what is added, so that no two requests of a process share an id.
        self.process.wrapping_add(u128::from(hasher.finish()) << 64 | u128::from(count))
    }
}

struct Counting {
    metrics: Arc<Metrics>,
}

impl Observe for Counting {
    fn connection_opened(&self) {
        self.metrics.connections.inc();
    }

    fn connection_closed(&self) {
        self.metrics.connections.dec();
    }

    fn connection_refused(&self, client: IpAddr, limit: ConnectionLimit) {
        self.metrics.connections_refused.inc();
        tracing::debug!(%client, ?limit, "connection refused");
    }

    fn answered(&self, request: &AnsweredRequest<'_>) {
        self.metrics.request(request.operation.unwrap_or("none"), request.took.as_secs_f64(), request.error);
    }
}
