//! Which registered consumer a request means.

use std::sync::Arc;

use forebay_protocol::api::{self, ApiError, ConsumerRef, ErrorCode, StreamRef};
use forebay_protocol::words::ConsumerArn;

use super::Answering;
use crate::catalog::{Catalog, Consumer, Stream};
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    /// The consumer with its stream.
    pub(super) fn consumer(&self, named: &ConsumerRef) -> Result<(Arc<Stream>, Consumer), ApiError> {
        match named {
            ConsumerRef::Arn(arn) => self.consumer_of_arn(arn),
            ConsumerRef::Named(stream, name) => {
                let stream = self.stream(stream)?;
                let found = stream.consumers.iter().find(|consumer| consumer.arn.name == *name).cloned();
                found.map(|consumer| (stream, consumer)).ok_or_else(|| self.consumer_not_found(name))
            }
        }
    }

    /// The consumer of an ARN; one registered later under its name is another.
    pub(super) fn consumer_of_arn(&self, arn: &ConsumerArn) -> Result<(Arc<Stream>, Consumer), ApiError> {
        self.own(&arn.stream.place, arn)?;
        let stream = self.find(&StreamRef::Arn(arn.stream.clone()))?.ok_or_else(|| self.consumer_not_found(arn))?;
        let found = stream.consumers.iter().find(|consumer| consumer.arn == *arn).cloned();
        found.map(|consumer| (stream, consumer)).ok_or_else(|| self.consumer_not_found(arn))
    }

    fn consumer_not_found(&self, consumer: &impl std::fmt::Display) -> ApiError {
        let text = format!("Consumer {consumer}, account {} not found.", self.caller.account);
        ApiError::new(ErrorCode::ResourceNotFound, text)
    }
}

/// A consumer as answers show it.
pub(super) fn shown(consumer: &Consumer) -> api::Consumer {
    api::Consumer { arn: consumer.arn.clone(), status: consumer.status, created: consumer.created }
}
