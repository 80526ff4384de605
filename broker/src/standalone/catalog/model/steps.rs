//! A run, step by step: what may happen, and what may come of it.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use forebay_gateway::ranges::{Append, AppendChunk, ChunkOutcome, Held, RangeAddress, Ranges, Reshard, ShardMap};
use forebay_protocol::record::{self, ChunkEncoder};
use forebay_protocol::words::HashKey;

use super::super::simulated;
use super::account::{Allowed, Record};
use super::world::{Asked, DISK_BYTES, Tally, World};
use crate::machine::Machine;

/// Steps of a run.
const STEPS: u64 = 120;
const NAMES: [&str; 3] = ["orders", "clicks", "audit"];
const HOUR_MS: u64 = 3_600_000;

/// One run. Panics, naming the seed, where the account breaks a promise.
pub(super) fn run(mut world: World, tally: &mut Tally) {
    world.restart(tally);
    world.create(NAMES[0], tally);
    for _ in 0..STEPS {
        world.step(tally);
        world.take_note(tally);
    }
    world.crash();
    tally.crashes += 1;
    world.restart(tally);
}

impl World {
    /// Starts until it works, then waits for everything to be as it is to be, and looks at it.
    fn restart(&mut self, tally: &mut Tally) {
        self.take_note(tally);
        // What waited for an answer went with the process.
        self.account.values_mut().for_each(|stream| stream.reshards_asked = stream.reshards_answered);
        loop {
            self.weather.faulty = self.random.one_in(4);
            if self.weather.faulty {
                self.order_fault();
            }
            let started = self.start();
            self.disk.calm();
            let down = self.served.as_ref().map(|served| served.host.down()).unwrap_or_default();
            match started {
                Ok(()) if down.is_empty() => break,
                Ok(()) => assert!(self.weather.faulty, "seed {}: not served: {down:?}", self.seed),
                Err(error) => assert!(self.weather.faulty, "seed {}: not started: {error:?}", self.seed),
            }
            tally.failed_starts += 1;
            self.crash();
        }
        if self.weather.faulty {
            // Something may have met the fault and said nothing yet.
            self.settle();
            self.crash();
            return self.restart(tally);
        }
        self.look(tally);
    }

    /// On a disk that works: lets everything become what it is to be, puts something into every stream, and holds all of
    /// it against the model.
    fn look(&mut self, tally: &mut Tally) {
        self.minute();
        self.minute();
        self.take_note(tally);
        self.weather.was_full = false;
        for stream in NAMES {
            self.put_into(stream);
        }
        self.settle();
        self.take_note(tally);
        self.check(tally);
    }

    fn order_fault(&mut self) {
        let soon = u32::try_from(self.random.below(40)).expect("small");
        match self.random.below(4) {
            0 => self.disk.fail_sync_in(soon / 4),
            1 => self.disk.fail_write_in(soon / 2),
            _ => self.disk.die_in(soon),
        }
        self.weather.faulty = true;
    }

    fn step(&mut self, tally: &mut Tally) {
        let name = NAMES[usize::try_from(self.random.below(3)).expect("small")];
        match self.random.below(40) {
            0..=15 => self.put(),
            16..=17 => self.reshard(),
            18..=20 => drop(self.machine.step()),
            21..=24 => self.settle(),
            25 if self.random.one_in(3) => self.apply(name, tally),
            25 => self.create(name, tally),
            26 if self.random.one_in(2) => self.delete(name, tally),
            27..=29 => self.change(name, tally),
            30..=31 => self.minute(),
            32 => self.machine.pass(HOUR_MS * (1 + self.random.below(6))),
            33 if self.steps_clock => self.step_clock(tally),
            34 => self.fill_disk(),
            35 if self.random.one_in(3) => self.order_fault(),
            36 if self.random.one_in(2) => {
                self.crash();
                tally.crashes += 1;
                self.restart(tally);
            }
            37 if !self.weather.faulty && !self.weather.full => self.look(tally),
            _ => self.machine.pass(1 + self.random.below(2_000)),
        }
        if self.weather.faulty && self.random.one_in(12) {
            tally.stopped_ranges += self.served().host.down().len() as u64;
            self.crash();
            tally.crashes += 1;
            self.restart(tally);
        }
    }

    fn step_clock(&mut self, tally: &mut Tally) {
        let wall_ms = self.machine.now().wall_ms.0;
        let minutes = 1 + self.random.below(200);
        let stepped = if self.random.one_in(2) { wall_ms + minutes * 60_000 } else { wall_ms - minutes * 60_000 };
        self.machine.set_wall(stepped);
        tally.clock_steps += 1;
    }

    /// The volume is made full, or has room again.
    fn fill_disk(&mut self) {
        self.weather.full = !self.weather.full && self.random.one_in(2);
        let used: u64 = self.disk.files().iter().map(|(_, bytes)| bytes).sum();
        let size_bytes = if self.weather.full { used + self.random.below(20_000) } else { DISK_BYTES };
        self.disk.set_size_bytes(size_bytes);
        self.weather.was_full |= self.weather.full;
        if !self.weather.full {
            self.minute();
        }
    }

    /// Puts records into a few shards of a stream; the answer comes when it comes.
    fn put(&mut self) {
        if let Some(stream) = self.any_stream() {
            self.put_into(&stream);
        }
    }

    fn put_into(&mut self, stream: &str) {
        let Some((root, map)) = self.map_of(stream) else { return };
        let stream = stream.to_owned();
        let mut open: Vec<_> = map.open.iter().map(|open| open.shard).collect();
        let mut chunks = Vec::new();
        let mut asked = Vec::new();
        for _ in 0..=self.random.below(3).min(open.len() as u64 - 1) {
            let chosen = usize::try_from(self.random.below(open.len() as u64)).expect("small");
            let shard = open.swap_remove(chosen);
            let mut encoder = ChunkEncoder::with_capacity(64);
            let mut ids = Vec::new();
            for _ in 0..=self.random.below(4) {
                self.next_record += 1;
                ids.push(self.next_record);
                let filler_max = if self.random.one_in(10) { 6_000 } else { 60 };
                let filler = self.random.below(filler_max);
                let mut data = self.next_record.to_le_bytes().to_vec();
                data.resize(8 + usize::try_from(filler).expect("small"), 7);
                encoder.push(&record::Record { explicit_hash_key: None, partition_key: Some("key"), data: &data });
            }
            let span = encoder.end_chunk();
            let bytes = encoder.into_bytes();
            let charged_bytes = u32::try_from(span.charged_bytes).expect("small");
            let body = span.body(&bytes);
            chunks.push(AppendChunk { shard, records: span.count, charged_bytes, body, crc32c: span.crc32c });
            asked.push((shard, ids));
        }
        let model = self.account.get_mut(&stream).expect("it was asked for");
        let deletions = model.deletions;
        model.unanswered.extend(asked.iter().flat_map(|(_, ids)| ids));
        let (host, answers) = (self.served().host.clone(), Arc::clone(&self.answers));
        self.machine.run(Box::pin(async move {
            let answer = host.append(root, Append { chunks, held: Held::from(Arc::new(())) }).await;
            let asked = Asked::Put { stream, deletions, chunks: asked, answer };
            answers.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
        }));
    }

    /// Splits a shard or merges two; the answer comes when it comes.
    fn reshard(&mut self) {
        let Some(stream) = self.any_stream() else { return };
        let Some((root, map)) = self.map_of(&stream) else { return };
        let chosen = usize::try_from(self.random.below(map.open.len() as u64)).expect("small");
        let shard = map.open[chosen].shard;
        let reshard = match map.open.get(chosen + 1) {
            Some(next) if map.open.len() > 6 || self.random.one_in(2) => Reshard::Merge { shard, adjacent: next.shard },
            _ => {
                let keys = map.shard(shard).expect("an open shard is listed").hash_keys;
                let width = keys.end.0 - keys.start.0;
                let new_start = HashKey(keys.start.0 + width / 2 + u128::from(self.random.below(1000)));
                Reshard::Split { shard, new_start }
            }
        };
        let model = self.account.get_mut(&stream).expect("it was asked for");
        model.shard_count = None;
        model.reshards_asked += 1;
        let (host, answers) = (self.served().host.clone(), Arc::clone(&self.answers));
        self.machine.run(Box::pin(async move {
            let answer = host.reshard(root, reshard, Held::from(Arc::new(()))).await;
            let asked = Asked::Reshard { stream, reshard, answer };
            answers.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
        }));
    }

    /// Where a stream is, with its shards, if it is served.
    fn map_of(&mut self, stream: &str) -> Option<(RangeAddress, Arc<ShardMap>)> {
        let served = self.served();
        let stream = served.index.stream(simulated::account(), &stream.parse().expect("a name"))?;
        Some((stream.root, served.host.range(stream.root).ok()?.shard_map()))
    }

    /// Takes note of the answers that came.
    fn take_note(&mut self, tally: &mut Tally) {
        for asked in self.take_answers() {
            match asked {
                Asked::Put { stream, deletions, chunks, answer: Ok(outcomes) } => {
                    for ((shard, ids), outcome) in chunks.into_iter().zip(&outcomes) {
                        self.answered(&stream, shard, &ids, *outcome, tally);
                    }
                    let model = self.account.get_mut(&stream).expect("it was asked for");
                    let taken = outcomes.iter().any(|outcome| matches!(outcome, ChunkOutcome::Appended(_)));
                    if taken && model.deletions == deletions {
                        // What was taken after a deletion that failed does not go with it.
                        model.exists = Allowed::only(true);
                    }
                }
                Asked::Reshard { stream, reshard, answer } => {
                    let model = self.account.get_mut(&stream).expect("it was asked for");
                    model.reshards_answered += 1;
                    if answer.is_ok() {
                        self.resharded(&stream, reshard, tally);
                    }
                }
                Asked::Put { .. } => tally.unanswered += 1,
            }
        }
    }

    fn answered(
        &mut self,
        stream: &str,
        shard: forebay_protocol::words::ShardId,
        ids: &[u64],
        outcome: ChunkOutcome,
        tally: &mut Tally,
    ) {
        let model = self.account.get_mut(stream).expect("it was asked for");
        let asked: BTreeSet<u64> = ids.iter().copied().collect();
        if !asked.is_subset(&model.unanswered) {
            // It went with a stream that was deleted meanwhile.
            return;
        }
        for (counter, id) in (0..).zip(ids) {
            model.unanswered.remove(id);
            if let ChunkOutcome::Appended(numbered) = outcome {
                let record = Record { id: *id, arrived: numbered.arrived };
                let kept = model.keep(shard, numbered.first + counter, record);
                kept.unwrap_or_else(|why| panic!("seed {}: {stream}: {why}", self.seed));
            }
        }
        match outcome {
            ChunkOutcome::Appended(_) => tally.appended += 1,
            ChunkOutcome::NoSpace => {
                assert!(self.weather.was_full || self.weather.faulty, "seed {}: no space on an empty disk", self.seed);
                tally.no_space += 1;
            }
            ChunkOutcome::NotOpen => tally.not_open += 1,
            ChunkOutcome::Throttled => panic!("seed {}: limits are off", self.seed),
        }
    }

    fn resharded(&mut self, stream: &str, reshard: Reshard, tally: &mut Tally) {
        tally.resharded += 1;
        let model = self.account.get_mut(stream).expect("it was asked for");
        match reshard {
            Reshard::Split { shard, .. } => drop(model.closed.insert(shard)),
            Reshard::Merge { shard, adjacent } => model.closed.extend([shard, adjacent]),
        }
    }
}
