//! GetShardIterator.

use std::sync::Arc;

use forebay_protocol::api::{
    ApiError, ErrorCode, GetShardIterator, GetShardIteratorOutput, Parsed, StartingPosition, StreamRef, texts,
};
use forebay_protocol::iterator::ShardIterator;
use forebay_protocol::words::{SequenceNumber, ShardId, TimestampMs};

use super::Answering;
use super::addressing::called;
use super::old_sequence::OldSequenceNumber;
use super::refusals::{dry_run, range_error, shard_does_not_exist};
use crate::catalog::{Catalog, Stream};
use crate::ranges::{Place, Ranges, ShardFacts};

/// Where in its shard a read starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// At a counter.
    Counter(u64),
    /// Where only the range knows.
    Place(Place),
}

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn get_shard_iterator(
        &self,
        request: GetShardIterator,
    ) -> Result<GetShardIteratorOutput, ApiError> {
        let (stream, shard) = self.shard_to_read(&request.stream, &request.shard).await?;
        let start = start(&stream, &shard, &request.start?, self.now)?;
        if request.dry_run {
            return Err(dry_run());
        }
        let position = match start {
            Start::Counter(counter) => counter,
            Start::Place(place) => {
                let located = self.actions.ranges.locate(stream.root, shard.id, place).await;
                located.map_err(|error| range_error(&stream, error))?
            }
        };
        Ok(GetShardIteratorOutput { iterator: self.iterator(&stream, shard.id, position) })
    }

    /// A token that reads a shard from a counter on.
    pub(super) fn iterator(&self, stream: &Stream, shard: ShardId, position: u64) -> String {
        let iterator = ShardIterator { incarnation: stream.incarnation, shard, position, issued: self.now };
        let [nonce @ .., _, _, _, _] = self.caller.request_id.to_be_bytes();
        iterator.seal(&self.actions.iterator_keys, nonce)
    }

    /// AWS reads the shard id first, then looks for the stream, and says of neither that it is missing but of the
    /// shard.
    async fn shard_to_read(
        &self,
        named: &StreamRef,
        shard: &Parsed<ShardId>,
    ) -> Result<(Arc<Stream>, ShardFacts), ApiError> {
        let found = self.find_serving(named)?;
        let shard = shard
            .valid()
            .copied()
            .map_err(|text| texts::could_not_find_shard(text, &called(named), self.caller.account))?;
        let Some(stream) = found else {
            return Err(texts::shard_does_not_exist(shard, &called(named), self.caller.account));
        };
        let map = self.actions.ranges.shard_map(stream.root).await.map_err(|error| range_error(&stream, error))?;
        let listed = map.shard(shard).filter(|facts| map.is_listed(facts, self.expiry_time()));
        let facts = listed.cloned().ok_or_else(|| shard_does_not_exist(&stream, shard))?;
        Ok((stream, facts))
    }
}

fn start(
    stream: &Stream,
    shard: &ShardFacts,
    position: &StartingPosition,
    now: TimestampMs,
) -> Result<Start, ApiError> {
    match position {
        StartingPosition::TrimHorizon => Ok(Start::Place(Place::TrimHorizon)),
        StartingPosition::Latest => Ok(Start::Place(Place::Latest)),
        StartingPosition::AtTimestamp(time) if *time > now => Err(future(*time, now)),
        StartingPosition::AtTimestamp(time) => Ok(Start::Place(Place::AtTimestamp(*time))),
        StartingPosition::AtSequenceNumber(number) => {
            let number = own_number(stream, shard, number)?;
            Ok(Start::Counter(within(shard, number.counter)))
        }
        StartingPosition::AfterSequenceNumber(number) => {
            let number = own_number(stream, shard, number)?;
            if number.counter == SequenceNumber::COUNTER_MAX {
                return Err(texts::starting_number_is_the_last());
            }
            Ok(Start::Counter(within(shard, number.counter + 1)))
        }
    }
}

/// A closed shard's ending sequence number lies far above its last record: whoever starts there is at its end.
fn within(shard: &ShardFacts, counter: u64) -> u64 {
    shard.closing.as_ref().map_or(counter, |closing| counter.min(closing.end))
}

/// A sequence number of this very shard.
fn own_number(stream: &Stream, shard: &ShardFacts, given: &Parsed<SequenceNumber>) -> Result<SequenceNumber, ApiError> {
    let (name, account) = (&stream.arn.name, stream.arn.place.account);
    let (encoded, number) = match given {
        Parsed::Valid(number) => (number.shard, Some(*number)),
        Parsed::Invalid(text) => match text.parse::<OldSequenceNumber>() {
            Ok(old) => (old.shard, None),
            Err(_) => return Err(texts::starting_number_invalid(text, shard.id, name, account)),
        },
    };
    if encoded != shard.id {
        return Err(texts::starting_number_of_other_shard(encoded, shard.id));
    }
    let own = number.filter(|number| number.created_s == shard.starting_sequence.created_s);
    own.ok_or_else(|| {
        let text = match given {
            Parsed::Valid(number) => number.to_string(),
            Parsed::Invalid(text) => text.to_string(),
        };
        texts::starting_number_foreign(&text, shard.id, name, account)
    })
}

fn future(time: TimestampMs, now: TimestampMs) -> ApiError {
    let text = format!(
        "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: {}, \
         currentTimestampInMillis: {}",
        time.0, now.0
    );
    ApiError::new(ErrorCode::InvalidArgument, text)
}
