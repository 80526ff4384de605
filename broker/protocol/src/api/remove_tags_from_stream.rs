//! RemoveTagsFromStream.

use super::decode::Input;
use super::{ApiError, StreamRef, shapes, tags};
use crate::wire::{Fields, Member, Shape};

/// Tags to take off a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoveTagsFromStream {
    /// The stream.
    pub stream: StreamRef,
    /// The keys; those it does not have are no error.
    pub keys: Vec<String>,
}

static INPUT: Shape = Shape::structure(
    "RemoveTagsFromStreamInput",
    &[Member::required("TagKeys", &shapes::TAG_KEYS), shapes::BY_ID, shapes::BY_ARN, shapes::BY_NAME],
);

impl Input<'_> for RemoveTagsFromStream {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self { stream: StreamRef::take(&mut fields)?, keys: tags::take_keys(&mut fields, "TagKeys") })
    }
}
