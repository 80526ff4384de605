//! What the ranges and the catalog refuse, as AWS says it.

use forebay_protocol::api::{ApiError, ErrorCode, texts};
use forebay_protocol::words::{AccountId, ShardId};
use tracing::error;

use super::{Answering, tags};
use crate::catalog::{AccountFacts, Catalog, ChangeRefusal, Stream, StreamChange};
use crate::ranges::{RangeError, Ranges};

/// AWS's text where it has none to give.
pub(super) const INTERNAL_FAILURE: &str = "Internal service failure.";

/// The answer to a failure that is not the client's; `why` is for who runs the server.
pub(super) fn internal_failure(stream: &Stream, why: &str) -> ApiError {
    error!(stream = %stream.arn, why, "request failed");
    ApiError::new(ErrorCode::InternalFailure, INTERNAL_FAILURE)
}

/// What a range refuses on behalf of every operation.
pub(super) fn range_error(stream: &Stream, error: RangeError) -> ApiError {
    let (name, account) = (&stream.arn.name, stream.arn.place.account);
    match error {
        RangeError::NotFound => texts::stream_not_found(name, account),
        RangeError::NoSuchShard(shard) => texts::shard_does_not_exist(shard, name, account),
        RangeError::Unavailable(why) => internal_failure(stream, &why),
    }
}

/// A shard of a stream that reads cannot find.
pub(super) fn shard_does_not_exist(stream: &Stream, shard: ShardId) -> ApiError {
    texts::shard_does_not_exist(shard, &stream.arn.name, stream.arn.place.account)
}

/// What the catalog refuses to change.
pub(super) fn change_refusal(stream: &Stream, refusal: ChangeRefusal) -> ApiError {
    let (name, account) = (&stream.arn.name, stream.arn.place.account);
    let limit = |text: String| ApiError::new(ErrorCode::LimitExceeded, text);
    match refusal {
        ChangeRefusal::NotFound => texts::stream_not_found(name, account),
        ChangeRefusal::NotActive(status) => texts::stream_not_active(name, account, status),
        ChangeRefusal::ShardLimit(facts) => limit(format!(
            "This request would exceed the shard limit for the account {account} in {}. Current shard count for the \
             account: {}. Limit: {}.",
            stream.arn.place.region, facts.open_shards, facts.shard_limit
        )),
        ChangeRefusal::OnDemandStreamLimit(facts) => on_demand_stream_limit(account, facts),
        ChangeRefusal::ShardCountUpdates(most) => limit(format!(
            "UpdateShardCount was called {most} times within 24 hours for stream {name} under account {account}, which \
             is the most allowed."
        )),
        ChangeRefusal::ModeChanges(most) => limit(format!(
            "The mode of stream {name} under account {account} was changed {most} times within 24 hours, which is the \
             most allowed."
        )),
        ChangeRefusal::TagLimit(_) => tags::too_many(tags::Failed::ToAdd { stream: name, account }),
        ChangeRefusal::ConsumerExists(consumer) => ApiError::new(
            ErrorCode::ResourceInUse,
            format!("Consumer {consumer} under stream {name} already exists for account {account}."),
        ),
        ChangeRefusal::NoSuchConsumer(consumer) => ApiError::new(
            ErrorCode::ResourceNotFound,
            format!("Consumer {consumer} under stream {name} not found for account {account}."),
        ),
        ChangeRefusal::ConsumerLimit(most) => limit(format!(
            "Stream {name} under account {account} has {most} registered consumers, which is the most allowed."
        )),
        ChangeRefusal::Unavailable(why) => internal_failure(stream, &why),
    }
}

/// AWS's text for more streams on demand than the account may have.
pub(super) fn on_demand_stream_limit(account: AccountId, facts: AccountFacts) -> ApiError {
    let most = facts.on_demand_stream_limit;
    let text = format!("This request would exceed the limit of {most} on-demand streams for the account {account}.");
    ApiError::new(ErrorCode::LimitExceeded, text)
}

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    /// Changes what is intended for a stream.
    pub(super) async fn change(&self, stream: &Stream, change: StreamChange) -> Result<(), ApiError> {
        let changed = self.actions.catalog.change(self.caller.account, stream.incarnation, change).await;
        changed.map_err(|refusal| change_refusal(stream, refusal))
    }
}

/// The answer to a request that only wanted to know whether it would succeed.
pub(super) fn dry_run() -> ApiError {
    ApiError::new(ErrorCode::DryRunOperation, "The request would have succeeded, but the DryRun parameter is set.")
}
