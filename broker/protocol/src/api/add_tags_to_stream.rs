//! AddTagsToStream.

use super::decode::Input;
use super::{ApiError, StreamRef, Tags, shapes, tags};
use crate::wire::{Fields, Member, Shape};

/// Tags to put on a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddTagsToStream {
    /// The stream.
    pub stream: StreamRef,
    /// The tags.
    pub tags: Tags,
}

static INPUT: Shape = Shape::structure(
    "AddTagsToStreamInput",
    &[Member::required("Tags", &shapes::TAG_MAP), shapes::BY_ID, shapes::BY_ARN, shapes::BY_NAME],
);

impl Input<'_> for AddTagsToStream {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self { stream: StreamRef::take(&mut fields)?, tags: tags::take(&mut fields, "Tags") })
    }
}
