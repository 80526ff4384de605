//! The stages by which a manifest's shard count is reached: what one UpdateShardCount may do is the gateway's to refuse,
//! how one stage divides and joins shards the range's to plan.

use forebay_protocol::limits::{SCALE_DOWN_DIVISOR_MAX, SCALE_UP_FACTOR_MAX};

/// The counts to go through from so many open shards to `target`, each at most twice and at least half the one before; the last is
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
        fn every_stage_at_most_doubles_or_halves(open in 1_u32..=10_000, target in 1_u32..=10_000) {
            let mut count = open;
            for stage in stages(open, target) {
                prop_assert!(stage <= 2 * count && count <= 2 * stage, "{count} to {stage}");
                count = stage;
            }
            prop_assert_eq!(count, target);
        }
    }
}
