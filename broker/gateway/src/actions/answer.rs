//! Where every request comes in: the operations with what they work on, and one request being answered.

use std::sync::atomic::AtomicU64;

use forebay_protocol::api::{self, ApiError, Operation};
use forebay_protocol::iterator::IteratorKeys;
use forebay_protocol::wire::{self, Encoding, Output};
use forebay_protocol::words::{AccountId, TimestampMs};

use crate::catalog::Catalog;
use crate::ranges::{Held, Ranges};

/// Every operation, on the ranges and the catalog it works with.
#[derive(Debug)]
pub struct Actions<R, C> {
    pub(super) ranges: R,
    pub(super) catalog: C,
    pub(super) iterator_keys: IteratorKeys,
    /// The latest second in which a record was told to have arrived: it may lie ahead of a wall clock that stepped
    /// back, and numbers of that second are no future ones.
    pub(super) newest_arrival_s: AtomicU64,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Whose streams are meant.
    pub account: AccountId,
    /// 128 bits that no other request has; sealed tokens take their nonce from it.
    pub request_id: u128,
}

/// A request as it came in, past framing and signature.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// What X-Amz-Target names.
    pub operation: Operation,
    /// Of the body, and of the answer.
    pub encoding: Encoding,
    /// All of it.
    pub body: &'a [u8],
    /// Counts what the request holds; what it leaves behind in a range holds it too.
    pub held: &'a Held,
}

impl<R: Ranges, C: Catalog> Actions<R, C> {
    /// The operations on `ranges` and `catalog`; `iterator_keys` seal shard iterators.
    pub fn new(ranges: R, catalog: C, iterator_keys: IteratorKeys) -> Self {
        Self { ranges, catalog, iterator_keys, newest_arrival_s: AtomicU64::new(0) }
    }

    /// The catalog, for who must know credentials.
    pub fn catalog(&self) -> &C {
        &self.catalog
    }

    /// The body of the answer, empty for operations without output. `now` is the wall clock.
    ///
    /// The future may be dropped at any of its waits: what a range or the catalog was asked for may then happen or not.
    pub async fn answer(&self, caller: Caller, received: Received<'_>, now: TimestampMs) -> Result<Vec<u8>, ApiError> {
        let Received { operation, encoding, body, held } = received;
        let request = api::decode(operation, encoding, body)?;
        let answering = Answering { actions: self, caller, operation, encoding, held, now };
        answering.dispatch(request, body).await
    }
}

/// One request being answered.
pub(super) struct Answering<'a, R, C> {
    pub(super) actions: &'a Actions<R, C>,
    pub(super) caller: Caller,
    pub(super) operation: Operation,
    pub(super) encoding: Encoding,
    pub(super) held: &'a Held,
    pub(super) now: TimestampMs,
}

impl<R: Ranges, C> Answering<'_, R, C> {
    /// By which shards are listed or gone.
    pub(super) fn expiry_time(&self) -> TimestampMs {
        self.actions.ranges.expiry_time()
    }
}

impl<R, C> Answering<'_, R, C> {
    /// An output in the request's dialect.
    pub(super) fn write(&self, output: &impl Output) -> Vec<u8> {
        self.write_with_capacity(output, 0)
    }

    pub(super) fn write_with_capacity(&self, output: &impl Output, capacity: usize) -> Vec<u8> {
        let mut body = Vec::with_capacity(capacity);
        wire::write(self.encoding, output, &mut body);
        body
    }
}
