//! How long records stay: what is readable, and what may be removed. A shorter retention hides at once and removes only
//! after a day, so that a mistaken decrease can be taken back.

use forebay_protocol::expiry;
use forebay_protocol::limits::{HOUR_MS, RETENTION_HOURS_MAX, RETENTION_HOURS_MIN};
use forebay_protocol::words::{ShardId, TimestampMs};

use crate::fields::{Fields, Malformed, WriteFields};
use crate::topology::Topology;

/// How long a retention that was in force still holds removal back.
const LOOK_BACK_MS: u64 = 24 * HOUR_MS;

/// The retention of a stream and what of its past still counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    readable_from: TimestampMs,
    /// What was in force in the last 24 hours, each until the next; the last is the present one. Hours strictly
    /// decrease: a setting that a later one exceeds says nothing about the greatest.
    in_force: Vec<InForce>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct InForce {
    since: TimestampMs,
    hours: u32,
}

/// A change of retention, as it is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetRetention {
    /// The new retention.
    pub hours: u32,
    /// From when on it is in force.
    pub since: TimestampMs,
    /// What arrived before stays hidden, whatever the retention: it had expired.
    pub readable_from: TimestampMs,
}

/// A closed segment of the log, as trimming sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The index of its last entry.
    pub last_index: u64,
    /// When its newest record arrived; none if it holds no records.
    pub newest: Option<TimestampMs>,
}

/// Whether the volume has room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    /// It has: removal waits for the greatest retention of the last day.
    Ample,
    /// It has not: removal goes by the present retention. Unexpired records are never removed.
    Low,
}

/// A removal, as it is logged before anything is unlinked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trim {
    /// The first entry that stays; 0 if no segment goes.
    pub before_index: u64,
    /// Past everything that is removed.
    pub readable_from: TimestampMs,
    /// Closed shards that are no longer listed nor readable, by id.
    pub forgotten: Vec<ShardId>,
}

/// A retention that AWS does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("retention of {0} hours is outside {RETENTION_HOURS_MIN} to {RETENTION_HOURS_MAX}")]
pub struct RetentionOutOfBounds(pub u32);

impl Retention {
    /// The retention of a new stream.
    pub fn new(hours: u32, since: TimestampMs) -> Self {
        Self { readable_from: TimestampMs(0), in_force: vec![InForce { since, hours }] }
    }

    /// The present retention, in hours.
    ///
    /// # Panics
    /// Never: one is always in force.
    pub fn hours(&self) -> u32 {
        self.present().hours
    }

    /// What arrived before had expired when the retention was changed, or is removed.
    pub fn readable_from(&self) -> TimestampMs {
        self.readable_from
    }

    /// The arrival time of the oldest record that is readable, and the latest end of a closed shard that is not listed.
    pub fn horizon(&self, time: TimestampMs) -> TimestampMs {
        horizon(self.readable_from, self.hours(), time)
    }

    /// The greatest retention in force during the 24 hours before `time`, in hours.
    pub fn greatest_of_last_day(&self, time: TimestampMs) -> u32 {
        let day_ago = TimestampMs(time.0.saturating_sub(LOOK_BACK_MS));
        let ends = self.in_force.iter().skip(1).map(|next| next.since);
        let stale = ends.take_while(|end| *end <= day_ago).count();
        self.in_force[stale].hours
    }

    fn present(&self) -> InForce {
        *self.in_force.last().expect("a retention is always in force")
    }

    /// The change to `hours`; none if that is in force already.
    pub(crate) fn decide(&self, time: TimestampMs, hours: u32) -> Result<Option<SetRetention>, RetentionOutOfBounds> {
        if !(RETENTION_HOURS_MIN..=RETENTION_HOURS_MAX).contains(&hours) {
            return Err(RetentionOutOfBounds(hours));
        }
        if hours == self.hours() {
            return Ok(None);
        }
        let readable_from = horizon(self.readable_from, self.greatest_of_last_day(time), time);
        Ok(Some(SetRetention { hours, since: time.max(self.present().since), readable_from }))
    }

    pub(crate) fn apply(&mut self, change: &SetRetention) {
        let day_ago = TimestampMs(change.since.0.saturating_sub(LOOK_BACK_MS));
        // What ended a day ago says nothing any more; what the new one exceeds never will.
        let ends = self.in_force.iter().skip(1).map(|next| next.since);
        let stale = ends.take_while(|end| *end <= day_ago).count();
        self.in_force.drain(..stale);
        self.in_force.retain(|old| old.hours > change.hours);
        self.in_force.push(InForce { since: change.since, hours: change.hours });
        self.readable_from = self.readable_from.max(change.readable_from);
    }

    /// What is to be removed at `time` of the closed `segments`, oldest first, and of the closed shards.
    pub(crate) fn decide_trim(
        &self,
        topology: &Topology,
        time: TimestampMs,
        space: Space,
        segments: &[Segment],
    ) -> Option<Trim> {
        let hours = match space {
            Space::Ample => self.greatest_of_last_day(time),
            Space::Low => self.hours(),
        };
        // What `readable_from` hides early is removed no earlier: a decrease can be taken back.
        let horizon = horizon(TimestampMs(0), hours, time);
        let is_over = |time: TimestampMs| expiry::is_over(time, horizon);
        let is_expired = |segment: &&Segment| segment.newest.is_none_or(is_over);
        let expired: Vec<_> = segments.iter().take_while(is_expired).collect();
        let newest = expired.iter().filter_map(|segment| segment.newest).max();
        let readable_from =
            newest.map_or(self.readable_from, |newest| self.readable_from.max(TimestampMs(newest.0 + 1)));
        let forgotten = topology.shards().iter().filter(|shard| topology.ended(shard).is_some_and(is_over));
        let trim = Trim {
            before_index: expired.last().map_or(0, |segment| segment.last_index + 1),
            readable_from,
            forgotten: forgotten.map(|shard| shard.id).collect(),
        };
        (trim.before_index > 0 || !trim.forgotten.is_empty()).then_some(trim)
    }

    pub(crate) fn apply_trim(&mut self, trim: &Trim) {
        self.readable_from = self.readable_from.max(trim.readable_from);
    }

    pub(crate) fn write(&self, into: &mut Vec<u8>) {
        into.put_u64(self.readable_from.0);
        into.put_count(self.in_force.len());
        for InForce { since, hours } in &self.in_force {
            into.put_u64(since.0);
            into.put_u32(*hours);
        }
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let readable_from = fields.time()?;
        let in_force = fields.list(12, |fields| Ok(InForce { since: fields.time()?, hours: read_hours(fields)? }))?;
        let ordered = in_force.windows(2).all(|pair| pair[0].since <= pair[1].since && pair[0].hours > pair[1].hours);
        if in_force.is_empty() || !ordered {
            return Err(fields.malformed());
        }
        Ok(Self { readable_from, in_force })
    }
}

impl SetRetention {
    pub(crate) fn write(&self, into: &mut Vec<u8>) {
        into.put_u32(self.hours);
        into.put_u64(self.since.0);
        into.put_u64(self.readable_from.0);
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self { hours: read_hours(fields)?, since: fields.time()?, readable_from: fields.time()? })
    }
}

impl Trim {
    pub(crate) fn write(&self, into: &mut Vec<u8>) {
        into.put_u64(self.before_index);
        into.put_u64(self.readable_from.0);
        into.put_count(self.forgotten.len());
        for shard in &self.forgotten {
            into.put_u32(shard.0);
        }
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let (before_index, readable_from) = (fields.u64()?, fields.time()?);
        Ok(Self { before_index, readable_from, forgotten: fields.list(4, Fields::shard)? })
    }
}

pub(crate) fn read_hours(fields: &mut Fields<'_>) -> Result<u32, Malformed> {
    let hours = fields.u32()?;
    if (RETENTION_HOURS_MIN..=RETENTION_HOURS_MAX).contains(&hours) { Ok(hours) } else { Err(fields.malformed()) }
}

/// [`expiry::horizon`] of so many hours.
fn horizon(readable_from: TimestampMs, hours: u32, time: TimestampMs) -> TimestampMs {
    expiry::horizon(readable_from, u64::from(hours) * HOUR_MS, time)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: u64 = 24 * HOUR_MS;

    fn set(retention: &mut Retention, day: u64, hours: u32) {
        let change = retention.decide(TimestampMs(day * DAY_MS), hours).expect("within bounds").expect("another");
        retention.apply(&change);
    }

    #[test]
    fn only_what_can_still_be_the_greatest_is_remembered() {
        let mut retention = Retention::new(200, TimestampMs(0));
        for hours in (100..200).rev() {
            set(&mut retention, 10, hours);
        }
        assert_eq!(retention.in_force.len(), 101, "each was in force within the last day");
        set(&mut retention, 12, 50);
        assert_eq!(retention.in_force.len(), 2, "what ended over a day ago is dropped");
        set(&mut retention, 12, 300);
        assert_eq!(retention.in_force.len(), 1, "what the present one exceeds is dropped");
    }

    #[test]
    fn the_greatest_of_the_last_day_is_what_was_in_force_in_it() {
        let mut retention = Retention::new(48, TimestampMs(0));
        set(&mut retention, 10, 24);
        let greatest = |ms: u64| retention.greatest_of_last_day(TimestampMs(ms));
        assert_eq!((greatest(10 * DAY_MS), greatest(11 * DAY_MS - 1), greatest(11 * DAY_MS)), (48, 48, 24));
    }
}
