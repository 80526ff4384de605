//! TagResource, UntagResource and ListTagsForResource: tags of whatever an ARN names.

use std::sync::Arc;

use forebay_protocol::api::{
    ApiError, ListTagsForResource, ListTagsForResourceOutput, StreamRef, TagResource, Tags, UntagResource,
};
use forebay_protocol::words::{ConsumerName, ResourceArn};

use super::Answering;
use super::tags::{self, Failed};
use crate::catalog::{Catalog, Stream, StreamChange};
use crate::ranges::Ranges;

/// What an ARN names.
struct Resource {
    stream: Arc<Stream>,
    /// None if it is the stream itself.
    consumer: Option<ConsumerName>,
    tags: Tags,
}

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

    pub(super) fn list_tags_for_resource(
        &self,
        request: ListTagsForResource,
    ) -> Result<ListTagsForResourceOutput, ApiError> {
        Ok(ListTagsForResourceOutput { tags: self.resource(request.resource)?.tags })
    }

    fn resource(&self, arn: ResourceArn) -> Result<Resource, ApiError> {
        match arn {
            ResourceArn::Stream(arn) => {
                let stream = self.stream(&StreamRef::Arn(arn))?;
                let tags = stream.tags.clone();
                Ok(Resource { stream, consumer: None, tags })
            }
            ResourceArn::Consumer(arn) => {
                let (stream, consumer) = self.consumer_of_arn(&arn)?;
                Ok(Resource { stream, consumer: Some(consumer.arn.name), tags: consumer.tags })
            }
        }
    }
}
