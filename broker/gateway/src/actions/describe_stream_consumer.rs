//! DescribeStreamConsumer.

use forebay_protocol::api::{ApiError, DescribeStreamConsumer, DescribeStreamConsumerOutput};

use super::Answering;
use super::consumers::shown;
use crate::catalog::Catalog;
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) fn describe_stream_consumer(
        &self,
        request: &DescribeStreamConsumer,
    ) -> Result<DescribeStreamConsumerOutput, ApiError> {
        let (_, consumer) = self.consumer(&request.consumer)?;
        Ok(DescribeStreamConsumerOutput { consumer: shown(&consumer) })
    }
}
