//! RemoveTagsFromStream.

use forebay_protocol::api::{ApiError, RemoveTagsFromStream};

use super::Answering;
use super::tags::{self, Failed};
use crate::catalog::{Catalog, StreamChange};
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    /// A key that the stream does not have is no error.
    pub(super) async fn remove_tags_from_stream(&self, request: RemoveTagsFromStream) -> Result<(), ApiError> {
        let stream = self.stream(&request.stream)?;
        tags::check_keys(&request.keys, Failed::ToRemove { stream: &stream.arn.name, account: self.caller.account })?;
        self.change(&stream, StreamChange::RemoveTags(request.keys)).await
    }
}
