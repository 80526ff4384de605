//! DescribeStreamSummary.

use forebay_protocol::api::{ApiError, DescribeStreamSummary, DescribeStreamSummaryOutput};

use super::Answering;
use crate::catalog::{Catalog, open_shard_count};
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn describe_stream_summary(
        &self,
        request: &DescribeStreamSummary,
    ) -> Result<DescribeStreamSummaryOutput, ApiError> {
        let stream = self.stream(&request.stream)?;
        let map = self.shard_map(&stream).await?;
        Ok(DescribeStreamSummaryOutput {
            arn: stream.arn.clone(),
            id: stream.id,
            status: stream.status,
            mode: stream.mode,
            retention_hours: stream.retention_hours,
            created: stream.created,
            metrics: stream.shard_level_metrics.clone(),
            open_shard_count: map.as_deref().map_or(0, open_shard_count),
            consumer_count: u32::try_from(stream.consumers.len()).expect("a stream has at most 20 consumers"),
            max_record_size_kib: stream.max_record_size_kib,
        })
    }
}
