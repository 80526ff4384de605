//! MergeShards.

use forebay_protocol::api::{ApiError, MergeShards};

use super::Answering;
use super::split_shard::{check_active, reshard_error};
use crate::catalog::Catalog;
use crate::ranges::{Ranges, Reshard};

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn merge_shards(&self, request: &MergeShards) -> Result<(), ApiError> {
        let shard = self.shard_named(&request.shard, &request.stream)?;
        let adjacent = self.shard_named(&request.adjacent, &request.stream)?;
        let (stream, _) = self.shards_to_reshard(&request.stream, [shard, adjacent]).await?;
        check_active(&stream)?;
        let reshard = Reshard::Merge { shard, adjacent };
        let resharded = self.actions.ranges.reshard(stream.root, reshard, self.held.clone()).await;
        resharded.map_err(|error| reshard_error(&stream, error, reshard))
    }
}
