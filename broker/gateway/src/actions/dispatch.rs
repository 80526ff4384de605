//! From a typed request to the method that answers it, for every request there is: no arm may stand for several.

use forebay_protocol::api::{ApiError, Request};
use forebay_protocol::wire::Output;

use super::Answering;
use super::append_records::PutRefusal;
use super::describe_account_settings::describe_account_settings;
use crate::catalog::Catalog;
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    /// The answer's body; `body` is the request's.
    pub(super) async fn dispatch(&self, request: Request<'_>, body: &[u8]) -> Result<Vec<u8>, ApiError> {
        let explain = |refusal: PutRefusal| refusal.explain(self.operation, self.encoding, body);
        match request {
            Request::AddTagsToStream(request) => done(self.add_tags_to_stream(request).await),
            Request::CreateStream(request) => done(self.create_stream(request).await),
            Request::DecreaseStreamRetentionPeriod(request) => {
                done(self.decrease_stream_retention_period(&request).await)
            }
            Request::DeleteStream(request) => done(self.delete_stream(&request).await),
            Request::DeregisterStreamConsumer(request) => done(self.deregister_stream_consumer(&request).await),
            Request::DescribeAccountSettings(_) => Ok(self.write(&describe_account_settings())),
            Request::DescribeLimits(_) => Ok(self.write(&self.describe_limits().await)),
            Request::DescribeStream(request) => self.told(self.describe_stream(&request).await),
            Request::DescribeStreamConsumer(request) => self.told(self.describe_stream_consumer(&request)),
            Request::DescribeStreamSummary(request) => self.told(self.describe_stream_summary(&request).await),
            Request::DisableEnhancedMonitoring(request) => self.told(self.disable_enhanced_monitoring(&request).await),
            Request::EnableEnhancedMonitoring(request) => self.told(self.enable_enhanced_monitoring(&request).await),
            Request::GetRecords(request) => self.get_records(&request).await,
            Request::GetShardIterator(request) => self.told(self.get_shard_iterator(request).await),
            Request::IncreaseStreamRetentionPeriod(request) => {
                done(self.increase_stream_retention_period(&request).await)
            }
            Request::ListShards(request) => self.told(self.list_shards(request).await),
            Request::ListStreamConsumers(request) => self.told(self.list_stream_consumers(request)),
            Request::ListStreams(request) => self.told(self.list_streams(&request)),
            Request::ListTagsForResource(request) => self.told(self.list_tags_for_resource(request)),
            Request::ListTagsForStream(request) => self.told(self.list_tags_for_stream(&request)),
            Request::MergeShards(request) => done(self.merge_shards(&request).await),
            Request::PutRecord(request) => self.told(self.put_record(request).await.map_err(explain)),
            Request::PutRecords(request) => self.put_records(request).await.map_err(explain),
            Request::RegisterStreamConsumer(request) => self.told(self.register_stream_consumer(request).await),
            Request::RemoveTagsFromStream(request) => done(self.remove_tags_from_stream(request).await),
            Request::SplitShard(request) => done(self.split_shard(&request).await),
            Request::TagResource(request) => done(self.tag_resource(request).await),
            Request::UntagResource(request) => done(self.untag_resource(request).await),
            Request::UpdateMaxRecordSize(request) => done(self.update_max_record_size(&request).await),
            Request::UpdateShardCount(request) => self.told(self.update_shard_count(&request).await),
            Request::UpdateStreamMode(request) => done(self.update_stream_mode(request).await),
        }
    }

    /// The answer of an operation with output.
    fn told(&self, output: Result<impl Output, ApiError>) -> Result<Vec<u8>, ApiError> {
        output.map(|output| self.write(&output))
    }
}

/// The answer of an operation without output.
fn done(done: Result<(), ApiError>) -> Result<Vec<u8>, ApiError> {
    done.map(|()| Vec::new())
}
