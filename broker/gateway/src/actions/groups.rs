//! The records of one request by the shard that takes them. Its cost grows with the records, not with the shards of the
//! stream but for clearing one small table.

/// Records in the order of their shards.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Groups {
    /// Record numbers, one group after the other, within a group as the caller gave them.
    order: Vec<u32>,
    /// Where each group lies in `order`.
    groups: Vec<Group>,
}

/// The records of one shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Group {
    /// The shard's place among the open ones.
    open: u32,
    start: u32,
    end: u32,
}

/// No group yet; a request has far fewer records than this.
const NONE: u16 = u16::MAX;

impl Groups {
    /// Groups records: `open_of` says for each the place of its shard among the `open_count` open ones. Groups come in
    /// the order in which their first records do.
    ///
    /// # Panics
    /// If there are 65,535 records or more: AWS allows 500.
    pub(super) fn new(records: &[u32], open_of: &[u32], open_count: usize) -> Self {
        assert!(records.len() < usize::from(NONE), "AWS allows 500 records in a request");
        if let ([record], [open]) = (records, open_of) {
            // PutRecord: no table to clear, however many shards there are.
            return Self { order: vec![*record], groups: vec![Group { open: *open, start: 0, end: 1 }] };
        }
        let mut group_of_shard = vec![NONE; open_count];
        let mut groups: Vec<Group> = Vec::with_capacity(records.len().min(open_count));
        for &open in open_of {
            let group = &mut group_of_shard[open as usize];
            if *group == NONE {
                *group = u16::try_from(groups.len()).expect("there are no more groups than records");
                groups.push(Group { open, start: 0, end: 0 });
            }
            groups[usize::from(*group)].end += 1;
        }
        let mut start = 0;
        for group in &mut groups {
            let count = std::mem::replace(&mut group.end, start);
            group.start = start;
            start += count;
        }
        let mut order = vec![0; records.len()];
        for (&record, &open) in records.iter().zip(open_of) {
            let group = &mut groups[usize::from(group_of_shard[open as usize])];
            order[group.end as usize] = record;
            group.end += 1;
        }
        Self { order, groups }
    }

    /// How many shards take part.
    pub(super) fn len(&self) -> usize {
        self.groups.len()
    }

    /// Each shard's place among the open ones, with its records.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &[u32])> {
        self.groups.iter().map(|group| (group.open as usize, &self.order[group.start as usize..group.end as usize]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grouped(records: &[u32], open_of: &[u32], open_count: usize) -> Vec<(usize, Vec<u32>)> {
        let groups = Groups::new(records, open_of, open_count);
        assert_eq!(groups.len(), groups.iter().count());
        groups.iter().map(|(open, records)| (open, records.to_vec())).collect()
    }

    #[test]
    fn records_keep_their_order_within_their_shard() {
        let groups = grouped(&[0, 1, 2, 3, 4, 5], &[3, 1, 3, 0, 1, 3], 4);
        assert_eq!(groups, [(3, vec![0, 2, 5]), (1, vec![1, 4]), (0, vec![3])]);
    }

    #[test]
    fn some_of_a_requests_records_can_be_grouped_alone() {
        assert_eq!(grouped(&[7, 9, 400], &[0, 1, 0], 2), [(0, vec![7, 400]), (1, vec![9])]);
        assert_eq!(grouped(&[], &[], 3), []);
    }

    #[test]
    fn five_hundred_records_meet_a_thousand_shards() {
        let records: Vec<u32> = (0..500).collect();
        let open_of: Vec<u32> = records.iter().map(|record| record * 7919 % 1000).collect();
        let groups = grouped(&records, &open_of, 1000);
        let mut seen: Vec<u32> = groups.iter().flat_map(|(_, records)| records.clone()).collect();
        seen.sort_unstable();
        assert_eq!(seen, records);
        for (open, records) in groups {
            assert!(records.iter().all(|record| open_of[*record as usize] as usize == open));
        }
    }
}
