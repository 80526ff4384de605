//! One stream's settings in the three vocabularies that meet here: the manifest's, the range's and the AWS API's.

use std::collections::BTreeSet;

use forebay_api::{Limits, ShardLevelMetric, StreamMode};
use forebay_core::configuration::{Configuration, Mode, ShardMetric};
use forebay_core::quota;
use forebay_gateway::catalog::{MetricsName, StreamMode as AwsMode};
use forebay_plan::Settings;

const METRICS: [(ShardLevelMetric, ShardMetric, MetricsName); 7] = [
    (ShardLevelMetric::IncomingBytes, ShardMetric::IncomingBytes, MetricsName::IncomingBytes),
    (ShardLevelMetric::IncomingRecords, ShardMetric::IncomingRecords, MetricsName::IncomingRecords),
    (ShardLevelMetric::OutgoingBytes, ShardMetric::OutgoingBytes, MetricsName::OutgoingBytes),
    (ShardLevelMetric::OutgoingRecords, ShardMetric::OutgoingRecords, MetricsName::OutgoingRecords),
    (
        ShardLevelMetric::WriteProvisionedThroughputExceeded,
        ShardMetric::WriteProvisionedThroughputExceeded,
        MetricsName::WriteProvisionedThroughputExceeded,
    ),
    (
        ShardLevelMetric::ReadProvisionedThroughputExceeded,
        ShardMetric::ReadProvisionedThroughputExceeded,
        MetricsName::ReadProvisionedThroughputExceeded,
    ),
    (
        ShardLevelMetric::IteratorAgeMilliseconds,
        ShardMetric::IteratorAgeMilliseconds,
        MetricsName::IteratorAgeMilliseconds,
    ),
];

/// What a manifest sets, as a range keeps it. Retention is kept apart.
pub(crate) fn to_configuration(settings: &Settings) -> Configuration {
    let wanted = METRICS.iter().filter(|(metric, ..)| settings.shard_level_metrics.contains(metric));
    Configuration {
        mode: match settings.mode {
            StreamMode::Provisioned => Mode::Provisioned,
            StreamMode::OnDemand => Mode::OnDemand,
        },
        max_record_size_kib: settings.max_record_size_kib,
        limits: match settings.limits {
            Limits::Aws => quota::Limits::Aws,
            Limits::Off => quota::Limits::Off,
        },
        metrics: wanted.map(|(_, metric, _)| *metric).collect(),
    }
}

/// What a range keeps, as a manifest sets it.
pub(crate) fn to_settings(configuration: Configuration, retention_hours: u32) -> Settings {
    let kept = METRICS.iter().filter(|(_, metric, _)| configuration.metrics.contains(*metric));
    Settings {
        mode: match configuration.mode {
            Mode::Provisioned => StreamMode::Provisioned,
            Mode::OnDemand => StreamMode::OnDemand,
        },
        retention_hours,
        max_record_size_kib: configuration.max_record_size_kib,
        limits: match configuration.limits {
            quota::Limits::Aws => Limits::Aws,
            quota::Limits::Off => Limits::Off,
        },
        shard_level_metrics: kept.map(|(metric, ..)| *metric).collect(),
    }
}

/// Metrics as DescribeStream names them.
pub(crate) fn aws_metrics(metrics: &BTreeSet<ShardLevelMetric>) -> Vec<MetricsName> {
    METRICS.iter().filter(|(metric, ..)| metrics.contains(metric)).map(|(.., name)| *name).collect()
}

/// What EnableEnhancedMonitoring names, as a manifest sets it.
pub(crate) fn manifest_metrics(names: &[MetricsName]) -> BTreeSet<ShardLevelMetric> {
    METRICS.iter().filter(|(.., name)| names.contains(name)).map(|(metric, ..)| *metric).collect()
}

/// The mode as DescribeStream names it.
pub(crate) fn aws_mode(mode: StreamMode) -> AwsMode {
    match mode {
        StreamMode::Provisioned => AwsMode::Provisioned,
        StreamMode::OnDemand => AwsMode::OnDemand,
    }
}

/// The mode as a manifest names it.
pub(crate) fn manifest_mode(mode: AwsMode) -> StreamMode {
    match mode {
        AwsMode::Provisioned => StreamMode::Provisioned,
        AwsMode::OnDemand => StreamMode::OnDemand,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_the_range() {
        for (mode, limits, metrics) in [
            (StreamMode::Provisioned, Limits::Off, BTreeSet::new()),
            (StreamMode::OnDemand, Limits::Aws, ShardLevelMetric::EACH.into()),
            (StreamMode::OnDemand, Limits::Aws, [ShardLevelMetric::OutgoingBytes].into()),
        ] {
            let settings =
                Settings { mode, retention_hours: 48, max_record_size_kib: 2048, limits, shard_level_metrics: metrics };
            assert_eq!(to_settings(to_configuration(&settings), 48), settings);
        }
    }
}
