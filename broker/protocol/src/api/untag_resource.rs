//! UntagResource.

use super::decode::Input;
use super::{ApiError, shapes, stream_ref, tags};
use crate::wire::{Fields, Member, Shape};
use crate::words::ResourceArn;

/// Tags to take off a stream or a consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UntagResource {
    /// The stream or consumer.
    pub resource: ResourceArn,
    /// The keys; those it does not have are no error.
    pub keys: Vec<String>,
}

static INPUT: Shape = Shape::structure(
    "UntagResourceInput",
    &[
        shapes::BY_ID,
        Member::required("ResourceARN", &shapes::RESOURCE_ARN),
        Member::required("TagKeys", &shapes::TAG_KEYS),
    ],
);

impl Input<'_> for UntagResource {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self { resource: stream_ref::resource_arn(&mut fields)?, keys: tags::take_keys(&mut fields, "TagKeys") })
    }
}
