//! ListTagsForStream.

use std::ops::Bound;

use forebay_protocol::api::{ApiError, ListTagsForStream, ListTagsForStreamOutput};

use super::Answering;
use crate::catalog::Catalog;
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) fn list_tags_for_stream(
        &self,
        request: &ListTagsForStream,
    ) -> Result<ListTagsForStreamOutput, ApiError> {
        let stream = self.stream(&request.stream)?;
        let after = request.exclusive_start.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut later = stream.tags.range::<str, _>((after, Bound::Unbounded));
        let tags = later.by_ref().take(request.limit).map(|(key, value)| (key.clone(), value.clone())).collect();
        Ok(ListTagsForStreamOutput { tags, has_more_tags: later.next().is_some() })
    }
}
