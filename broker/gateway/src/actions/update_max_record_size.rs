//! UpdateMaxRecordSize.

use forebay_protocol::api::{ApiError, UpdateMaxRecordSize};

use super::Answering;
use super::split_shard::check_active;
use crate::catalog::{Catalog, StreamChange};
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn update_max_record_size(&self, request: &UpdateMaxRecordSize) -> Result<(), ApiError> {
        let stream = self.stream(&request.stream)?;
        check_active(&stream)?;
        self.change(&stream, StreamChange::MaxRecordSizeKib(request.max_record_size_kib)).await
    }
}
