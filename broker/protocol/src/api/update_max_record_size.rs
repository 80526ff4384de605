//! UpdateMaxRecordSize.

use super::decode::Input;
use super::{ApiError, StreamRef, shapes};
use crate::wire::{Fields, Member, Shape};

/// A stream whose largest record to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateMaxRecordSize {
    /// The stream.
    pub stream: StreamRef,
    /// The most KiB of one record, 1024 to 10,240.
    pub max_record_size_kib: u32,
}

static INPUT: Shape = Shape::structure(
    "UpdateMaxRecordSizeInput",
    &[Member::required("MaxRecordSizeInKiB", &shapes::MAX_RECORD_SIZE), shapes::BY_ID, shapes::BY_ARN],
);

impl Input<'_> for UpdateMaxRecordSize {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            stream: StreamRef::take(&mut fields)?,
            max_record_size_kib: fields.count("MaxRecordSizeInKiB").expect("required by the shape"),
        })
    }
}
