//! TagResource.

use forebay_protocol::api::{ApiError, TagResource};

use super::Answering;
use super::resources::Resource;
use super::tags::{self, Failed};
use crate::catalog::{Catalog, StreamChange};
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn tag_resource(&self, request: TagResource) -> Result<(), ApiError> {
        let Resource { stream, consumer, tags } = self.resource(request.resource)?;
        let failed = Failed::ToAdd { stream: &stream.arn.name, account: self.caller.account };
        tags::check_added(&request.tags, &tags, failed)?;
        let change = match consumer {
            None => StreamChange::AddTags(request.tags),
            Some(consumer) => StreamChange::AddConsumerTags(consumer, request.tags),
        };
        self.change(&stream, change).await
    }
}
