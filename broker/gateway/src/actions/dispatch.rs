//! From a typed request to the method that answers it.

use forebay_protocol::api::{ApiError, Request};

use super::Answering;
use super::describe_account_settings::describe_account_settings;
use crate::catalog::Catalog;
use crate::ranges::Ranges;

/// The body of an operation without output.
const NO_OUTPUT: Vec<u8> = Vec::new();

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    /// The answer's body; `body` is the request's.
    pub(super) async fn dispatch(&self, request: Request<'_>, body: &[u8]) -> Result<Vec<u8>, ApiError> {
        match request {
            Request::PutRecord(request) => match self.put_record(request).await {
                Ok(output) => Ok(self.write(&output)),
                Err(refusal) => Err(refusal.explain(self.operation, self.encoding, body)),
            },
            Request::PutRecords(request) => {
                let put = self.put_records(request).await;
                put.map_err(|refusal| refusal.explain(self.operation, self.encoding, body))
            }
            Request::GetRecords(request) => self.get_records(&request).await,
            Request::GetShardIterator(request) => Ok(self.write(&self.get_shard_iterator(request).await?)),
            Request::ListShards(request) => Ok(self.write(&self.list_shards(request).await?)),
            Request::DescribeStream(request) => Ok(self.write(&self.describe_stream(&request).await?)),
            Request::DescribeStreamSummary(request) => Ok(self.write(&self.describe_stream_summary(&request).await?)),
            other => self.dispatch_rare(other).await,
        }
    }

    /// What applications do not do all day.
    async fn dispatch_rare(&self, request: Request<'_>) -> Result<Vec<u8>, ApiError> {
        match request {
            Request::CreateStream(request) => self.create_stream(request).await.map(|()| NO_OUTPUT),
            Request::DeleteStream(request) => self.delete_stream(&request).await.map(|()| NO_OUTPUT),
            Request::ListStreams(request) => Ok(self.write(&self.list_streams(&request)?)),
            Request::DescribeLimits(_) => Ok(self.write(&self.describe_limits().await)),
            Request::DescribeAccountSettings(_) => Ok(self.write(&describe_account_settings())),
            Request::SplitShard(request) => self.split_shard(&request).await.map(|()| NO_OUTPUT),
            Request::MergeShards(request) => self.merge_shards(&request).await.map(|()| NO_OUTPUT),
            Request::UpdateShardCount(request) => Ok(self.write(&self.update_shard_count(&request).await?)),
            Request::UpdateStreamMode(request) => self.update_stream_mode(request).await.map(|()| NO_OUTPUT),
            Request::UpdateMaxRecordSize(request) => self.update_max_record_size(&request).await.map(|()| NO_OUTPUT),
            Request::IncreaseStreamRetentionPeriod(request) => {
                self.increase_stream_retention_period(&request).await.map(|()| NO_OUTPUT)
            }
            Request::DecreaseStreamRetentionPeriod(request) => {
                self.decrease_stream_retention_period(&request).await.map(|()| NO_OUTPUT)
            }
            Request::EnableEnhancedMonitoring(request) => {
                Ok(self.write(&self.enable_enhanced_monitoring(&request).await?))
            }
            Request::DisableEnhancedMonitoring(request) => {
                Ok(self.write(&self.disable_enhanced_monitoring(&request).await?))
            }
            other => self.dispatch_tags_and_consumers(other).await,
        }
    }

    async fn dispatch_tags_and_consumers(&self, request: Request<'_>) -> Result<Vec<u8>, ApiError> {
        match request {
            Request::AddTagsToStream(request) => self.add_tags_to_stream(request).await.map(|()| NO_OUTPUT),
            Request::RemoveTagsFromStream(request) => self.remove_tags_from_stream(request).await.map(|()| NO_OUTPUT),
            Request::ListTagsForStream(request) => Ok(self.write(&self.list_tags_for_stream(&request)?)),
            Request::TagResource(request) => self.tag_resource(request).await.map(|()| NO_OUTPUT),
            Request::UntagResource(request) => self.untag_resource(request).await.map(|()| NO_OUTPUT),
            Request::ListTagsForResource(request) => Ok(self.write(&self.list_tags_for_resource(request)?)),
            Request::RegisterStreamConsumer(request) => Ok(self.write(&self.register_stream_consumer(request).await?)),
            Request::DeregisterStreamConsumer(request) => {
                self.deregister_stream_consumer(&request).await.map(|()| NO_OUTPUT)
            }
            Request::DescribeStreamConsumer(request) => Ok(self.write(&self.describe_stream_consumer(&request)?)),
            Request::ListStreamConsumers(request) => Ok(self.write(&self.list_stream_consumers(request)?)),
            other => Err(other.operation().absent()),
        }
    }
}
