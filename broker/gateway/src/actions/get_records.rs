//! GetRecords.

use std::cell::Cell;
use std::sync::Arc;

use forebay_protocol::api::{
    ApiError, ChildShard, ErrorCode, GetRecords, GetRecordsOutput, ReadRecord, StreamRef, texts,
};
use forebay_protocol::iterator::{OpenIteratorError, ShardIterator};
use forebay_protocol::limits::GET_RECORDS_BYTES_MAX;
use forebay_protocol::record::{MalformedRecord, Records};
use forebay_protocol::wire::Encoding;
use forebay_protocol::words::{SequenceNumber, ShardId, StreamId};

use super::Answering;
use super::addressing::called;
use super::refusals::{dry_run, internal_failure, range_error, shard_does_not_exist};
use crate::catalog::{Catalog, Stream};
use crate::ranges::{Batch, Ranges, Read, ReadAnswer, ReadError, ShardFacts};

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    /// The answer's body.
    pub(super) async fn get_records(&self, request: &GetRecords) -> Result<Vec<u8>, ApiError> {
        let iterator = self.open_iterator(&request.iterator)?;
        let stream = self.stream_of_iterator(&iterator, request.stream.as_ref())?;
        if request.dry_run {
            return Err(self.read_would_succeed(&stream, iterator.shard).await);
        }
        let read = Read {
            shard: iterator.shard,
            from: iterator.position,
            records_max: request.limit,
            bytes_max: u32::try_from(GET_RECORDS_BYTES_MAX).expect("10 MiB"),
            held: self.held.clone(),
        };
        match self.actions.ranges.read(stream.root, read).await {
            Ok(answer) => self.write_records(&stream, iterator.shard, &answer),
            Err(ReadError::Throttled) => {
                Err(texts::rate_exceeded(iterator.shard, &stream.arn.name, stream.arn.place.account))
            }
            Err(ReadError::Range(error)) => Err(range_error(&stream, error)),
        }
    }

    fn open_iterator(&self, token: &str) -> Result<ShardIterator, ApiError> {
        ShardIterator::open(token, &self.actions.iterator_keys, self.now).map_err(|error| match error {
            OpenIteratorError::Invalid => texts::iterator_invalid(),
            OpenIteratorError::Expired(expired) => ApiError::new(ErrorCode::ExpiredIterator, expired.to_string()),
        })
    }

    /// The stream of the iterator's life, if it is still there; one named beside the iterator must be the same, but an
    /// id there is ignored, even one of a stream that is gone.
    fn stream_of_iterator(&self, iterator: &ShardIterator, named: Option<&StreamRef>) -> Result<Arc<Stream>, ApiError> {
        let by_id = StreamRef::Id(StreamId::of(iterator.incarnation));
        let named = named.filter(|named| !matches!(named, StreamRef::Id(_))).unwrap_or(&by_id);
        match self.find_serving(named)? {
            None => Err(texts::shard_does_not_exist(iterator.shard, &called(named), self.caller.account)),
            Some(stream) if stream.incarnation == iterator.incarnation => Ok(stream),
            Some(_) => Err(texts::iterator_invalid()),
        }
    }

    async fn read_would_succeed(&self, stream: &Stream, shard: ShardId) -> ApiError {
        match self.actions.ranges.shard_map(stream.root).await {
            Ok(map) if map.shard(shard).is_some_and(|facts| map.is_listed(facts, self.expiry_time())) => dry_run(),
            Ok(_) => shard_does_not_exist(stream, shard),
            Err(error) => range_error(stream, error),
        }
    }

    fn write_records(&self, stream: &Stream, shard: ShardId, answer: &ReadAnswer) -> Result<Vec<u8>, ApiError> {
        let next = answer.ended.is_none().then(|| self.iterator(stream, shard, answer.next));
        let children: Vec<_> = answer.ended.iter().flatten().map(child_shard).collect();
        let malformed = Cell::new(None);
        let output = GetRecordsOutput {
            records: answer.batches.iter().flat_map(|batch| read_records(batch, shard, answer.created_s, &malformed)),
            next_iterator: next.as_deref(),
            millis_behind_latest: answer.millis_behind_latest,
            child_shards: &children,
        };
        let body = self.write_with_capacity(&output, answer_bytes(answer, self.encoding));
        match malformed.get() {
            None => Ok(body),
            Some(malformed) => Err(internal_failure(stream, &format!("{shard}: {malformed}"))),
        }
    }
}

/// The records of a batch that were asked for. A malformed one ends them and is noted: its checksum was right, so that
/// it was stored by something that knew another format, and no answer may have a silent gap.
fn read_records<'b>(
    batch: &'b Batch,
    shard: ShardId,
    created_s: u64,
    malformed: &'b Cell<Option<MalformedRecord>>,
) -> impl Iterator<Item = ReadRecord<'b>> + Clone {
    let first = batch.first + u64::from(batch.skip);
    let arrived = batch.arrived;
    let records = Records::new(&batch.body).map_while(|record| match record {
        Ok(record) => Some(record),
        Err(error) => {
            malformed.set(Some(error));
            None
        }
    });
    let wanted = records.skip(batch.skip as usize).take(batch.take as usize);
    wanted.zip(first..).map(move |(record, counter)| ReadRecord {
        sequence: SequenceNumber { created_s, shard, counter, arrived_s: arrived.seconds() },
        arrived,
        partition_key: record.partition_key,
        data: record.data,
    })
}

fn child_shard(facts: &ShardFacts) -> ChildShard {
    let parents = facts.parent.into_iter().chain(facts.adjacent_parent).collect();
    ChildShard { id: facts.id, parents, hash_keys: facts.hash_keys }
}

/// Room for the answer, so that it is written without growing.
fn answer_bytes(answer: &ReadAnswer, encoding: Encoding) -> usize {
    // Member names, sequence number, time and punctuation of one record; the same again for the rest of the answer.
    const RECORD_BYTES: usize = 200;
    let taken = |batch: &Batch| {
        let (known, taken) = ((batch.skip + batch.take).max(1) as usize, batch.take as usize);
        let stored = batch.body.len() / known * taken;
        let data = match encoding {
            Encoding::Json => stored.div_ceil(3) * 4,
            Encoding::Cbor => stored,
        };
        data + RECORD_BYTES * taken
    };
    answer.batches.iter().map(taken).sum::<usize>() + 2 * RECORD_BYTES
}
