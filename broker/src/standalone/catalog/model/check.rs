//! What is seen of the account, held against what it must hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use forebay_gateway::catalog::StreamStatus;
use forebay_gateway::ranges::{Held, Place, RangeAddress, Ranges, Read, ReadError, ShardFacts, ShardMap};
use forebay_log::Disk;
use forebay_protocol::record::Records;
use forebay_protocol::words::{ShardId, TimestampMs};

use super::super::simulated::{self, ranges_directory};
use super::account::{Allowed, Record};
use super::world::{Tally, World};
use crate::machine::Machine;

impl World {
    /// Holds everything against the model, on a disk that works.
    pub(super) fn check(&mut self, tally: &mut Tally) {
        let shown = self.served().index.streams(simulated::account(), None, usize::MAX);
        let shown: BTreeMap<String, _> =
            shown.into_iter().map(|stream| (stream.arn.name.to_string(), stream)).collect();
        for (name, model) in &mut self.account {
            let exists = shown.contains_key(name);
            assert!(model.exists.holds(&exists), "seed {}: stream {name} exists: {exists}", self.seed);
            if !exists {
                *model = model.gone();
            }
        }
        let ranges: BTreeSet<String> = shown.values().map(|stream| stream.root.range.to_string()).collect();
        let kept = self.disk.list(&ranges_directory()).expect("the disk works");
        for directory in kept {
            assert!(ranges.contains(&directory), "seed {}: {directory} is no stream's", self.seed);
        }
        for (name, stream) in shown {
            let seed = self.seed;
            assert_eq!(stream.status, StreamStatus::Active, "seed {seed}: {name}");
            let model = self.account.get_mut(&name).unwrap_or_else(|| panic!("seed {seed}: nobody asked for {name}"));
            model.exists = Allowed::only(true);
            let incarnation = *model.incarnation.get_or_insert(stream.incarnation);
            assert_eq!(stream.incarnation, incarnation, "seed {seed}: {name} is another one");
            assert!(model.retention_hours.holds(&stream.retention_hours), "seed {seed}: {stream:?}");
            model.retention_hours = Allowed::only(stream.retention_hours);
            let tag = stream.tags.get("key").map(|value| value.parse().expect("a number"));
            assert!(model.tag.holds(&tag), "seed {seed}: {name}: tag {tag:?}, not of {:?}", model.tag);
            let consumed = !stream.consumers.is_empty();
            assert!(model.consumed.holds(&consumed), "seed {seed}: {name}: consumer {consumed}");
            // What was shown stands.
            (model.tag, model.consumed) = (Allowed::only(tag), Allowed::only(consumed));
            self.check_shards(&name, stream.root, tally);
        }
    }

    fn check_shards(&mut self, name: &str, root: RangeAddress, tally: &mut Tally) {
        let host = self.served().host.clone();
        let map = self
            .machine_wait(host.shard_map(root))
            .unwrap_or_else(|error| panic!("seed {}: {name}: {error}", self.seed));
        if let Some(count) = &self.account[name].shard_count {
            let open = u32::try_from(map.open.len()).expect("small");
            assert!(count.holds(&open), "seed {}: {name} has {open} open shards, not {count:?}", self.seed);
        }
        let outcome = self.see(name, &map);
        outcome.unwrap_or_else(|why| panic!("seed {}: {name}: {why}", self.seed));
        let now = host.expiry_time();
        let mut last_of = BTreeMap::new();
        let listed: BTreeSet<ShardId> =
            map.shards.iter().filter(|shard| map.is_listed(shard, now)).map(|shard| shard.id).collect();
        for shard in map.shards.iter().filter(|shard| listed.contains(&shard.id)) {
            let found = self.read_shard(root, shard);
            let outcome = self.hold(name, shard, &found, map.retention.horizon(now), tally);
            outcome.unwrap_or_else(|why| panic!("seed {}: {name}, {}: {why}", self.seed, shard.id));
            last_of.insert(shard.id, found.values().next_back().map(|record| record.arrived));
            let parents = [shard.parent, shard.adjacent_parent].into_iter().flatten();
            let before = parents.filter_map(|parent| *last_of.get(&parent)?).max();
            let first = found.values().next().map(|record| record.arrived);
            assert!(
                first.is_none() || before <= first,
                "seed {}: {name}: {} begins before its parents end",
                self.seed,
                shard.id
            );
        }
        let kept = self.account[name].records.clone();
        let horizon = map.retention.horizon(now);
        for (shard, records) in kept {
            let must = records.values().any(|record| record.arrived >= horizon);
            assert!(!must || listed.contains(&shard), "seed {}: {name}: {shard} is gone with its records", self.seed);
        }
    }

    /// Takes note of the shards.
    pub(super) fn see(&mut self, name: &str, map: &ShardMap) -> Result<(), String> {
        let model = self.account.get_mut(name).expect("shown by name");
        let mut next = Some(0);
        for open in &map.open {
            let facts = map.shard(open.shard).ok_or("an open shard is not listed")?;
            if facts.closing.is_some() || Some(facts.hash_keys.start.0) != next || facts.hash_keys.end != open.end {
                return Err(format!("the open shards do not tile the hash keys: {map:?}"));
            }
            next = open.end.0.checked_add(1);
        }
        if next.is_some() {
            return Err(format!("no open shard takes the last hash key: {map:?}"));
        }
        for shard in &map.shards {
            model.see(shard)?;
            if shard.closing.is_none() && model.closed.contains(&shard.id) {
                return Err(format!("{} was closed", shard.id));
            }
        }
        Ok(())
    }

    /// Every record of a shard from its oldest on.
    fn read_shard(&mut self, root: RangeAddress, shard: &ShardFacts) -> BTreeMap<u64, Record> {
        let host = self.served().host.clone();
        let located = self.machine_wait(host.locate(root, shard.id, Place::TrimHorizon));
        let mut from = located.unwrap_or_else(|error| panic!("seed {}: {error}", self.seed));
        let mut found = BTreeMap::new();
        loop {
            let records_max = 1 + u32::try_from(self.random.below(30)).expect("small");
            let held = Held::from(Arc::new(()));
            let read = Read { shard: shard.id, from, records_max, bytes_max: 10_000, held };
            let answer = match self.machine_wait(host.read(root, read)) {
                Ok(answer) => answer,
                Err(ReadError::Throttled) => panic!("limits are off"),
                Err(ReadError::Range(error)) => panic!("seed {}: {error}", self.seed),
            };
            for batch in &answer.batches {
                let records = Records::new(&batch.body).skip(batch.skip as usize).take(batch.take as usize);
                for (counter, record) in (batch.first + u64::from(batch.skip)..).zip(records) {
                    let data = record.expect("what is served is whole").data;
                    let id = u64::from_le_bytes(data[..8].try_into().expect("an id"));
                    found.insert(counter, Record { id, arrived: batch.arrived });
                }
            }
            if answer.next == from {
                let ended = shard.closing.is_some();
                assert_eq!(answer.ended.is_some(), ended, "seed {}: the end of {}", self.seed, shard.id);
                return found;
            }
            from = answer.next;
        }
    }

    /// Holds what was read of a shard against what it must have.
    pub(super) fn hold(
        &mut self,
        name: &str,
        shard: &ShardFacts,
        found: &BTreeMap<u64, Record>,
        horizon: TimestampMs,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let youngest_expired = TimestampMs(self.machine.now().wall_ms.0.saturating_sub(24 * 3_600_000));
        let model = self.account.get_mut(name).expect("shown by name");
        for (counter, record) in model.records.get(&shard.id).into_iter().flatten() {
            match found.get(counter) {
                Some(its) if its == record => {}
                Some(other) => return Err(format!("{record:?} was at {counter}, there is {other:?}")),
                None if record.arrived >= horizon => return Err(format!("{record:?} is missing at {counter}")),
                None if !self.steps_clock && record.arrived > youngest_expired => {
                    return Err(format!("{record:?} of the last 24 hours is missing at {counter}"));
                }
                None => tally.expired += 1,
            }
        }
        let (mut last, mut expected) = (TimestampMs(0), None);
        for (counter, record) in found {
            if expected.is_some_and(|expected| expected != *counter) {
                return Err(format!("a gap before {counter}"));
            }
            if record.arrived < last || record.arrived < horizon {
                return Err(format!("{record:?} at {counter} arrived before {last:?} or {horizon:?}"));
            }
            (last, expected) = (record.arrived, Some(counter + 1));
            let known = model.records.get(&shard.id).is_some_and(|records| records.contains_key(counter));
            if !known && !model.unanswered.remove(&record.id) {
                return Err(format!("{record:?} at {counter} was refused, or is there twice"));
            }
            model.keep(shard.id, *counter, *record)?;
        }
        Ok(())
    }

    fn machine_wait<T: Send>(&self, future: impl Future<Output = T> + Send) -> T {
        let machine: &dyn Machine = &*self.machine;
        machine.wait_for(future)
    }
}
