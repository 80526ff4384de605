//! CreateStream.

use forebay_protocol::api::{ApiError, CreateStream, ErrorCode, texts};
use tracing::error;

use super::Answering;
use super::refusals::{INTERNAL_FAILURE, on_demand_stream_limit};
use super::tags;
use crate::catalog::{self, AccountFacts, Catalog, CreateRefusal};
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn create_stream(&self, request: CreateStream) -> Result<(), ApiError> {
        let CreateStream { name, shard_count, mode, tags, max_record_size_kib } = request;
        let account = self.caller.account;
        tags::check_added(&tags, &tags::none(), tags::Failed::ToAdd { stream: &name, account })?;
        let create = catalog::CreateStream { name: name.clone(), shard_count, mode, max_record_size_kib, tags };
        let refusal = match self.actions.catalog.create(account, create).await {
            Ok(()) => return Ok(()),
            Err(refusal) => refusal,
        };
        Err(match refusal {
            CreateRefusal::Exists => texts::stream_exists(&name, account),
            CreateRefusal::ShardLimit(facts) => self.shard_limit(facts, shard_count),
            CreateRefusal::OnDemandStreamLimit(facts) => on_demand_stream_limit(account, facts),
            CreateRefusal::Unavailable(why) => {
                error!(stream = %name, why, "stream was not created");
                ApiError::new(ErrorCode::InternalFailure, INTERNAL_FAILURE)
            }
        })
    }

    /// AWS's text for more shards than the account may have.
    pub(super) fn shard_limit(&self, facts: AccountFacts, additional: u32) -> ApiError {
        let region = &self.actions.catalog.installation().region;
        texts::shard_limit(self.caller.account, region, facts.open_shards, facts.shard_limit, additional)
    }
}
