//! RegisterStreamConsumer.

use super::decode::Input;
use super::{ApiError, Consumer, Tags, shapes, stream_ref, tags};
use crate::wire::{Fields, Member, Output, Shape, Writer};
use crate::words::{ConsumerName, StreamArn};

/// A consumer to register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterStreamConsumer {
    /// The stream it will read.
    pub stream: StreamArn,
    /// Its name.
    pub name: ConsumerName,
    /// Its tags.
    pub tags: Tags,
}

static INPUT: Shape = Shape::structure(
    "RegisterStreamConsumerInput",
    &[
        Member::required("ConsumerName", &shapes::CONSUMER_NAME),
        Member::optional("Tags", &shapes::TAG_MAP),
        shapes::BY_ID,
        Member::required("StreamARN", &shapes::STREAM_ARN),
    ],
);

impl Input<'_> for RegisterStreamConsumer {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            stream: stream_ref::required_stream_arn(&mut fields)?,
            name: fields.parsed("ConsumerName").expect("required by the shape"),
            tags: tags::take(&mut fields, "Tags"),
        })
    }
}

/// A consumer that was registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterStreamConsumerOutput {
    /// The consumer.
    pub consumer: Consumer,
}

impl Output for RegisterStreamConsumerOutput {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.member("Consumer", &self.consumer);
        writer.end_map();
    }
}
