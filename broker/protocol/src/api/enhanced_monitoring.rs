//! What EnableEnhancedMonitoring and DisableEnhancedMonitoring share: their answer and their list of metrics.

use super::enums::MetricsName;
use crate::wire::{Fields, Output, Writer};
use crate::words::StreamArn;

/// The shard-level metrics of a stream, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnhancedMonitoringOutput {
    /// Its ARN, which holds its name.
    pub arn: StreamArn,
    /// Those that were on.
    pub current: Vec<MetricsName>,
    /// Those that will be on.
    pub desired: Vec<MetricsName>,
}

impl Output for EnhancedMonitoringOutput {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.member("StreamName", &self.arn.name);
        writer.member("CurrentShardLevelMetrics", &self.current);
        writer.member("DesiredShardLevelMetrics", &self.desired);
        writer.member("StreamARN", &self.arn);
        writer.end_map();
    }
}

/// The metrics that a request names, as given: `ALL` stands for all of the others.
pub(super) fn take_metrics(fields: &mut Fields<'_>) -> Vec<MetricsName> {
    let texts = fields.texts("ShardLevelMetrics").into_iter().flatten();
    texts.map(|text| text.parse().expect("one of the enum's values")).collect()
}
