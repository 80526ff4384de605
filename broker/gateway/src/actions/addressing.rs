//! Which stream a request means: by name, ARN or id, in the caller's own account and this installation's region.

use std::sync::Arc;

use forebay_protocol::api::{ApiError, ErrorCode, StreamRef, texts};
use forebay_protocol::words::{Place, StreamName};

use super::Answering;
use crate::catalog::{Catalog, Stream, StreamStatus};
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    /// The stream, or AWS's text that there is none.
    pub(super) fn stream(&self, named: &StreamRef) -> Result<Arc<Stream>, ApiError> {
        self.find(named)?.ok_or_else(|| self.stream_not_found(named))
    }

    /// The stream if it takes and gives records; one in CREATING is not found, as AWS has it.
    pub(super) fn serving_stream(&self, named: &StreamRef) -> Result<Arc<Stream>, ApiError> {
        self.find_serving(named)?.ok_or_else(|| self.stream_not_found(named))
    }

    /// The same for calls that have another text for its absence.
    pub(super) fn find_serving(&self, named: &StreamRef) -> Result<Option<Arc<Stream>>, ApiError> {
        Ok(self.find(named)?.filter(|stream| stream.status != StreamStatus::Creating))
    }

    /// The stream, if the caller's account has it. An ARN of another account is refused whether or not it exists; of
    /// another region or partition nothing is known here.
    pub(super) fn find(&self, named: &StreamRef) -> Result<Option<Arc<Stream>>, ApiError> {
        let catalog = &self.actions.catalog;
        match named {
            StreamRef::Name(name) => Ok(catalog.stream(self.caller.account, name)),
            StreamRef::Id(id) => Ok(catalog.stream_by_id(self.caller.account, *id)),
            StreamRef::Arn(arn) => {
                self.own(&arn.place, arn)?;
                Ok(if self.is_here(&arn.place) { catalog.stream(self.caller.account, &arn.name) } else { None })
            }
        }
    }

    /// Refuses a resource of another account.
    pub(super) fn own(&self, place: &Place, arn: &impl std::fmt::Display) -> Result<(), ApiError> {
        let account = self.caller.account;
        if place.account == account {
            return Ok(());
        }
        let (partition, action) = (&self.actions.catalog.installation().partition, self.operation.name());
        let text = format!(
            "User: arn:{partition}:iam::{account}:root is not authorized to perform: kinesis:{action} on resource: \
             {arn} because no resource-based policy allows the kinesis:{action} action"
        );
        Err(ApiError::new(ErrorCode::AccessDenied, text))
    }

    /// Whether a place is this installation.
    pub(super) fn is_here(&self, place: &Place) -> bool {
        let installation = self.actions.catalog.installation();
        place.region == installation.region && place.partition == installation.partition
    }

    /// AWS's text for a stream that is not there.
    pub(super) fn stream_not_found(&self, named: &StreamRef) -> ApiError {
        texts::stream_not_found(&called(named), self.caller.account)
    }
}

/// What a stream that is not there is called in texts.
pub(super) fn called(named: &StreamRef) -> StreamName {
    match named {
        StreamRef::Name(name) => name.clone(),
        StreamRef::Arn(arn) => arn.name.clone(),
        StreamRef::Id(id) => id.to_string().parse().expect("every id is of the pattern of a name"),
    }
}
