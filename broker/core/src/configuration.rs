//! What can be set on a stream besides its retention and its shards.

use forebay_protocol::limits::{MAX_RECORD_SIZE_KIB_MAX, MAX_RECORD_SIZE_KIB_MIN};

use crate::fields::{Fields, Malformed, WriteFields};
use crate::quota::Limits;

/// A stream's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Configuration {
    /// How its capacity is managed.
    pub mode: Mode,
    /// The largest record it takes, in KiB: 1,024 to 10,240.
    pub max_record_size_kib: u32,
    /// Whether AWS's limits hold.
    pub limits: Limits,
    /// The metrics kept for each shard.
    pub metrics: ShardMetrics,
}

/// How a stream's capacity is managed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// By its owner.
    #[default]
    Provisioned,
    /// By itself.
    OnDemand,
}

/// A set of metrics kept for each shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShardMetrics(u8);

/// A metric that enhanced monitoring keeps for each shard. The discriminants are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ShardMetric {
    /// `IncomingBytes`.
    IncomingBytes = 0,
    /// `IncomingRecords`.
    IncomingRecords = 1,
    /// `OutgoingBytes`.
    OutgoingBytes = 2,
    /// `OutgoingRecords`.
    OutgoingRecords = 3,
    /// `WriteProvisionedThroughputExceeded`.
    WriteProvisionedThroughputExceeded = 4,
    /// `ReadProvisionedThroughputExceeded`.
    ReadProvisionedThroughputExceeded = 5,
    /// `IteratorAgeMilliseconds`.
    IteratorAgeMilliseconds = 6,
}

impl ShardMetric {
    /// Every metric, in the order AWS lists them.
    pub const ALL: [Self; 7] = [
        Self::IncomingBytes,
        Self::IncomingRecords,
        Self::OutgoingBytes,
        Self::OutgoingRecords,
        Self::WriteProvisionedThroughputExceeded,
        Self::ReadProvisionedThroughputExceeded,
        Self::IteratorAgeMilliseconds,
    ];
}

impl ShardMetrics {
    const ALL_BITS: u8 = 0x7f;

    /// Every metric.
    pub const ALL: Self = Self(Self::ALL_BITS);

    /// Whether a metric is among them.
    pub fn contains(self, metric: ShardMetric) -> bool {
        self.0 & (1 << metric as u8) != 0
    }

    /// Those of both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are not of `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl FromIterator<ShardMetric> for ShardMetrics {
    fn from_iter<I: IntoIterator<Item = ShardMetric>>(metrics: I) -> Self {
        Self(metrics.into_iter().fold(0, |bits, metric| bits | 1 << metric as u8))
    }
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            mode: Mode::Provisioned,
            max_record_size_kib: MAX_RECORD_SIZE_KIB_MIN,
            limits: Limits::Aws,
            metrics: ShardMetrics::default(),
        }
    }
}

impl Configuration {
    pub(crate) fn write(self, into: &mut Vec<u8>) {
        into.put_u8(match self.mode {
            Mode::Provisioned => 0,
            Mode::OnDemand => 1,
        });
        into.put_u32(self.max_record_size_kib);
        into.put_u8(match self.limits {
            Limits::Aws => 0,
            Limits::Off => 1,
        });
        into.put_u8(self.metrics.0);
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let mode = match fields.u8()? {
            0 => Mode::Provisioned,
            1 => Mode::OnDemand,
            _ => return Err(fields.malformed()),
        };
        let max_record_size_kib = fields.u32()?;
        let limits = match fields.u8()? {
            0 => Limits::Aws,
            1 => Limits::Off,
            _ => return Err(fields.malformed()),
        };
        let metrics = fields.u8()?;
        let in_bounds = (MAX_RECORD_SIZE_KIB_MIN..=MAX_RECORD_SIZE_KIB_MAX).contains(&max_record_size_kib);
        if !in_bounds || metrics & !ShardMetrics::ALL_BITS != 0 {
            return Err(fields.malformed());
        }
        Ok(Self { mode, max_record_size_kib, limits, metrics: ShardMetrics(metrics) })
    }
}
