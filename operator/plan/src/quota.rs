//! The quota of an account. As AWS counts: every open shard of a PROVISIONED stream; closed shards never, and of
//! ON_DEMAND streams only how many there are. The one shard more that a scaling may need on its way is not asked for.

use forebay_protocol::limits::{ACCOUNT_SHARDS_DEFAULT, ON_DEMAND_STREAMS_DEFAULT};

/// What an account uses and may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Open shards of its PROVISIONED streams.
    pub open_shards: u32,
    /// At most so many of them.
    pub shard_limit: u32,
    /// Its ON_DEMAND streams.
    pub on_demand_streams: u32,
    /// At most so many of them.
    pub on_demand_stream_limit: u32,
}

impl Default for Account {
    /// Without streams, with the limits of AWS.
    fn default() -> Self {
        Self {
            open_shards: 0,
            shard_limit: ACCOUNT_SHARDS_DEFAULT,
            on_demand_streams: 0,
            on_demand_stream_limit: ON_DEMAND_STREAMS_DEFAULT,
        }
    }
}

/// More would be used than the account may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuotaExceeded {
    /// Of open shards.
    #[error("{open} open shards and {additional} more exceed the account's limit of {limit}")]
    Shards {
        /// Used now.
        open: u32,
        /// Asked for beside them.
        additional: u32,
        /// The limit.
        limit: u32,
    },
    /// Of streams on demand.
    #[error("{streams} on-demand streams and one more exceed the account's limit of {limit}")]
    OnDemandStreams {
        /// There are now.
        streams: u32,
        /// The limit.
        limit: u32,
    },
}

impl Account {
    /// Whether so many more shards may be open. A request for none is always within the quota, also of an account that
    /// is above it because its limit was lowered.
    ///
    /// # Errors
    /// They may not.
    pub fn admit_shards(&self, additional: u32) -> Result<(), QuotaExceeded> {
        let (open, limit) = (self.open_shards, self.shard_limit);
        if additional == 0 || open.saturating_add(additional) <= limit {
            Ok(())
        } else {
            Err(QuotaExceeded::Shards { open, additional, limit })
        }
    }

    /// Whether one more stream may be on demand.
    ///
    /// # Errors
    /// It may not.
    pub fn admit_on_demand_stream(&self) -> Result<(), QuotaExceeded> {
        let (streams, limit) = (self.on_demand_streams, self.on_demand_stream_limit);
        if streams < limit { Ok(()) } else { Err(QuotaExceeded::OnDemandStreams { streams, limit }) }
    }

    /// Whether a PROVISIONED stream may go from so many open shards to so many others.
    ///
    /// # Errors
    /// It may not.
    pub fn admit_scale(&self, open: u32, target: u32) -> Result<(), QuotaExceeded> {
        self.admit_shards(target.saturating_sub(open))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_fit_up_to_the_limit_and_none_always_fit() {
        for (open, additional, fits) in
            [(0, 500, true), (0, 501, false), (499, 1, true), (500, 1, false), (600, 0, true), (u32::MAX, 2, false)]
        {
            let account = Account { open_shards: open, ..Account::default() };
            let refusal = QuotaExceeded::Shards { open, additional, limit: 500 };
            assert_eq!(account.admit_shards(additional), if fits { Ok(()) } else { Err(refusal) }, "{open}");
        }
    }

    #[test]
    fn a_scale_counts_by_its_target_and_scaling_down_is_free() {
        let account = Account { open_shards: 490, ..Account::default() };
        for (open, target, fits) in [(10, 20, true), (10, 21, false), (10, 5, true), (490, 500, true)] {
            assert_eq!(account.admit_scale(open, target).is_ok(), fits, "{open} to {target}");
        }
    }

    #[test]
    fn on_demand_streams_are_counted_themselves() {
        let account = Account { on_demand_streams: 49, ..Account::default() };
        assert_eq!(account.admit_on_demand_stream(), Ok(()));
        let account = Account { on_demand_streams: 50, ..account };
        assert_eq!(account.admit_on_demand_stream(), Err(QuotaExceeded::OnDemandStreams { streams: 50, limit: 50 }));
    }
}
