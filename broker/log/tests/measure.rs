//! What the log costs on this machine's disk. Not part of a normal run:
//! `cargo test --release -p forebay-log --test measure -- --ignored --nocapture`, with `FOREBAY_MEASURE_GIB` for the size.

use std::path::Path;
use std::time::Instant;

use bytes::Bytes;
use forebay_log::{
    Chunk, Durability, Entry, Identity, Log, Opened, Options, Owner, Ownership, ReadCache, ReadLimits, RealDisk,
    Section, SegmentSizes, crc32c, create, open,
};

fn options(durability: Durability) -> Options<RealDisk> {
    let mut salt = 0;
    let salts = move || {
        salt += 1;
        salt
    };
    Options {
        ownership: Ownership { owner: Owner::Stream, range: Identity([2; 16]), incarnation: Identity([3; 16]) },
        durability,
        sizes: SegmentSizes::default(),
        salts: Box::new(salts),
        cache: ReadCache::new(16 << 20, 64),
    }
}

fn new_log(directory: &Path, durability: Durability) -> Opened<RealDisk> {
    create(&RealDisk, directory, &mut options(durability), Identity([1; 16])).expect("creates");
    let mut opened = open(RealDisk, directory, options(durability)).expect("opens");
    opened.log.begin_term().expect("a term");
    opened
}

fn tend(log: &mut Log<RealDisk>) {
    while let Some(index) = log.state_wanted() {
        log.give_state(index, vec![Section { id: 1, version: 1, bytes: Bytes::from_static(&[7; 10_000]) }]);
    }
    for job in log.jobs() {
        log.finished(job.run()).expect("the disk works");
    }
}

fn chunks(lanes: u32, round: u64, body: &Bytes) -> Vec<Chunk> {
    let crc32c = crc32c(body);
    let chunk = |lane| Chunk {
        lane,
        first_counter: round,
        count: 1,
        time_ms: round,
        crc32c,
        codec: 0,
        flags: 0,
        key_id: 0,
        body: body.clone(),
    };
    (0..lanes).map(chunk).collect()
}

#[test]
#[ignore = "a measurement"]
#[expect(clippy::disallowed_methods, reason = "it measures time")]
fn an_entry_of_a_thousand_chunks() {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let Opened { mut log, .. } = new_log(directory.path(), Durability::Memory);
    for length in [16, 128, 1024] {
        let body = Bytes::from(vec![1; length]);
        let base = log.last().index;
        let mut best = f64::MAX;
        for round in 0..200 {
            let entry = chunks(1000, base + round, &body);
            let begun = Instant::now();
            log.append(&Entry::Records { requests: &[], chunks: &entry }).expect("appends");
            best = best.min(begun.elapsed().as_secs_f64());
            tend(&mut log);
        }
        println!("{length:>5} bytes: {:.1} ns per chunk, written and indexed, without a sync", best * 1e6);
    }
}

#[test]
#[ignore = "a measurement"]
#[expect(clippy::disallowed_methods, reason = "it measures time")]
fn a_start_and_a_catch_up_read() {
    let gib: u64 = std::env::var("FOREBAY_MEASURE_GIB").ok().and_then(|gib| gib.parse().ok()).unwrap_or(1);
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let Opened { mut log, .. } = new_log(directory.path(), Durability::Memory);
    let body = Bytes::from(vec![9; 1 << 10]);
    for round in 0..gib << 10 {
        log.append(&Entry::Records { requests: &[], chunks: &chunks(1000, round, &body) }).expect("appends");
        tend(&mut log);
    }
    log.flush().expect("syncs");
    println!("{gib} GiB in {} segments of 1,000 lanes", log.segments().len());
    drop(log);
    let begun = Instant::now();
    let Opened { mut log, reader, recovered } =
        open(RealDisk, directory.path(), options(Durability::Disk)).expect("opens");
    println!("open: {:?}, {} entries replayed", begun.elapsed(), recovered.entries.len());
    log.begin_term().expect("a term");
    let begun = Instant::now();
    log.append(&Entry::Control { time_ms: u64::MAX, body: &body }).expect("appends");
    println!("first append: {:?}", begun.elapsed());

    let (mut from, mut reads, mut records) = (0, 0, 0);
    let begun = Instant::now();
    loop {
        let found = reader.read(500, from, ReadLimits { bytes: 1 << 20, records: 1000 }).expect("reads");
        let Some(last) = found.last() else {
            break;
        };
        from = last.end_counter();
        reads += 1;
        records += found.len();
    }
    println!("catch-up of one lane: {records} records in {reads} reads, {:?}", begun.elapsed());
}
