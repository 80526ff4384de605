//! DecreaseStreamRetentionPeriod.

use super::decode::Input;
use super::{ApiError, StreamRef, shapes};
use crate::wire::{Fields, Member, Shape};

/// A stream whose records to keep for less long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecreaseStreamRetentionPeriod {
    /// The stream.
    pub stream: StreamRef,
    /// How long, in hours. The model sets no limits: AWS checks them once it has found the stream.
    pub hours: i32,
}

static INPUT: Shape = Shape::structure(
    "DecreaseStreamRetentionPeriodInput",
    &[
        Member::required("RetentionPeriodHours", &shapes::RETENTION_PERIOD_HOURS),
        shapes::BY_ID,
        shapes::BY_ARN,
        shapes::BY_NAME,
    ],
);

impl Input<'_> for DecreaseStreamRetentionPeriod {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            stream: StreamRef::take(&mut fields)?,
            hours: fields.integer("RetentionPeriodHours").expect("required by the shape"),
        })
    }
}
