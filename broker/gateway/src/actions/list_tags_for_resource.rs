//! ListTagsForResource.

use forebay_protocol::api::{ApiError, ListTagsForResource, ListTagsForResourceOutput};

use super::Answering;
use crate::catalog::Catalog;
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) fn list_tags_for_resource(
        &self,
        request: ListTagsForResource,
    ) -> Result<ListTagsForResourceOutput, ApiError> {
        Ok(ListTagsForResourceOutput { tags: self.resource(request.resource)?.tags })
    }
}
