//! ListTagsForResource.

use super::decode::Input;
use super::{ApiError, Tags, shapes, stream_ref, tags};
use crate::wire::{Fields, Member, Output, Shape, Writer};
use crate::words::ResourceArn;

/// Whose tags to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListTagsForResource {
    /// The stream or consumer.
    pub resource: ResourceArn,
}

static INPUT: Shape = Shape::structure(
    "ListTagsForResourceInput",
    &[shapes::BY_ID, Member::required("ResourceARN", &shapes::RESOURCE_ARN)],
);

impl Input<'_> for ListTagsForResource {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self { resource: stream_ref::resource_arn(&mut fields)? })
    }
}

/// All tags of a stream or consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListTagsForResourceOutput {
    /// The tags.
    pub tags: Tags,
}

impl Output for ListTagsForResourceOutput {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        tags::write(writer, &self.tags);
        writer.end_map();
    }
}
