//! ListTagsForStream.

use super::decode::Input;
use super::{ApiError, StreamRef, Tags, shapes, tags};
use crate::limits;
use crate::wire::{Bounds, Fields, Member, Output, Shape, Writer};

/// Whose tags to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListTagsForStream {
    /// The stream.
    pub stream: StreamRef,
    /// Only tags after this key.
    pub exclusive_start: Option<String>,
    /// At most so many.
    pub limit: usize,
}

static LIMIT: Shape = Shape::integer("ListTagsForStreamInputLimit", Bounds::of(1, 50));
static INPUT: Shape = Shape::structure(
    "ListTagsForStreamInput",
    &[
        Member::optional("Limit", &LIMIT),
        Member::optional("ExclusiveStartTagKey", &shapes::TAG_KEY),
        shapes::BY_ID,
        shapes::BY_ARN,
        shapes::BY_NAME,
    ],
);

impl Input<'_> for ListTagsForStream {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            stream: StreamRef::take(&mut fields)?,
            exclusive_start: fields.text("ExclusiveStartTagKey").map(Into::into),
            limit: fields.count("Limit").map_or(limits::TAGS_PER_RESOURCE_MAX, |limit| limit as usize),
        })
    }
}

/// Some tags of a stream, by key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListTagsForStreamOutput {
    /// The tags.
    pub tags: Tags,
    /// Whether there are more after those.
    pub has_more_tags: bool,
}

impl Output for ListTagsForStreamOutput {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        tags::write(writer, &self.tags);
        writer.member("HasMoreTags", &self.has_more_tags);
        writer.end_map();
    }
}
