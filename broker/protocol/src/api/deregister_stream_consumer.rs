//! DeregisterStreamConsumer.

use super::decode::Input;
use super::{ApiError, ConsumerRef, shapes};
use crate::wire::{Fields, Member, Shape};

/// A consumer to deregister.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeregisterStreamConsumer {
    /// The consumer.
    pub consumer: ConsumerRef,
}

static INPUT: Shape = Shape::structure(
    "DeregisterStreamConsumerInput",
    &[
        Member::optional("ConsumerName", &shapes::CONSUMER_NAME),
        shapes::BY_ID,
        Member::optional("ConsumerARN", &shapes::CONSUMER_ARN),
        shapes::BY_ARN,
    ],
);

impl Input<'_> for DeregisterStreamConsumer {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self { consumer: ConsumerRef::take(&mut fields)? })
    }
}
