//! The shard count: what UpdateShardCount refuses, and the stages by which a manifest's count is reached. How one
//! stage divides and joins shards is the range's to plan.

use forebay_protocol::limits::{SCALE_DOWN_DIVISOR_MAX, SCALE_TARGET_SHARDS_MAX, SCALE_UP_FACTOR_MAX};

/// The counts that one UpdateShardCount may reach, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Half the open shards, rounded up.
    pub fewest: u32,
    /// Twice the open shards, at most 10,000.
    pub most: u32,
}

/// Why UpdateShardCount refuses a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScaleRefusal {
    /// More than twice the open shards.
    #[error("{target} is more than twice the {open} open shards")]
    AboveDouble {
        /// Asked for.
        target: u32,
        /// Open now.
        open: u32,
    },
    /// Less than half the open shards.
    #[error("{target} is less than half of the {open} open shards")]
    BelowHalf {
        /// Asked for.
        target: u32,
        /// Open now.
        open: u32,
    },
    /// More than a stream may have; of a stream that has more already, not fewer than that.
    #[error("{target} is above the most a stream may have, {SCALE_TARGET_SHARDS_MAX}")]
    AboveStreamLimit {
        /// Asked for.
        target: u32,
        /// Open now.
        open: u32,
    },
}

/// What one UpdateShardCount may reach from so many open shards.
pub fn reach(open: u32) -> Reach {
    let most = open.saturating_mul(SCALE_UP_FACTOR_MAX).min(SCALE_TARGET_SHARDS_MAX);
    Reach { fewest: open.div_ceil(SCALE_DOWN_DIVISOR_MAX), most }
}

/// Whether one UpdateShardCount may go from so many open shards to `target`, in AWS's order of refusals.
///
/// # Errors
/// It may not.
pub fn admit(open: u32, target: u32) -> Result<(), ScaleRefusal> {
    if target > open.saturating_mul(SCALE_UP_FACTOR_MAX) {
        Err(ScaleRefusal::AboveDouble { target, open })
    } else if target < reach(open).fewest {
        Err(ScaleRefusal::BelowHalf { target, open })
    } else if target > SCALE_TARGET_SHARDS_MAX || (open > SCALE_TARGET_SHARDS_MAX && target == SCALE_TARGET_SHARDS_MAX)
    {
        Err(ScaleRefusal::AboveStreamLimit { target, open })
    } else {
        Ok(())
    }
}

/// The counts to go through from so many open shards to `target`, each within reach of the one before; the last is
/// `target`. None if they are the same.
///
/// # Panics
/// If there is nothing to go from or to: a stream has at least one open shard.
pub fn stages(open: u32, target: u32) -> Vec<u32> {
    assert!(open > 0 && target > 0, "a stream has at least one open shard: from {open} to {target}");
    let mut stages = Vec::new();
    let mut count = open;
    while count != target {
        // Bound: a 32-bit count is doubled or halved at most 32 times.
        count = target.clamp(count.div_ceil(SCALE_DOWN_DIVISOR_MAX), count.saturating_mul(SCALE_UP_FACTOR_MAX));
        stages.push(count);
    }
    stages
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_update_reaches_from_half_to_double() {
        use ScaleRefusal::{AboveDouble, AboveStreamLimit, BelowHalf};
        for (open, target, answer) in [
            (4, 8, Ok(())),
            (4, 2, Ok(())),
            (4, 4, Ok(())),
            (4, 9, Err(AboveDouble { target: 9, open: 4 })),
            (4, 1, Err(BelowHalf { target: 1, open: 4 })),
            (5, 3, Ok(())),
            (5, 2, Err(BelowHalf { target: 2, open: 5 })),
            (1, 1, Ok(())),
            (6000, 10_000, Ok(())),
            (6000, 10_001, Err(AboveStreamLimit { target: 10_001, open: 6000 })),
            (12_000, 10_000, Err(AboveStreamLimit { target: 10_000, open: 12_000 })),
            (12_000, 9_999, Ok(())),
        ] {
            assert_eq!(admit(open, target), answer, "{open} to {target}");
        }
    }

    #[test]
    fn a_manifests_count_is_reached_in_stages() {
        for (open, target, through) in [
            (4, 4, vec![]),
            (4, 8, vec![8]),
            (4, 16, vec![8, 16]),
            (16, 4, vec![8, 4]),
            (4, 20, vec![8, 16, 20]),
            (7, 1, vec![4, 2, 1]),
            (1, 10, vec![2, 4, 8, 10]),
        ] {
            assert_eq!(stages(open, target), through, "{open} to {target}");
        }
    }

    proptest! {
        #[test]
        fn every_stage_is_one_that_an_update_may_ask_for(open in 1_u32..=10_000, target in 1_u32..=10_000) {
            let mut count = open;
            for stage in stages(open, target) {
                prop_assert_eq!(admit(count, stage), Ok(()));
                count = stage;
            }
            prop_assert_eq!(count, target);
        }
    }
}
