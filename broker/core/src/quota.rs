//! What a shard may take in and hand out in a second. Balances refill with the monotonic clock and are not stored: after
//! a start every shard has a second's worth.

use std::collections::HashMap;

use forebay_protocol::limits::{
    SHARD_READ_BYTES_PER_SECOND, SHARD_READ_CALLS_PER_SECOND, SHARD_WRITE_BYTES_PER_SECOND,
    SHARD_WRITE_RECORDS_PER_SECOND,
};
use forebay_protocol::words::ShardId;

/// Whether AWS's limits hold for a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Limits {
    /// They do.
    #[default]
    Aws,
    /// Nothing is throttled.
    Off,
}

/// The limit of a shard is used up for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("rate exceeded")]
pub struct Throttled;

/// Refilling for longer changes nothing: no debt is above the 16 MiB of an entry, and the slowest rate is 1 MiB/s.
const REFILL_MS_MAX: u64 = 60_000;

/// An amount in thousandths, so that a rate a second is the same number a millisecond. Below zero it is a debt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Balance(i64);

impl Balance {
    const fn full(per_second: u64) -> Self {
        Self((per_second * 1000).cast_signed())
    }

    fn refill(&mut self, elapsed_ms: u64, per_second: u64) {
        let gained = elapsed_ms.min(REFILL_MS_MAX) * per_second;
        self.0 = (self.0 + gained.cast_signed()).min(Self::full(per_second).0);
    }

    fn charge(&mut self, amount: u64) {
        self.0 -= (amount * 1000).cast_signed();
    }

    fn is_positive(self) -> bool {
        self.0 > 0
    }
}

/// What one shard may take in: 1 MiB and 1,000 records a second, each with a burst of one second.
///
/// A chunk is admitted while both balances are above zero, whatever its size, and charged in full.
#[derive(Debug, Clone)]
pub struct WriteQuota {
    bytes: Balance,
    records: Balance,
    refilled_ms: u64,
}

impl Default for WriteQuota {
    fn default() -> Self {
        Self {
            bytes: Balance::full(SHARD_WRITE_BYTES_PER_SECOND),
            records: Balance::full(SHARD_WRITE_RECORDS_PER_SECOND),
            refilled_ms: 0,
        }
    }
}

impl WriteQuota {
    /// Admits and charges a chunk, or neither.
    pub fn admit(&mut self, monotonic_ms: u64, records: u32, bytes: u64) -> Result<(), Throttled> {
        let elapsed_ms = monotonic_ms.saturating_sub(self.refilled_ms);
        if elapsed_ms > 0 {
            self.bytes.refill(elapsed_ms, SHARD_WRITE_BYTES_PER_SECOND);
            self.records.refill(elapsed_ms, SHARD_WRITE_RECORDS_PER_SECOND);
            self.refilled_ms = monotonic_ms;
        }
        if !self.bytes.is_positive() || !self.records.is_positive() {
            return Err(Throttled);
        }
        self.bytes.charge(bytes);
        self.records.charge(u64::from(records));
        Ok(())
    }
}

/// What one shard may hand out: 5 calls and 2 MiB a second.
///
/// An answer is charged once its size is known and may leave a debt; one of more than a second's worth spends the burst
/// too, so that an answer of 10 MiB blocks the shard for the five seconds that AWS documents.
#[derive(Debug, Clone)]
pub struct ReadQuota {
    calls: Balance,
    bytes: Balance,
    refilled_ms: u64,
}

impl Default for ReadQuota {
    fn default() -> Self {
        Self {
            calls: Balance::full(SHARD_READ_CALLS_PER_SECOND),
            bytes: Balance::full(SHARD_READ_BYTES_PER_SECOND),
            refilled_ms: 0,
        }
    }
}

impl ReadQuota {
    /// Admits and charges a call, or neither.
    pub fn admit(&mut self, monotonic_ms: u64) -> Result<(), Throttled> {
        let elapsed_ms = monotonic_ms.saturating_sub(self.refilled_ms);
        self.bytes.refill(elapsed_ms, SHARD_READ_BYTES_PER_SECOND);
        self.calls.refill(elapsed_ms, SHARD_READ_CALLS_PER_SECOND);
        self.refilled_ms = self.refilled_ms.max(monotonic_ms);
        let one_call = 1000;
        if !self.bytes.is_positive() || self.calls.0 < one_call {
            return Err(Throttled);
        }
        self.calls.charge(1);
        Ok(())
    }

    /// Charges an answer.
    pub fn charge(&mut self, bytes: u64) {
        if bytes > SHARD_READ_BYTES_PER_SECOND {
            self.bytes.0 = self.bytes.0.min(0);
        }
        self.bytes.charge(bytes);
    }
}

/// The read quotas of a range's shards, held by whoever answers reads.
#[derive(Debug, Default)]
pub struct ReadQuotas {
    quotas: HashMap<ShardId, ReadQuota>,
}

impl ReadQuotas {
    /// Admits a call that reads a shard which exists.
    pub fn admit(&mut self, shard: ShardId, limits: Limits, monotonic_ms: u64) -> Result<(), Throttled> {
        match limits {
            Limits::Aws => self.quotas.entry(shard).or_default().admit(monotonic_ms),
            Limits::Off => Ok(()),
        }
    }

    /// Charges its answer.
    pub fn charge(&mut self, shard: ShardId, limits: Limits, bytes: u64) {
        if limits == Limits::Aws {
            self.quotas.entry(shard).or_default().charge(bytes);
        }
    }

    /// Keeps only the quotas of shards that still exist.
    pub fn retain(&mut self, exists: impl Fn(ShardId) -> bool) {
        self.quotas.retain(|shard, _| exists(*shard));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    #[test]
    fn a_shard_takes_a_second_of_burst_and_then_its_rate() {
        let mut quota = WriteQuota::default();
        let admitted = (0..5000).filter(|_| quota.admit(1000, 1, 100).is_ok()).count();
        assert_eq!(admitted, 1000);
        let admitted = (1001..=11_000).filter(|&ms| quota.admit(ms, 1, 100).is_ok()).count();
        assert_eq!(admitted, 10_000, "a thousand a second for ten seconds");
    }

    #[test]
    fn bytes_are_limited_as_records_are() {
        let mut quota = WriteQuota::default();
        let admitted = (0..100).filter(|_| quota.admit(0, 1, 128 * 1024).is_ok()).count();
        assert_eq!(admitted, 8);
        assert_eq!(quota.admit(124, 1, 128 * 1024), Ok(()));
    }

    #[test]
    fn a_large_chunk_is_admitted_whole_and_paid_off() {
        let mut quota = WriteQuota::default();
        assert_eq!(quota.admit(0, 500, 10 * MIB), Ok(()));
        assert_eq!(quota.admit(9000, 1, 1), Err(Throttled));
        assert_eq!(quota.admit(9001, 1, 1), Ok(()));
    }

    #[test]
    fn a_refused_chunk_costs_nothing() {
        let mut quota = WriteQuota::default();
        assert_eq!(quota.admit(0, 1, MIB), Ok(()));
        for _ in 0..10 {
            assert_eq!(quota.admit(0, 500, MIB), Err(Throttled));
        }
        assert_eq!(quota.admit(1, 1, 1), Ok(()));
    }

    #[test]
    fn a_full_answer_blocks_its_shard_for_five_seconds() {
        let mut quota = ReadQuota::default();
        assert_eq!(quota.admit(10_000), Ok(()));
        quota.charge(10 * MIB);
        assert_eq!(quota.admit(15_000), Err(Throttled));
        assert_eq!(quota.admit(15_001), Ok(()));
    }

    #[test]
    fn five_calls_a_second_are_answered() {
        let mut quota = ReadQuota::default();
        let answered = (0..100).filter(|_| quota.admit(0).is_ok()).count();
        assert_eq!(answered, 5);
        assert_eq!(quota.admit(199), Err(Throttled));
        assert_eq!(quota.admit(200), Ok(()));
    }

    #[test]
    fn two_mib_a_second_are_handed_out() {
        let mut quotas = ReadQuotas::default();
        let shard = ShardId(0);
        for ms in [0, 1] {
            assert_eq!(quotas.admit(shard, Limits::Aws, ms), Ok(()));
            quotas.charge(shard, Limits::Aws, MIB);
        }
        assert_eq!(quotas.admit(shard, Limits::Aws, 1), Ok(()), "what refilled in a millisecond");
        quotas.charge(shard, Limits::Aws, MIB);
        assert_eq!(quotas.admit(shard, Limits::Aws, 400), Err(Throttled));
        assert_eq!(quotas.admit(shard, Limits::Off, 400), Ok(()));
        assert_eq!(quotas.admit(ShardId(1), Limits::Aws, 400), Ok(()), "another shard's");
    }
}
