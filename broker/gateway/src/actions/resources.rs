//! What an ARN names that can have tags: a stream or one of its consumers.

use std::sync::Arc;

use forebay_protocol::api::{ApiError, StreamRef, Tags};
use forebay_protocol::words::{ConsumerName, ResourceArn};

use super::Answering;
use crate::catalog::{Catalog, Stream};
use crate::ranges::Ranges;

/// A stream, or one of its consumers.
pub(super) struct Resource {
    pub(super) stream: Arc<Stream>,
    /// None if it is the stream itself.
    pub(super) consumer: Option<ConsumerName>,
    /// Its own.
    pub(super) tags: Tags,
}

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    /// What an ARN names.
    pub(super) fn resource(&self, arn: ResourceArn) -> Result<Resource, ApiError> {
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
