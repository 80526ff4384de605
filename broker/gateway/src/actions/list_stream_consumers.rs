//! ListStreamConsumers.

use forebay_protocol::api::{ApiError, ListStreamConsumers, ListStreamConsumersOutput, StreamRef};

use super::Answering;
use super::consumers::shown;
use super::next_token::{self, Page};
use crate::catalog::Catalog;
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) fn list_stream_consumers(
        &self,
        request: ListStreamConsumers,
    ) -> Result<ListStreamConsumersOutput, ApiError> {
        let named = StreamRef::Arn(request.stream);
        let (stream, after) = match request.next_token {
            Some(token) => {
                let Page::Consumers { stream, after } = self.page(&token)? else {
                    return Err(next_token::invalid());
                };
                (self.stream_of_token(stream, Some(&named))?, Some(after))
            }
            None => (self.stream_created(&named, request.created)?, None),
        };
        let later =
            stream.consumers.iter().filter(|consumer| after.as_ref().is_none_or(|after| consumer.arn.name > *after));
        let mut later = later.peekable();
        let consumers: Vec<_> = later.by_ref().take(request.max_results as usize).map(shown).collect();
        let has_more = later.next().is_some();
        let last = consumers.last().filter(|_| has_more);
        let page = |name| Page::Consumers { stream: stream.incarnation, after: name };
        let next_token = last.map(|last| page(last.arn.name.clone()).to_token(self.now));
        Ok(ListStreamConsumersOutput { consumers, next_token })
    }
}
