//! UntagResource.

use forebay_protocol::api::{ApiError, UntagResource};

use super::Answering;
use super::resources::Resource;
use super::tags::{self, Failed};
use crate::catalog::{Catalog, StreamChange};
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    /// A key that the resource does not have is no error.
    pub(super) async fn untag_resource(&self, request: UntagResource) -> Result<(), ApiError> {
        let Resource { stream, consumer, .. } = self.resource(request.resource)?;
        tags::check_keys(&request.keys, Failed::ToRemove { stream: &stream.arn.name, account: self.caller.account })?;
        let change = match consumer {
            None => StreamChange::RemoveTags(request.keys),
            Some(consumer) => StreamChange::RemoveConsumerTags(consumer, request.keys),
        };
        self.change(&stream, change).await
    }
}
