//! What lies behind the front door: who may sign, and what answers.

use std::future::Future;
use std::sync::Arc;

use forebay_protocol::api::ApiError;
use forebay_protocol::words::TimestampMs;

use crate::actions::{Actions, Caller, Received};
use crate::catalog::{Catalog, Credential, Installation};
use crate::ranges::Ranges;

/// What lies behind the front door.
pub trait Interior: Send + Sync + 'static {
    /// Where this installation says it is; fixed for its life.
    fn installation(&self) -> &Installation;

    /// Whether requests must be signed with a known key. Where they need not be, only loopback hosts are served.
    fn requires_signatures(&self) -> bool;

    /// The secret of an access key, and the account it belongs to.
    fn credential(&self, access_key_id: &str) -> Option<Arc<Credential>>;

    /// Does what a request asks for; `now` is the wall clock. The future may be dropped at any of its waits: when its
    /// client has gone, or when it takes longer than the front door allows.
    fn answer(
        &self,
        caller: Caller,
        received: Received<'_>,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Vec<u8>, ApiError>> + Send;
}

impl<R: Ranges, C: Catalog> Interior for Actions<R, C> {
    fn installation(&self) -> &Installation {
        self.catalog().installation()
    }

    fn requires_signatures(&self) -> bool {
        self.catalog().requires_signatures()
    }

    fn credential(&self, access_key_id: &str) -> Option<Arc<Credential>> {
        self.catalog().credential(access_key_id)
    }

    async fn answer(&self, caller: Caller, received: Received<'_>, now: TimestampMs) -> Result<Vec<u8>, ApiError> {
        self.answer(caller, received, now).await
    }
}
