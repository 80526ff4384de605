//! DecreaseStreamRetentionPeriod.

use forebay_protocol::api::{ApiError, DecreaseStreamRetentionPeriod};

use super::Answering;
use super::increase_stream_retention_period::{invalid, within_limits};
use crate::catalog::Catalog;
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn decrease_stream_retention_period(
        &self,
        request: &DecreaseStreamRetentionPeriod,
    ) -> Result<(), ApiError> {
        let stream = self.stream(&request.stream)?;
        let hours = within_limits(request.hours)?;
        if hours > stream.retention_hours {
            return Err(invalid(format!(
                "Requested retention period ({hours} hours) for stream {} can not be longer than existing retention \
                 period ({} hours). Use IncreaseRetentionPeriod API.",
                stream.arn.name, stream.retention_hours
            )));
        }
        self.change_retention(&stream, hours).await
    }
}
