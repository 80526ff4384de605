//! DeleteStream.

use forebay_protocol::api::{ApiError, DeleteStream, ErrorCode};

use super::Answering;
use super::refusals::change_refusal;
use crate::catalog::Catalog;
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn delete_stream(&self, request: &DeleteStream) -> Result<(), ApiError> {
        let stream = self.stream(&request.stream)?;
        if !stream.consumers.is_empty() && !request.enforce_consumer_deletion {
            let (name, account) = (&stream.arn.name, stream.arn.place.account);
            let text = format!(
                "Stream {name} under account {account} has registered consumers. To delete it with them, set \
                 EnforceConsumerDeletion."
            );
            return Err(ApiError::new(ErrorCode::ResourceInUse, text));
        }
        let deleted = self.actions.catalog.delete(self.caller.account, stream.incarnation).await;
        deleted.map_err(|refusal| change_refusal(&stream, refusal))
    }
}
