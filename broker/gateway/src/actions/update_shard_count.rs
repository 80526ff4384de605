//! UpdateShardCount.

use forebay_protocol::api::{ApiError, ErrorCode, StreamMode, UpdateShardCount, UpdateShardCountOutput};
use forebay_protocol::limits::{SCALE_DOWN_DIVISOR_MAX, SCALE_TARGET_SHARDS_MAX, SCALE_UP_FACTOR_MAX};

use super::Answering;
use super::refusals::change_refusal;
use super::split_shard::{check_active, on_demand};
use crate::catalog::{AccountFacts, Catalog, ChangeRefusal, StreamChange, open_shard_count};
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    /// The stream is UPDATING when this answers, and ACTIVE once it has the shards.
    pub(super) async fn update_shard_count(
        &self,
        request: &UpdateShardCount,
    ) -> Result<UpdateShardCountOutput, ApiError> {
        let stream = self.stream(&request.stream)?;
        if stream.mode == StreamMode::OnDemand {
            return Err(on_demand(&stream));
        }
        check_active(&stream)?;
        let map = self.shard_map(&stream).await?;
        let (current, target) = (map.as_deref().map_or(0, open_shard_count), request.target);
        if let Some(text) = scaling_refusal(current, target) {
            return Err(ApiError::new(ErrorCode::LimitExceeded, text));
        }
        let additional = target.saturating_sub(current);
        let facts = self.actions.catalog.account(self.caller.account).await;
        if exceeds_limit(facts, additional) {
            return Err(self.shard_limit(facts, additional));
        }
        let change = StreamChange::ShardCount(target);
        match self.actions.catalog.change(self.caller.account, stream.incarnation, change).await {
            Ok(()) => Ok(UpdateShardCountOutput { arn: stream.arn.clone(), current, target }),
            Err(ChangeRefusal::ShardLimit(facts)) => Err(self.shard_limit(facts, additional)),
            Err(refusal) => Err(change_refusal(&stream, refusal)),
        }
    }
}

fn exceeds_limit(facts: AccountFacts, additional: u32) -> bool {
    additional > 0 && facts.open_shards.saturating_add(additional) > facts.shard_limit
}

/// AWS's text for a target that is too far away.
fn scaling_refusal(current: u32, target: u32) -> Option<String> {
    let counts = format!("Current open shard count: {current}, Target shard count: {target}");
    if target > SCALE_TARGET_SHARDS_MAX {
        let most = SCALE_TARGET_SHARDS_MAX;
        return Some(format!("Target shard count or number of open shards cannot be greater than {most}. {counts}"));
    }
    if target > current.saturating_mul(SCALE_UP_FACTOR_MAX) {
        return Some(format!("UpdateShardCount cannot scale up over double your current open shard count. {counts}"));
    }
    if target.saturating_mul(SCALE_DOWN_DIVISOR_MAX) < current {
        return Some(format!("UpdateShardCount cannot scale down below half your current open shard count. {counts}"));
    }
    None
}
