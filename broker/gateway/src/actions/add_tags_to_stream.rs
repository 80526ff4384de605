//! AddTagsToStream.

use forebay_protocol::api::{AddTagsToStream, ApiError};

use super::Answering;
use super::tags::{self, Failed};
use crate::catalog::{Catalog, StreamChange};
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn add_tags_to_stream(&self, request: AddTagsToStream) -> Result<(), ApiError> {
        let stream = self.stream(&request.stream)?;
        let failed = Failed::ToAdd { stream: &stream.arn.name, account: self.caller.account };
        tags::check_added(&request.tags, &stream.tags, failed)?;
        self.change(&stream, StreamChange::AddTags(request.tags)).await
    }
}
