//! UpdateShardCount's uniform scaling: which splits and merges lead from the shards there are to equal ones.
//!
//! Shards are known by their hash keys alone, because the ids of those in between are given when each step is taken.
//! Going up through the hash key space, each wanted boundary is first split off, then what lies below it is merged into
//! the final shard; what lies above is as it was. So there are never more shards than before or after, plus one, and the
//! shards in between are those that AWS was recorded to make: of 4 shards scaled to 3, the ids 6, 9 and 10 stay open.

use forebay_protocol::words::{HashKey, HashKeyRange, ShardId};

use crate::topology::Topology;

/// One step of a scaling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Split the shard that holds this key so that the second child begins at it.
    SplitAt(HashKey),
    /// Merge the shard that begins at this key with the one before.
    MergeAt(HashKey),
}

/// A step in terms of the shards there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// SplitShard.
    Split {
        /// The shard.
        shard: ShardId,
        /// The second child's first key.
        new_start: HashKey,
    },
    /// MergeShards.
    Merge {
        /// The lower shard.
        shard: ShardId,
        /// The upper shard.
        adjacent: ShardId,
    },
}

/// The steps from these shards, which tile the whole space in ascending order, to `target` equal ones. None if they are
/// equal already.
///
/// # Panics
/// If `target` is 0.
pub fn plan(open: &[HashKeyRange], target: u32) -> Vec<Step> {
    assert!(target > 0, "a stream has at least one shard");
    let present: Vec<HashKey> = open.iter().skip(1).map(|range| range.start).collect();
    let mut rest = present.as_slice();
    let mut steps = Vec::new();
    for wanted in (1..target).map(|index| HashKeyRange::part(index, target).start) {
        let beside = |boundary: &HashKey| boundary.0.abs_diff(wanted.0) <= 1;
        let (reached, above) = rest.split_at(rest.partition_point(|boundary| *boundary < wanted || beside(boundary)));
        let going = reached.iter().copied().filter(|boundary| *boundary != wanted);
        // AWS splits off no shard of a single key: a boundary beside the wanted one goes first.
        let (first, then): (Vec<_>, Vec<_>) = going.partition(beside);
        steps.extend(first.into_iter().map(Step::MergeAt));
        if !reached.contains(&wanted) {
            steps.push(Step::SplitAt(wanted));
        }
        steps.extend(then.into_iter().map(Step::MergeAt));
        rest = above;
    }
    steps.extend(rest.iter().copied().map(Step::MergeAt));
    steps
}

/// A step as a command on the present shards; none if it does not fit them, because they have changed since.
pub fn command(topology: &Topology, step: Step) -> Option<Command> {
    match step {
        Step::SplitAt(new_start) => Some(Command::Split { shard: topology.route(new_start)?.id, new_start }),
        Step::MergeAt(boundary) => {
            let upper = topology.route(boundary).filter(|upper| upper.hash_keys.start == boundary)?;
            let lower = topology.route(HashKey(boundary.0.checked_sub(1)?))?;
            Some(Command::Merge { shard: lower.id, adjacent: upper.id })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Takes the steps on hash key ranges alone, under SplitShard's rule; the most shards there ever were.
    fn walk(open: &mut Vec<HashKeyRange>, steps: &[Step]) -> usize {
        let mut most = open.len();
        for step in steps {
            match *step {
                Step::SplitAt(key) => {
                    let position = open.partition_point(|range| range.end < key);
                    let range = open[position];
                    assert!(range.start.0 + 1 < key.0 && key < range.end, "AWS refuses to split {range:?} at {key}");
                    open[position].end = HashKey(key.0 - 1);
                    open.insert(position + 1, HashKeyRange { start: key, end: range.end });
                }
                Step::MergeAt(key) => {
                    let position = open.iter().position(|range| range.start == key).expect("a boundary");
                    let upper = open.remove(position);
                    open[position - 1].end = upper.end;
                }
            }
            most = most.max(open.len());
        }
        most
    }

    fn equal(count: u32) -> Vec<HashKeyRange> {
        (0..count).map(|index| HashKeyRange::part(index, count)).collect()
    }

    fn of_boundaries(boundaries: impl IntoIterator<Item = u128>) -> Vec<HashKeyRange> {
        let mut starts: Vec<u128> = boundaries.into_iter().filter(|start| *start > 0).collect();
        starts.sort_unstable();
        starts.dedup();
        let firsts = std::iter::once(0).chain(starts.iter().copied());
        let ends = starts.iter().map(|start| start - 1).chain([u128::MAX]);
        firsts.zip(ends).map(|(start, end)| HashKeyRange { start: HashKey(start), end: HashKey(end) }).collect()
    }

    #[test]
    fn doubling_splits_every_shard_once_and_halving_merges_every_pair_once() {
        let steps = plan(&equal(4), 8);
        assert_eq!(steps.len(), 4);
        assert!(steps.iter().all(|step| matches!(step, Step::SplitAt(_))));
        let steps = plan(&equal(8), 4);
        assert_eq!(steps.len(), 4);
        assert!(steps.iter().all(|step| matches!(step, Step::MergeAt(_))));
        assert_eq!(plan(&equal(5), 5), []);
    }

    #[test]
    fn a_boundary_is_split_off_before_what_lies_below_it_is_merged() {
        let part = |index, count| HashKeyRange::part(index, count).start;
        let expected = [
            Step::SplitAt(part(1, 3)),
            Step::MergeAt(part(1, 4)),
            Step::SplitAt(part(2, 3)),
            Step::MergeAt(part(2, 4)),
            Step::MergeAt(part(3, 4)),
        ];
        assert_eq!(plan(&equal(4), 3), expected);
    }

    #[test]
    fn any_equal_shards_become_any_others_through_few_in_between() {
        for from in [1, 2, 3, 4, 5, 7, 10, 16, 33] {
            for to in [1, 2, 3, 4, 6, 7, 11, 20, 32] {
                let mut open = equal(from);
                let most = walk(&mut open, &plan(&equal(from), to));
                assert_eq!(open, equal(to), "{from} to {to}");
                assert!(most <= from.max(to) as usize + 1, "{from} to {to} through {most}");
            }
        }
    }

    #[test]
    fn boundaries_beside_the_wanted_ones_are_merged_before_a_split_that_aws_would_refuse() {
        let half = HashKeyRange::part(1, 2).start.0;
        for boundary in [half - 2, half - 1, half, half + 1, half + 2] {
            let mut open = of_boundaries([boundary]);
            walk(&mut open.clone(), &plan(&open, 2));
            let steps = plan(&open, 2);
            walk(&mut open, &steps);
            assert_eq!(open, equal(2), "{boundary}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_shards_the_plan_ends_at_equal_ones(
            anywhere in prop::collection::vec(any::<u128>(), 0..20),
            near in prop::collection::vec((1_u32..12, 0_u128..7), 0..8),
            target in 1_u32..12,
        ) {
            let near = near.iter().map(|&(index, offset)| {
                HashKeyRange::part(index % target, target).start.0.wrapping_add(offset).wrapping_sub(3)
            });
            let mut open = of_boundaries(anywhere.into_iter().chain(near));
            let steps = plan(&open, target);
            let most = walk(&mut open, &steps);
            prop_assert_eq!(open.len(), target as usize);
            prop_assert_eq!(open, equal(target));
            prop_assert!(steps.len() < 50 && most < 50);
        }
    }
}
