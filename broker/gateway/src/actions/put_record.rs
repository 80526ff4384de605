//! PutRecord.

use std::slice;
use std::sync::atomic::Ordering;

use forebay_protocol::api::{ApiError, ErrorCode, Parsed, PutRecord, PutRecordOutput, texts};
use forebay_protocol::words::SequenceNumber;

use super::append_records::{PutRefusal, RecordOutcome};
use super::refusals::{INTERNAL_FAILURE, dry_run};
use super::{Answering, record_sizes};
use crate::catalog::{Catalog, Stream};
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn put_record(&self, request: PutRecord<'_>) -> Result<PutRecordOutput, PutRefusal> {
        let stream = self.serving_stream(&request.stream)?;
        record_sizes::check_record(&stream, &request.record)?;
        if let Some(number) = &request.sequence_number_for_ordering {
            self.check_ordering(&stream, number)?;
        }
        let records = slice::from_ref(&request.record);
        if request.dry_run {
            return Err(Self::put_would_succeed(records));
        }
        let outcomes = self.append_records(&stream, records).await?;
        let (name, account) = (&stream.arn.name, stream.arn.place.account);
        match outcomes[..] {
            [RecordOutcome::Put { shard, sequence }] => Ok(PutRecordOutput { shard, sequence }),
            [RecordOutcome::Throttled(shard)] => Err(texts::rate_exceeded(shard, name, account).into()),
            _ => Err(ApiError::new(ErrorCode::InternalFailure, INTERNAL_FAILURE).into()),
        }
    }

    /// Numbers of one shard ascend whatever a producer asks, so that what is left to check is that the number was
    /// issued: a future one was not.
    fn check_ordering(&self, stream: &Stream, number: &Parsed<SequenceNumber>) -> Result<(), ApiError> {
        let newest_arrival_s = self.actions.newest_arrival_s.load(Ordering::Relaxed);
        let now_s = self.now.seconds().max(newest_arrival_s);
        let text = match number.valid() {
            Ok(number) if number.arrived_s <= now_s => return Ok(()),
            Ok(number) => number.to_string(),
            Err(text) => text.to_owned(),
        };
        Err(texts::ordering_invalid(&text, &stream.arn.name, stream.arn.place.account))
    }
}

impl<R, C> Answering<'_, R, C> {
    /// The end of a dry run of PutRecord and PutRecords.
    pub(super) fn put_would_succeed(records: &[forebay_protocol::api::PutRecordsEntry<'_>]) -> PutRefusal {
        if records.iter().all(|record| record.data.is_valid()) { dry_run().into() } else { PutRefusal::InvalidBase64 }
    }
}
