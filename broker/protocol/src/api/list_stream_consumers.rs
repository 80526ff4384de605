//! ListStreamConsumers.

use super::decode::Input;
use super::{ApiError, Consumer, ErrorCode, shapes, stream_ref};
use crate::limits;
use crate::wire::{Bounds, Fields, Member, Output, Shape, Writer};
use crate::words::{StreamArn, TimestampMs};

/// Whose consumers to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListStreamConsumers {
    /// The stream.
    pub stream: StreamArn,
    /// Where an earlier answer left off; opaque here.
    pub next_token: Option<Box<str>>,
    /// At most so many; above 100 AWS lists 100.
    pub max_results: u32,
    /// Only if the stream was created then: tells one from another of its name.
    pub created: Option<TimestampMs>,
}

static MAX_RESULTS: Shape = Shape::integer("ListStreamConsumersInputLimit", Bounds::of(1, 10_000));
static INPUT: Shape = Shape::structure(
    "ListStreamConsumersInput",
    &[
        Member::optional("MaxResults", &MAX_RESULTS),
        Member::optional("NextToken", &shapes::NEXT_TOKEN),
        shapes::BY_ID,
        Member::required("StreamARN", &shapes::STREAM_ARN),
        Member::optional("StreamCreationTimestamp", &shapes::TIMESTAMP),
    ],
);

impl Input<'_> for ListStreamConsumers {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        let next_token = fields.text("NextToken").map(Into::into);
        let created = fields.timestamp("StreamCreationTimestamp");
        if next_token.is_some() && created.is_some() {
            let text = "NextToken and StreamCreationTimestamp cannot be provided together.";
            return Err(ApiError::new(ErrorCode::InvalidArgument, text));
        }
        let max_results = fields.count("MaxResults").unwrap_or(limits::LIST_STREAM_CONSUMERS_DEFAULT);
        Ok(Self {
            stream: stream_ref::required_stream_arn(&mut fields)?,
            next_token,
            max_results: max_results.min(limits::LIST_STREAM_CONSUMERS_DEFAULT),
            created,
        })
    }
}

/// Some consumers of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListStreamConsumersOutput {
    /// The consumers, by name.
    pub consumers: Vec<Consumer>,
    /// Where the next answer goes on, if there are more.
    pub next_token: Option<String>,
}

impl Output for ListStreamConsumersOutput {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.member("Consumers", &self.consumers);
        writer.optional("NextToken", self.next_token.as_ref());
        writer.end_map();
    }
}
