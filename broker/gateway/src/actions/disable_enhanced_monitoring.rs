//! DisableEnhancedMonitoring.

use forebay_protocol::api::{ApiError, DisableEnhancedMonitoring, EnhancedMonitoringOutput};

use super::Answering;
use super::enhanced_monitoring::named;
use crate::catalog::Catalog;
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn disable_enhanced_monitoring(
        &self,
        request: &DisableEnhancedMonitoring,
    ) -> Result<EnhancedMonitoringOutput, ApiError> {
        self.change_metrics(&request.stream, |current| &current - &named(&request.metrics)).await
    }
}
