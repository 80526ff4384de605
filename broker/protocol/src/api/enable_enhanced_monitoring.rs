//! EnableEnhancedMonitoring.

use super::decode::Input;
use super::enhanced_monitoring::take_metrics;
use super::enums::MetricsName;
use super::{ApiError, StreamRef, shapes};
use crate::wire::{Fields, Member, Shape};

/// Shard-level metrics to turn on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnableEnhancedMonitoring {
    /// The stream.
    pub stream: StreamRef,
    /// The metrics, one to seven.
    pub metrics: Vec<MetricsName>,
}

static INPUT: Shape = Shape::structure(
    "EnableEnhancedMonitoringInput",
    &[Member::required("ShardLevelMetrics", &shapes::METRICS_NAMES), shapes::BY_ID, shapes::BY_ARN, shapes::BY_NAME],
);

impl Input<'_> for EnableEnhancedMonitoring {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self { stream: StreamRef::take(&mut fields)?, metrics: take_metrics(&mut fields) })
    }
}
