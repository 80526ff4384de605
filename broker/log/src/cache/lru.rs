//! A map that forgets what was used longest ago once it weighs too much.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// See the module.
#[derive(Debug)]
pub(super) struct Lru<K, V> {
    weight_max: usize,
    weight: usize,
    clock: u64,
    kept: HashMap<K, Kept<V>>,
    by_use: BTreeMap<u64, K>,
}

#[derive(Debug)]
struct Kept<V> {
    value: V,
    weight: usize,
    used: u64,
}

impl<K: Hash + Eq + Copy, V: Clone> Lru<K, V> {
    pub(super) fn new(weight_max: usize) -> Self {
        Self { weight_max, weight: 0, clock: 0, kept: HashMap::new(), by_use: BTreeMap::new() }
    }

    pub(super) fn get(&mut self, key: &K) -> Option<V> {
        let kept = self.kept.get_mut(key)?;
        self.clock += 1;
        self.by_use.remove(&kept.used);
        self.by_use.insert(self.clock, *key);
        kept.used = self.clock;
        Some(kept.value.clone())
    }

    /// Keeps a value; one that weighs more than all may is not kept.
    pub(super) fn insert(&mut self, key: K, value: V, weight: usize) {
        self.remove(&key);
        if weight > self.weight_max {
            return;
        }
        self.clock += 1;
        self.weight += weight;
        self.by_use.insert(self.clock, key);
        self.kept.insert(key, Kept { value, weight, used: self.clock });
        while self.weight > self.weight_max {
            let (_, oldest) = self.by_use.pop_first().expect("what weighs is kept");
            self.weight -= self.kept.remove(&oldest).map_or(0, |kept| kept.weight);
        }
    }

    pub(super) fn remove(&mut self, key: &K) {
        if let Some(kept) = self.kept.remove(key) {
            self.by_use.remove(&kept.used);
            self.weight -= kept.weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_longest_ago_goes_first_and_the_weight_stays_within_its_bound() {
        let mut lru = Lru::new(10);
        for key in 0..3 {
            lru.insert(key, key * 100, 3);
        }
        assert_eq!(lru.get(&0), Some(0));
        lru.insert(3, 300, 4);
        assert_eq!((lru.get(&1), lru.get(&0), lru.get(&3), lru.get(&2)), (None, Some(0), Some(300), Some(200)));
        assert_eq!(lru.weight, 10);
        lru.insert(4, 400, 11);
        assert_eq!((lru.get(&4), lru.kept.len()), (None, 3));
        lru.insert(3, 301, 1);
        lru.remove(&0);
        assert_eq!((lru.get(&3), lru.weight, lru.kept.len(), lru.by_use.len()), (Some(301), 4, 2, 2));
    }
}
