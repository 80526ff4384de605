//! TagResource.

use super::decode::Input;
use super::{ApiError, Tags, shapes, stream_ref, tags};
use crate::wire::{Fields, Member, Shape};
use crate::words::ResourceArn;

/// Tags to put on a stream or a consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagResource {
    /// The stream or consumer.
    pub resource: ResourceArn,
    /// The tags.
    pub tags: Tags,
}

static INPUT: Shape = Shape::structure(
    "TagResourceInput",
    &[
        Member::required("Tags", &shapes::TAG_MAP),
        shapes::BY_ID,
        Member::required("ResourceARN", &shapes::RESOURCE_ARN),
    ],
);

impl Input<'_> for TagResource {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self { resource: stream_ref::resource_arn(&mut fields)?, tags: tags::take(&mut fields, "Tags") })
    }
}
