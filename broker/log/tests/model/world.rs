//! One run: a log on a simulated disk, beside the model of what it must hold.

use std::path::Path;

use bytes::Bytes;
use forebay_log::{
    Chunk, DiskError, Durability, Entry, Identity, Job, JobError, Log, OpenError, Opened, Options, Owner, Ownership,
    Random, ReadCache, ReadError, Reader, Request, SegmentSizes, SimulatedDisk, WriteError, crc32c, create, open,
};

use crate::model::{Body, Model};

pub(crate) const DIRECTORY: &str = "/range";
const OWNERSHIP: Ownership =
    Ownership { owner: Owner::Stream, range: Identity([2; 16]), incarnation: Identity([3; 16]) };

/// What has happened in all runs together: a checker that never met a torn tail has checked nothing.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) entries: u64,
    pub(crate) reopened: u64,
    pub(crate) torn: u64,
    pub(crate) lost_unacknowledged: u64,
    pub(crate) trimmed: u64,
    pub(crate) failed: u64,
    pub(crate) no_space: u64,
    pub(crate) refused: u64,
    pub(crate) unwitnessed: u64,
    pub(crate) bad_reads: u64,
    pub(crate) through_footers: u64,
    pub(crate) not_summarised: u64,
}

/// See the module.
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) random: Random,
    pub(crate) disk: SimulatedDisk,
    pub(crate) durability: Durability,
    pub(crate) log: Option<Log<SimulatedDisk>>,
    pub(crate) reader: Option<Reader<SimulatedDisk>>,
    pub(crate) jobs: Vec<Job<SimulatedDisk>>,
    pub(crate) model: Model,
    /// The last entry the caller has applied.
    pub(crate) applied: u64,
    /// What a failed write or sync may be blamed on.
    pub(crate) faulty: bool,
    /// A bit of a footer is turned over.
    pub(crate) damaged: bool,
    /// All frames are of one length, so that one left from before a torn tail follows what was written over it.
    pub(crate) uniform: bool,
    pub(crate) now_ms: u64,
}

impl World {
    pub(crate) fn new(seed: u64, ignores_sync: bool) -> Self {
        let mut random = Random::new(seed);
        let disk = SimulatedDisk::new(random.next(), 64 << 20);
        disk.set_short(random.one_in(2));
        disk.set_ignores_sync(ignores_sync);
        let durability = if random.one_in(4) { Durability::Memory } else { Durability::Disk };
        let uniform = random.one_in(3);
        let (log, reader, jobs) = (None, None, Vec::new());
        let mut model = Model::default();
        model.first_kept = 1;
        Self {
            seed,
            random,
            disk,
            durability,
            log,
            reader,
            jobs,
            model,
            applied: 0,
            faulty: false,
            damaged: false,
            uniform,
            now_ms: 1_000,
        }
    }

    fn options(&mut self) -> Options<SimulatedDisk> {
        let mut salts = Random::new(self.random.next());
        Options {
            ownership: OWNERSHIP,
            durability: self.durability,
            sizes: SegmentSizes { min_bytes: 8 << 10, max_bytes: 32 << 10, index_bytes: 2 << 10 },
            salts: Box::new(move || salts.next()),
            cache: ReadCache::new(usize::try_from(self.random.below(20_000)).expect("small"), 2),
        }
    }

    /// Creates the log, dying on the way a few times.
    pub(crate) fn create(&mut self) {
        loop {
            let dying = self.random.one_in(2);
            if dying {
                self.disk.die_in(u32::try_from(self.random.below(20)).expect("small"));
            }
            let mut options = self.options();
            match create(&self.disk, Path::new(DIRECTORY), &mut options, Identity([1; 16])) {
                Ok(_) => break,
                Err(error) => assert!(dying, "seed {}: creation failed: {error:?}", self.seed),
            }
            self.disk = if self.random.one_in(2) { self.disk.lose_power() } else { self.disk.end_process() };
        }
        self.disk.calm();
        self.disk = self.disk.lose_power();
    }

    /// Opens the log and holds what it found against the model.
    pub(crate) fn open(&mut self, tally: &mut Tally) -> Result<(), OpenError> {
        let options = self.options();
        let Opened { log, reader, recovered } = open(self.disk.clone(), Path::new(DIRECTORY), options)?;
        tally.reopened += 1;
        tally.torn += u64::from(recovered.tail != forebay_log::Tail::Clean);
        let last = log.last().index;
        let seed = self.seed;
        assert!(
            last >= self.model.safe,
            "seed {seed}: entry {} was acknowledged, the log ends at {last}",
            self.model.safe
        );
        assert!(last <= self.model.last(), "seed {seed}: entry {last} was never written");
        tally.lost_unacknowledged += self.model.last() - last;
        self.model.cut(last);
        (self.model.counted, self.model.safe) = (last, last);
        assert!(log.first_index() <= self.model.first_kept, "seed {seed}: entries are missing");
        self.model.first_kept = log.first_index();
        self.jobs.clear();
        (self.log, self.reader) = (Some(log), Some(reader));

        let as_of = recovered.state_as_of.index;
        assert_eq!(recovered.state, self.model.sections(as_of), "seed {seed}: the state as of {as_of}");
        for lane in self.model.lanes() {
            let found = recovered.lanes.iter().find(|(its_lane, _)| *its_lane == lane).map(|(_, end)| *end);
            assert_eq!(found, self.model.end_at(lane, as_of), "seed {seed}: the end of lane {lane} as of {as_of}");
        }
        self.applied = as_of;
        for entry in &recovered.entries {
            let position = entry.position();
            assert_eq!(position.index, self.applied + 1, "seed {seed}: out of order");
            assert!(self.model.is(entry), "seed {seed}: entry {} is another one", position.index);
            self.apply_one();
        }
        assert_eq!(self.applied, last, "seed {seed}: entries to replay are missing");
        Ok(())
    }

    pub(crate) fn log(&mut self) -> &mut Log<SimulatedDisk> {
        self.log.as_mut().expect("the log is open")
    }

    /// What a caller does with each entry.
    fn apply_one(&mut self) {
        self.give_state();
        self.applied += 1;
        self.give_state();
    }

    fn give_state(&mut self) {
        let (applied, sections) = (self.applied, self.model.sections(self.applied));
        let log = self.log();
        if log.state_wanted() == Some(applied) {
            log.give_state(applied, sections);
        }
        let seed = self.seed;
        assert!(
            self.log().state_wanted().is_none_or(|wanted| wanted > applied),
            "seed {seed}: a state was wanted before"
        );
    }

    /// Takes note of what counts now.
    pub(crate) fn apply_counted(&mut self) {
        self.model.counted = self.log().committed();
        assert!(self.model.counted <= self.model.last());
        if self.durability == Durability::Disk {
            self.model.safe = self.model.counted;
        }
        self.give_state();
        while self.applied < self.model.counted {
            self.apply_one();
        }
    }

    /// Writes a random entry, synced or not.
    pub(crate) fn write(&mut self, tally: &mut Tally) -> Result<(), WriteError> {
        self.now_ms += self.random.below(3);
        let body = self.random_body();
        let entry = match &body {
            Body::Control { time_ms, body } => Entry::Control { time_ms: *time_ms, body },
            Body::Records { requests, chunks } => Entry::Records { requests, chunks },
        };
        let before = self.log.as_ref().expect("open").committed();
        let written = self.log.as_mut().expect("open").write(&entry);
        // A roll on the way makes what was written before durable, whatever comes of this entry.
        if self.log().committed() > before {
            self.model.safe = self.log().committed();
            if written.is_ok() {
                // By the new segment, and by this frame in it.
                self.model.witnessed = self.model.safe;
            }
            self.apply_counted();
        }
        match written {
            Ok(index) => {
                self.model.push(body);
                assert_eq!(index, self.model.last());
                tally.entries += 1;
                Ok(())
            }
            Err(error) => {
                // It may be on the disk all the same, and come back as the last entry.
                if matches!(error, WriteError::Failed(_)) {
                    self.model.push(body);
                }
                Err(error)
            }
        }
    }

    /// Syncs, and takes note of what counts.
    pub(crate) fn sync(&mut self) -> Result<(), WriteError> {
        let safe_before = self.model.safe;
        self.log().sync()?;
        self.apply_counted();
        if self.durability == Durability::Disk && self.model.safe > safe_before {
            // The frames of this batch say that the batch before was durable.
            self.model.witnessed = safe_before;
        }
        Ok(())
    }

    fn random_body(&mut self) -> Body {
        if self.uniform || self.random.one_in(4) {
            let length = if self.uniform { 24 } else { usize::try_from(self.random.below(40)).expect("small") };
            let body = (0..length).map(|_| u8::try_from(self.random.below(256)).expect("a byte")).collect::<Vec<_>>();
            return Body::Control { time_ms: self.now_ms, body: Bytes::from(body) };
        }
        let mut chunks: Vec<Chunk> = Vec::new();
        for _ in 0..=self.random.below(6) {
            let lane = u32::try_from(self.random.below(8)).expect("small");
            let end = chunks.iter().rev().find(|chunk| chunk.lane == lane);
            let first_counter = end.map_or(self.model.end(lane).next_counter, Chunk::end_counter);
            chunks.push(self.random_chunk(lane, first_counter));
        }
        let count = u32::try_from(chunks.len()).expect("small");
        let request = Request { id: u128::from(self.random.next()) + 1, first_chunk: 0, chunks: count };
        Body::Records { requests: if self.random.one_in(2) { vec![request] } else { Vec::new() }, chunks }
    }

    fn random_chunk(&mut self, lane: u32, first_counter: u64) -> Chunk {
        let length = match self.random.below(30) {
            0 => self.random.below(20_000),
            1..=5 => self.random.below(2_000),
            _ => self.random.below(100),
        };
        let fill = u8::try_from(self.random.below(256)).expect("a byte");
        let mut body = vec![fill; usize::try_from(length).expect("small")];
        if let Some(front) = body.first_chunk_mut::<8>() {
            *front = self.random.next().to_le_bytes();
        }
        let count = u32::try_from(1 + self.random.below(5)).expect("small");
        let (crc32c, body) = (crc32c(&body), Bytes::from(body));
        Chunk { lane, first_counter, count, time_ms: self.now_ms, crc32c, codec: 1, flags: 2, key_id: 3, body }
    }

    /// Takes up new jobs and finishes some of those that are out.
    pub(crate) fn tend(&mut self, share: u64, tally: &mut Tally) -> Result<(), DiskError> {
        if self.random.one_in(2) {
            self.log().try_again();
        }
        let new = self.log().jobs();
        self.jobs.extend(new);
        for job in std::mem::take(&mut self.jobs) {
            if self.random.one_in(share) {
                self.finish(job, tally)?;
            } else {
                self.jobs.push(job);
            }
        }
        Ok(())
    }

    /// Finishes every job, and those that follow.
    pub(crate) fn settle(&mut self, tally: &mut Tally) -> Result<(), DiskError> {
        loop {
            let new = self.log().jobs();
            self.jobs.extend(new);
            let Some(job) = self.jobs.pop() else {
                return Ok(());
            };
            self.finish(job, tally)?;
        }
    }

    fn finish(&mut self, job: Job<SimulatedDisk>, tally: &mut Tally) -> Result<(), DiskError> {
        let seed = self.seed;
        let outcome = job.run();
        match self.log().finished(outcome) {
            Ok(()) => Ok(()),
            Err(JobError::Failed(error)) => Err(error),
            Err(JobError::Damaged(ReadError::Disk(_))) if self.faulty => Ok(()),
            Err(JobError::Damaged(error)) => {
                assert!(self.damaged, "seed {seed}: {error:?}");
                tally.not_summarised += 1;
                Ok(())
            }
        }
    }

    pub(crate) fn trim(&mut self, tally: &mut Tally) {
        let segments = self.log().segments();
        tally.through_footers += segments.len() as u64;
        let Some(upto) = segments.get(usize::try_from(self.random.below(segments.len() as u64)).expect("small")) else {
            return;
        };
        self.trim_through(upto.last_index, tally);
    }

    /// Trims through the last entry of a closed segment.
    pub(crate) fn trim_through(&mut self, last_index: u64, tally: &mut Tally) {
        let first = self.log().trim_before(last_index + 1);
        assert_eq!(first, last_index + 1);
        self.model.first_kept = first;
        tally.trimmed += 1;
    }

    pub(crate) fn close_by_age(&mut self) -> Result<(), WriteError> {
        let limit = self.now_ms.saturating_sub(self.random.below(100));
        self.close_older_than(limit)
    }

    pub(crate) fn close_older_than(&mut self, limit: u64) -> Result<(), WriteError> {
        let outcome = self.log().close_older_than(limit);
        if self.log().committed() > self.model.counted {
            self.model.safe = self.log().committed();
            if outcome.is_ok() {
                self.model.witnessed = self.model.safe;
            }
            self.apply_counted();
        }
        outcome.map(drop)
    }

    /// How many files of zeros there are: at most one in hand, and one that is being written.
    pub(crate) fn blank_files(&self) -> usize {
        let files = self.disk.files();
        files.iter().filter(|(path, _)| path.to_string_lossy().contains("next-")).count()
    }

    /// Ends the process, or loses power.
    pub(crate) fn crash(&mut self) {
        if self.random.one_in(2) {
            return self.end_process();
        }
        self.close();
        self.disk = self.disk.lose_power();
    }

    /// Ends the process: what was written stays, whatever was said of it.
    pub(crate) fn end_process(&mut self) {
        self.close();
        self.disk = self.disk.end_process();
    }

    fn close(&mut self) {
        (self.log, self.reader) = (None, None);
        self.jobs.clear();
    }
}
