//! UpdateStreamMode.

use super::create_stream::{refuse_warm_throughput, take_mode};
use super::decode::Input;
use super::enums::StreamMode;
use super::{ApiError, shapes, stream_ref};
use crate::wire::{Fields, Member, Shape};
use crate::words::StreamArn;

/// A stream whose mode to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateStreamMode {
    /// The stream.
    pub stream: StreamArn,
    /// Its new mode.
    pub mode: StreamMode,
}

static INPUT: Shape = Shape::structure(
    "UpdateStreamModeInput",
    &[
        Member::required("StreamModeDetails", &shapes::STREAM_MODE_DETAILS),
        shapes::BY_ID,
        Member::required("StreamARN", &shapes::STREAM_ARN),
        Member::optional("WarmThroughputMiBps", &shapes::NATURAL_INTEGER),
    ],
);

impl Input<'_> for UpdateStreamMode {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        refuse_warm_throughput(&mut fields)?;
        Ok(Self {
            stream: stream_ref::required_stream_arn(&mut fields)?,
            mode: take_mode(&mut fields).expect("required by the shape"),
        })
    }
}
