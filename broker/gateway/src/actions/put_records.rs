//! PutRecords.

use forebay_protocol::api::{ErrorCode, PutRecords, PutRecordsOutput, PutRecordsResult, texts};
use forebay_protocol::words::ShardId;

use super::append_records::{PutRefusal, RecordOutcome};
use super::refusals::INTERNAL_FAILURE;
use super::{Answering, record_sizes};
use crate::catalog::{Catalog, Stream};
use crate::ranges::Ranges;

/// Bytes of one record's result, either dialect: member names, shard id and sequence number.
const RESULT_BYTES: usize = 120;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    /// The answer's body. A record that fails does not fail the others.
    pub(super) async fn put_records(&self, request: PutRecords<'_>) -> Result<Vec<u8>, PutRefusal> {
        let stream = self.serving_stream(&request.stream)?;
        record_sizes::check_records(&stream, &request.records)?;
        if request.dry_run {
            return Err(Self::put_would_succeed(&request.records));
        }
        let outcomes = self.append_records(&stream, &request.records).await?;
        Ok(self.write_outcomes(&stream, &outcomes))
    }

    fn write_outcomes(&self, stream: &Stream, outcomes: &[RecordOutcome]) -> Vec<u8> {
        let failed = outcomes.iter().filter(|outcome| !matches!(outcome, RecordOutcome::Put { .. })).count();
        let failed_record_count = u32::try_from(failed).expect("AWS allows 500 records in a request");
        let throttled = throttled_texts(stream, outcomes);
        let results = outcomes.iter().map(|outcome| match *outcome {
            RecordOutcome::Put { shard, sequence } => PutRecordsResult::Put { shard, sequence },
            RecordOutcome::Throttled(shard) => {
                let text = throttled.binary_search_by_key(&shard, |(shard, _)| *shard).map(|index| &throttled[index].1);
                let message = text.expect("every throttled shard has its text").as_str();
                PutRecordsResult::Failed { code: ErrorCode::ProvisionedThroughputExceeded, message }
            }
            RecordOutcome::Failed => {
                PutRecordsResult::Failed { code: ErrorCode::InternalFailure, message: INTERNAL_FAILURE }
            }
        });
        let output = PutRecordsOutput { failed_record_count, results };
        self.write_with_capacity(&output, RESULT_BYTES * (outcomes.len() + 1))
    }
}

/// One text for each throttled shard, by shard.
fn throttled_texts(stream: &Stream, outcomes: &[RecordOutcome]) -> Vec<(ShardId, String)> {
    let throttled = outcomes.iter().filter_map(|outcome| match outcome {
        RecordOutcome::Throttled(shard) => Some(*shard),
        RecordOutcome::Put { .. } | RecordOutcome::Failed => None,
    });
    let shards: std::collections::BTreeSet<ShardId> = throttled.collect();
    let text = |shard| texts::rate_exceeded(shard, &stream.arn.name, stream.arn.place.account).message.into_owned();
    shards.into_iter().map(|shard| (shard, text(shard))).collect()
}
