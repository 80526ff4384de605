//! UpdateShardCount.

use super::decode::Input;
use super::enums::ScalingType;
use super::{ApiError, StreamRef, shapes};
use crate::wire::{Fields, Member, Output, Shape, Writer};
use crate::words::StreamArn;

/// A stream to divide into equal shards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateShardCount {
    /// The stream.
    pub stream: StreamRef,
    /// How many shards it is to have, at least one.
    pub target: u32,
}

static SCALING_TYPE: Shape = Shape::choice("ScalingType", ScalingType::TEXTS);
static INPUT: Shape = Shape::structure(
    "UpdateShardCountInput",
    &[
        Member::required("ScalingType", &SCALING_TYPE),
        shapes::BY_ID,
        shapes::BY_ARN,
        Member::required("TargetShardCount", &shapes::POSITIVE_INTEGER),
        shapes::BY_NAME,
    ],
);

impl Input<'_> for UpdateShardCount {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            stream: StreamRef::take(&mut fields)?,
            target: fields.count("TargetShardCount").expect("required by the shape"),
        })
    }
}

/// How many shards a stream has and is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateShardCountOutput {
    /// Its ARN, which holds its name.
    pub arn: StreamArn,
    /// The open shards it has.
    pub current: u32,
    /// Those it is to have.
    pub target: u32,
}

impl Output for UpdateShardCountOutput {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.member("StreamName", &self.arn.name);
        writer.member("CurrentShardCount", &self.current);
        writer.member("TargetShardCount", &self.target);
        writer.member("StreamARN", &self.arn);
        writer.end_map();
    }
}
