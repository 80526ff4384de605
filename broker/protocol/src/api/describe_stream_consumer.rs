//! DescribeStreamConsumer.

use super::decode::Input;
use super::{ApiError, Consumer, ConsumerRef, shapes};
use crate::wire::{Fields, Member, Output, Shape, Writer};

/// A consumer to describe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeStreamConsumer {
    /// The consumer.
    pub consumer: ConsumerRef,
}

static INPUT: Shape = Shape::structure(
    "DescribeStreamConsumerInput",
    &[
        Member::optional("ConsumerName", &shapes::CONSUMER_NAME),
        shapes::BY_ID,
        Member::optional("ConsumerARN", &shapes::CONSUMER_ARN),
        shapes::BY_ARN,
    ],
);

impl Input<'_> for DescribeStreamConsumer {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self { consumer: ConsumerRef::take(&mut fields)? })
    }
}

/// A consumer and its stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeStreamConsumerOutput {
    /// The consumer.
    pub consumer: Consumer,
}

impl Output for DescribeStreamConsumerOutput {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.name("ConsumerDescription");
        writer.begin_map();
        self.consumer.write_members(writer);
        writer.member("StreamARN", &self.consumer.arn.stream);
        writer.end_map();
        writer.end_map();
    }
}
