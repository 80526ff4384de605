//! DescribeLimits.

use super::ApiError;
use super::decode::Input;
use crate::wire::{Fields, Output, Shape, Writer};

/// Asks what an account uses and may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DescribeLimits;

static INPUT: Shape = Shape::structure("DescribeLimitsInput", &[]);

impl Input<'_> for DescribeLimits {
    const SHAPE: &'static Shape = &INPUT;

    fn from_fields(_: Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self)
    }
}

/// What an account uses and may use; channels, of which this server has none, are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DescribeLimitsOutput {
    /// Open shards it may have.
    pub shard_limit: u32,
    /// Open shards it has.
    pub open_shard_count: u32,
    /// On-demand streams it has.
    pub on_demand_stream_count: u32,
    /// On-demand streams it may have.
    pub on_demand_stream_count_limit: u32,
}

impl Output for DescribeLimitsOutput {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.member("ShardLimit", &self.shard_limit);
        writer.member("OpenShardCount", &self.open_shard_count);
        writer.member("OnDemandStreamCount", &self.on_demand_stream_count);
        writer.member("OnDemandStreamCountLimit", &self.on_demand_stream_count_limit);
        writer.end_map();
    }
}
