//! DeregisterStreamConsumer.

use forebay_protocol::api::{ApiError, DeregisterStreamConsumer};

use super::Answering;
use crate::catalog::{Catalog, StreamChange};
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn deregister_stream_consumer(&self, request: &DeregisterStreamConsumer) -> Result<(), ApiError> {
        let (stream, consumer) = self.consumer(&request.consumer)?;
        self.change(&stream, StreamChange::DeregisterConsumer(consumer.arn.name)).await
    }
}
