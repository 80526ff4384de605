//! Every number the front door holds to; nothing else in it may name one. All of them can be set, so that a test need
//! not wait for the real ones.

use std::time::Duration;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// The limits of the front door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Connections at a time; one more is closed as soon as it is accepted. Each may hold [`CONNECTION_BYTES`] beside
    /// what is admitted.
    pub connections_max: usize,
    /// Connections of one client address at a time: half of all, so that no address keeps the others out.
    pub connections_per_client_max: usize,
    /// Requests of one HTTP/2 connection at a time: as many as the connections of an SDK's pool.
    pub streams_max: u32,
    /// Bytes of bodies, of what is made of them and of answers at a time, over all clients.
    pub admitted_bytes_max: u64,
    /// Requests that wait for a permit at a time; one more is refused at once. Each holds its headers.
    pub waiting_max: usize,
    /// How long a request waits for a permit: less than an SDK's patience, so that it hears 503 and backs off.
    pub permit_wait_max: Duration,
    /// The longest body: 10 MiB of records in base64, with their keys and punctuation.
    pub body_bytes_max: u64,
    /// The largest request line and headers together.
    pub head_bytes_max: usize,
    /// How long a body may take before [`Self::body_bytes_per_second_min`] is asked of it.
    pub body_grace: Duration,
    /// The slowest body, on average after the grace: 15 MiB are through in four minutes.
    pub body_bytes_per_second_min: u64,
    /// How long the first request's headers may take to arrive, or any further ones once begun.
    pub head_wait_max: Duration,
    /// How long a connection may stay without a request: more than the pool of an SDK keeps one (60 s).
    pub idle_max: Duration,
    /// How long an answer may stay untaken before [`Self::answer_bytes_per_second_min`] is asked of its reader.
    pub answer_grace: Duration,
    /// The slowest reader of an answer, on average after the grace: a quarter of what AWS hands out of one shard.
    pub answer_bytes_per_second_min: u64,
    /// How long a client may take nothing of its answers while others wait for the bytes they hold: half of what those
    /// wait.
    pub pressed_stall_max: Duration,
    /// How long an operation may take: above the deadlines of all it waits for, below the 60 s of an SDK.
    pub operation_max: Duration,
    /// How long a body that nobody wants is read and dropped after its answer.
    pub discard_max: Duration,
    /// How long running requests may take once the front door is closing: below the 30 s Kubernetes gives a pod.
    pub drain_max: Duration,
}

/// What a connection may hold beside what is admitted: HTTP/1.1 reads into one buffer of this size, HTTP/2 opens its
/// windows this far.
pub const CONNECTION_BYTES: u32 = 64 * 1024;

/// Connections at most, however much memory there is: 40 SDKs with pools of 25.
const CONNECTIONS_MAX: usize = 1024;

/// What a process holds beside connections and what is admitted: itself, indexes, the batch on its way to the disk.
const OTHER_BYTES: u64 = 40 * MIB;

/// Charged for a request beside its body: headers, futures and a short answer.
pub(super) const REQUEST_BYTES: u64 = 16 * KIB;

/// A body is charged twice: for its own bytes and for the chunks that are made of it.
pub(super) const BODY_FACTOR: u64 = 2;

/// Charged for GetRecords once its request is verified: 10 MiB of stored records and their base64.
pub(super) const GET_RECORDS_BYTES: u64 = 24 * MIB;

/// Charged for an answer that lists: 10,000 shards of some 350 bytes.
pub(super) const LIST_BYTES: u64 = 4 * MIB;

/// A memory too small for the largest requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{given} bytes of memory are too few for requests of 10 MiB; at least {least} are needed")]
pub struct MemoryTooSmall {
    /// What was given, in bytes.
    pub given: u64,
    /// What is needed, in bytes.
    pub least: u64,
}

impl Bounds {
    /// The least memory [`Self::within`] takes: two of the largest requests fit.
    pub const MEMORY_BYTES_MIN: u64 = 136 * MIB;

    /// The bounds that keep a process within `memory_bytes`: a quarter for connections, at most 1,024 of them,
    /// [`OTHER_BYTES`] for all that is not the front door's, and the rest for what is admitted.
    pub fn within(memory_bytes: u64) -> Result<Self, MemoryTooSmall> {
        if memory_bytes < Self::MEMORY_BYTES_MIN {
            return Err(MemoryTooSmall { given: memory_bytes, least: Self::MEMORY_BYTES_MIN });
        }
        let affordable = memory_bytes / 4 / u64::from(CONNECTION_BYTES);
        let connections_max = usize::try_from(affordable).unwrap_or(usize::MAX).min(CONNECTIONS_MAX);
        let connections_bytes = connections_max as u64 * u64::from(CONNECTION_BYTES);
        Ok(Self {
            connections_max,
            connections_per_client_max: connections_max / 2,
            admitted_bytes_max: memory_bytes - connections_bytes - OTHER_BYTES,
            streams_max: 64,
            waiting_max: 1024,
            permit_wait_max: Duration::from_secs(1),
            body_bytes_max: 15 * MIB,
            head_bytes_max: 16 * 1024,
            body_grace: Duration::from_secs(5),
            body_bytes_per_second_min: 64 * KIB,
            head_wait_max: Duration::from_secs(10),
            idle_max: Duration::from_secs(75),
            answer_grace: Duration::from_secs(10),
            answer_bytes_per_second_min: 512 * KIB,
            pressed_stall_max: Duration::from_millis(500),
            operation_max: Duration::from_secs(30),
            discard_max: Duration::from_secs(5),
            drain_max: Duration::from_secs(25),
        })
    }

    /// When a body of which `received` bytes have arrived is too slow, from its start.
    pub(super) fn body_due(&self, received: u64) -> Duration {
        self.body_grace + time_at(received, self.body_bytes_per_second_min)
    }

    /// When an answer must have been taken, from when it was ready.
    pub(super) fn answer_due(&self, length: u64) -> Duration {
        self.answer_grace + time_at(length, self.answer_bytes_per_second_min)
    }

    /// The soonest anything a connection does can be overdue, from when it began.
    pub(super) fn soonest_due(&self) -> Duration {
        self.head_wait_max.min(self.idle_max).min(self.answer_grace)
    }
}

fn time_at(bytes: u64, bytes_per_second: u64) -> Duration {
    Duration::from_millis(bytes.saturating_mul(1000) / bytes_per_second.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_what_is_admitted_and_all_else_are_the_memory() {
        for memory in [Bounds::MEMORY_BYTES_MIN, 256 * MIB, 4096 * MIB] {
            let bounds = Bounds::within(memory).unwrap();
            let connections = bounds.connections_max as u64 * u64::from(CONNECTION_BYTES);
            assert_eq!(connections + bounds.admitted_bytes_max + OTHER_BYTES, memory);
        }
        assert!(Bounds::within(Bounds::MEMORY_BYTES_MIN - 1).is_err());
    }

    #[test]
    fn half_of_the_least_budget_holds_one_largest_request() {
        let bounds = Bounds::within(Bounds::MEMORY_BYTES_MIN).unwrap();
        assert!(bounds.body_bytes_max * BODY_FACTOR + REQUEST_BYTES <= bounds.admitted_bytes_max / 2);
        assert!(GET_RECORDS_BYTES <= bounds.admitted_bytes_max / 2);
    }

    #[test]
    fn a_body_has_its_grace_and_the_time_its_bytes_take_at_the_slowest_rate() {
        let bounds = Bounds::within(256 * MIB).unwrap();
        assert_eq!(bounds.body_due(0), Duration::from_secs(5));
        assert_eq!(bounds.body_due(128 * KIB), Duration::from_secs(7));
        assert_eq!(bounds.answer_due(512 * KIB), Duration::from_secs(11));
    }
}
