//! What EnableEnhancedMonitoring and DisableEnhancedMonitoring share: the shard-level metrics of a stream as a set.

use std::collections::BTreeSet;

use forebay_protocol::api::{ApiError, EnhancedMonitoringOutput, MetricsName, StreamRef};

use super::Answering;
use super::split_shard::check_active;
use crate::catalog::{Catalog, StreamChange};
use crate::ranges::Ranges;

/// What ALL stands for.
const EVERY_METRIC: [MetricsName; 7] = [
    MetricsName::IncomingBytes,
    MetricsName::IncomingRecords,
    MetricsName::OutgoingBytes,
    MetricsName::OutgoingRecords,
    MetricsName::WriteProvisionedThroughputExceeded,
    MetricsName::ReadProvisionedThroughputExceeded,
    MetricsName::IteratorAgeMilliseconds,
];

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    /// Changes the metrics of a stream.
    pub(super) async fn change_metrics(
        &self,
        named: &StreamRef,
        desired: impl FnOnce(BTreeSet<MetricsName>) -> BTreeSet<MetricsName>,
    ) -> Result<EnhancedMonitoringOutput, ApiError> {
        let stream = self.stream(named)?;
        check_active(&stream)?;
        let current = stream.shard_level_metrics.clone();
        let desired: Vec<_> = desired(current.iter().copied().collect()).into_iter().collect();
        if desired != current {
            self.change(&stream, StreamChange::ShardLevelMetrics(desired.clone())).await?;
        }
        Ok(EnhancedMonitoringOutput { arn: stream.arn.clone(), current, desired })
    }
}

/// The metrics of a request.
pub(super) fn named(metrics: &[MetricsName]) -> BTreeSet<MetricsName> {
    if metrics.contains(&MetricsName::All) { EVERY_METRIC.into() } else { metrics.iter().copied().collect() }
}
