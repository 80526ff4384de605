//! ListStreams.

use super::decode::Input;
use super::enums::{StreamMode, StreamStatus};
use super::{ApiError, describe_stream::write_mode, shapes};
use crate::limits;
use crate::wire::{Bounds, Fields, Member, Output, Shape, Writer};
use crate::words::{StreamArn, StreamName, TimestampMs};

/// Which streams to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListStreams {
    /// At most so many; above 100 AWS lists 100.
    pub limit: u32,
    /// Only streams after this name.
    pub exclusive_start: Option<StreamName>,
    /// Where an earlier answer left off; opaque here.
    pub next_token: Option<Box<str>>,
}

static LIMIT: Shape = Shape::integer("ListStreamsInputLimit", Bounds::of(1, 10_000));

static INPUT: Shape = Shape::structure(
    "ListStreamsInput",
    &[
        Member::optional("Limit", &LIMIT),
        Member::optional("ExclusiveStartStreamName", &shapes::STREAM_NAME),
        Member::optional("NextToken", &shapes::NEXT_TOKEN),
    ],
);

impl Input<'_> for ListStreams {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        let limit = fields.count("Limit").unwrap_or(limits::LIST_STREAMS_DEFAULT);
        Ok(Self {
            limit: limit.min(limits::LIST_STREAMS_DEFAULT),
            exclusive_start: fields.parsed("ExclusiveStartStreamName"),
            next_token: fields.text("NextToken").map(Into::into),
        })
    }
}

/// Some streams of an account, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListStreamsOutput {
    /// The streams.
    pub streams: Vec<StreamSummary>,
    /// Whether there are more after those.
    pub has_more_streams: bool,
    /// Where the next answer goes on, if there are more.
    pub next_token: Option<String>,
}

/// One stream in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSummary {
    /// Its ARN, which holds its name.
    pub arn: StreamArn,
    /// What it is doing.
    pub status: StreamStatus,
    /// How its capacity is chosen.
    pub mode: StreamMode,
    /// When it was created.
    pub created: TimestampMs,
}

impl Output for ListStreamsOutput {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.name("StreamNames");
        writer.begin_list();
        for stream in &self.streams {
            stream.arn.name.write(writer);
        }
        writer.end_list();
        writer.member("HasMoreStreams", &self.has_more_streams);
        writer.optional("NextToken", self.next_token.as_ref());
        writer.member("StreamSummaries", &self.streams);
        writer.end_map();
    }
}

impl Output for StreamSummary {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.member("StreamName", &self.arn.name);
        writer.member("StreamARN", &self.arn);
        writer.member("StreamStatus", &self.status);
        write_mode(writer, self.mode);
        writer.member("StreamCreationTimestamp", &self.created);
        writer.end_map();
    }
}
