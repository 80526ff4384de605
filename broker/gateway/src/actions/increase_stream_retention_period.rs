//! IncreaseStreamRetentionPeriod.

use forebay_protocol::api::{ApiError, ErrorCode, IncreaseStreamRetentionPeriod};
use forebay_protocol::limits::{RETENTION_HOURS_MAX, RETENTION_HOURS_MIN};

use super::Answering;
use super::split_shard::check_active;
use crate::catalog::{Catalog, Stream, StreamChange};
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn increase_stream_retention_period(
        &self,
        request: &IncreaseStreamRetentionPeriod,
    ) -> Result<(), ApiError> {
        let stream = self.stream(&request.stream)?;
        let hours = within_limits(request.hours)?;
        if hours < stream.retention_hours {
            return Err(invalid(format!(
                "Requested retention period ({hours} hours) for stream {} can not be shorter than existing retention \
                 period ({} hours). Use DecreaseRetentionPeriod API.",
                stream.arn.name, stream.retention_hours
            )));
        }
        self.change_retention(&stream, hours).await
    }

    pub(super) async fn change_retention(&self, stream: &Stream, hours: u32) -> Result<(), ApiError> {
        check_active(stream)?;
        if hours == stream.retention_hours {
            return Ok(());
        }
        self.change(stream, StreamChange::RetentionHours(hours)).await
    }
}

/// Hours that a stream can keep its records.
pub(super) fn within_limits(hours: i32) -> Result<u32, ApiError> {
    let given = u32::try_from(hours).unwrap_or(0);
    if given < RETENTION_HOURS_MIN {
        return Err(invalid(format!(
            "Minimum allowed retention period is {RETENTION_HOURS_MIN} hours. Requested retention period ({hours} \
             hours) is too short."
        )));
    }
    if given > RETENTION_HOURS_MAX {
        return Err(invalid(format!(
            "Maximum allowed retention period is {RETENTION_HOURS_MAX} hours. Requested retention period ({hours} \
             hours) is too long."
        )));
    }
    Ok(given)
}

pub(super) fn invalid(text: String) -> ApiError {
    ApiError::new(ErrorCode::InvalidArgument, text)
}
