//! ListStreams.

use forebay_protocol::api::{ApiError, ListStreams, ListStreamsOutput, StreamSummary};
use forebay_protocol::words::StreamName;

use super::Answering;
use super::next_token::Page;
use crate::catalog::{Catalog, Stream};
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) fn list_streams(&self, request: &ListStreams) -> Result<ListStreamsOutput, ApiError> {
        let after = self.streams_after(request)?;
        let limit = request.limit as usize;
        let mut streams = self.actions.catalog.streams(self.caller.account, after.as_ref(), limit + 1);
        let has_more_streams = streams.len() > limit;
        streams.truncate(limit);
        let last = streams.last().filter(|_| has_more_streams);
        let next_token = last.map(|last| Page::Streams { after: last.arn.name.clone() }.to_token(self.now));
        let streams = streams.iter().map(|stream| summary(stream)).collect();
        Ok(ListStreamsOutput { streams, has_more_streams, next_token })
    }

    /// A token counts for more than a name: SDKs that page send the first request's name with it.
    fn streams_after(&self, request: &ListStreams) -> Result<Option<StreamName>, ApiError> {
        let Some(token) = &request.next_token else {
            return Ok(request.exclusive_start.clone());
        };
        match self.page(token)? {
            Page::Streams { after } => Ok(Some(after)),
            Page::Shards { .. } | Page::Consumers { .. } => Err(super::next_token::invalid()),
        }
    }
}

fn summary(stream: &Stream) -> StreamSummary {
    StreamSummary { arn: stream.arn.clone(), status: stream.status, mode: stream.mode, created: stream.created }
}
