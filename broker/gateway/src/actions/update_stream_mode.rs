//! UpdateStreamMode.

use forebay_protocol::api::{ApiError, StreamRef, UpdateStreamMode};

use super::Answering;
use super::split_shard::check_active;
use crate::catalog::{Catalog, StreamChange};
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    /// The stream keeps its shards.
    pub(super) async fn update_stream_mode(&self, request: UpdateStreamMode) -> Result<(), ApiError> {
        let stream = self.stream(&StreamRef::Arn(request.stream))?;
        check_active(&stream)?;
        if stream.mode == request.mode {
            return Ok(());
        }
        self.change(&stream, StreamChange::Mode(request.mode)).await
    }
}
