//! DescribeLimits: what an account uses and may use.

use forebay_protocol::api::DescribeLimitsOutput;

use super::Answering;
use crate::catalog::Catalog;
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn describe_limits(&self) -> DescribeLimitsOutput {
        let facts = self.actions.catalog.account(self.caller.account).await;
        DescribeLimitsOutput {
            shard_limit: facts.shard_limit,
            open_shard_count: facts.open_shards,
            on_demand_stream_count: facts.on_demand_streams,
            on_demand_stream_count_limit: facts.on_demand_stream_limit,
        }
    }
}
