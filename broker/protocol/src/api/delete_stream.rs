//! DeleteStream.

use super::decode::Input;
use super::{ApiError, StreamRef, shapes};
use crate::wire::{Fields, Member, Shape};

/// A stream to delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteStream {
    /// The stream.
    pub stream: StreamRef,
    /// Whether its registered consumers go with it; otherwise a stream that has any is not deleted.
    pub enforce_consumer_deletion: bool,
}

static INPUT: Shape = Shape::structure(
    "DeleteStreamInput",
    &[Member::optional("EnforceConsumerDeletion", &shapes::BOOLEAN), shapes::BY_ID, shapes::BY_ARN, shapes::BY_NAME],
);

impl Input<'_> for DeleteStream {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        let enforce_consumer_deletion = fields.flag("EnforceConsumerDeletion");
        Ok(Self { stream: StreamRef::take(&mut fields)?, enforce_consumer_deletion })
    }
}
