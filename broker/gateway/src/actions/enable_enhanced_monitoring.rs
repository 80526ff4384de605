//! EnableEnhancedMonitoring.

use forebay_protocol::api::{ApiError, EnableEnhancedMonitoring, EnhancedMonitoringOutput};

use super::Answering;
use super::enhanced_monitoring::named;
use crate::catalog::Catalog;
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn enable_enhanced_monitoring(
        &self,
        request: &EnableEnhancedMonitoring,
    ) -> Result<EnhancedMonitoringOutput, ApiError> {
        self.change_metrics(&request.stream, |current| &current | &named(&request.metrics)).await
    }
}
