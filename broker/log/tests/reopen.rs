//! A log on the machine's own disk: written, closed, opened again, read.

use std::path::Path;

use bytes::Bytes;
use forebay_log::{
    Chunk, CreateError, Creation, Durability, Entry, Identity, Job, Log, OpenError, Opened, Options, Outcome, Owner,
    Ownership, ReadCache, ReadLimits, Reader, RealDisk, RecoveredEntry, Section, SegmentSizes, WriteError, crc32c,
    create, open,
};

const RANGE: Identity = Identity([2; 16]);
const ALL: ReadLimits = ReadLimits { bytes: u64::MAX, records: u64::MAX };

fn options(range: Identity) -> Options<RealDisk> {
    let ownership = Ownership { owner: Owner::Stream, range, incarnation: Identity([3; 16]) };
    let mut salt = 0;
    let salts = Box::new(move || {
        salt += 1;
        salt
    });
    let sizes = SegmentSizes { min_bytes: 16 << 10, max_bytes: 64 << 10, index_bytes: 4 << 20 };
    Options { ownership, durability: Durability::Disk, sizes, salts, cache: ReadCache::new(1 << 20, 4) }
}

fn chunk(lane: u32, first_counter: u64, count: u32, time_ms: u64, body: &[u8]) -> Chunk {
    let (crc32c, body) = (crc32c(body), Bytes::copy_from_slice(body));
    Chunk { lane, first_counter, count, time_ms, crc32c, codec: 0, flags: 0, key_id: 0, body }
}

fn new_log(directory: &Path) -> Opened<RealDisk> {
    assert_eq!(
        create(&RealDisk, directory, &mut options(RANGE), Identity([1; 16])).expect("creates"),
        Creation::Created
    );
    open(RealDisk, directory, options(RANGE)).expect("opens")
}

#[test]
fn what_was_appended_is_read_before_and_after_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let Opened { mut log, reader, .. } = new_log(directory.path());
    assert_eq!(log.begin_term().expect("a term"), 1);
    let mut expected = Vec::new();
    for round in 0..200_u64 {
        let body = vec![u8::try_from(round).expect("small"); 1000];
        let chunks = [chunk(0, round * 2, 2, round, &body), chunk(7, round, 1, round, &body[..10])];
        let index = log.append(&Entry::Records { requests: &[], chunks: &chunks }).expect("appends");
        assert_eq!(index, round * 2 + 1);
        log.append(&Entry::Control { time_ms: round, body: &Bytes::from_static(b"change") }).expect("appends");
        expected.push(chunks[0].clone());
    }
    assert_eq!(reader.read(0, 0, ALL).expect("reads"), expected);
    drop((log, reader));

    let Opened { mut log, reader, recovered } = open(RealDisk, directory.path(), options(RANGE)).expect("opens");
    assert_eq!(recovered.entries.len(), 400);
    assert!(matches!(&recovered.entries[399], RecoveredEntry::Control { body, .. } if body == "change"));
    assert_eq!(reader.read(0, 0, ALL).expect("reads"), expected);
    assert_eq!(reader.lane_end(7).expect("known").next_counter, 200);
    let refused = log.append(&Entry::Control { time_ms: 0, body: &Bytes::new() });
    assert!(matches!(refused, Err(WriteError::NoTerm)));
    assert_eq!(log.begin_term().expect("a term"), 2);
    log.append(&Entry::Records { requests: &[], chunks: &[chunk(7, 200, 1, 200, b"more")] }).expect("appends");
    assert_eq!(reader.read(7, 200, ALL).expect("reads")[0].body, "more");
}

#[test]
fn a_read_returns_whole_chunks_within_its_limits_and_at_least_one() {
    let directory = tempfile::tempdir().expect("a directory");
    let Opened { mut log, reader, .. } = new_log(directory.path());
    log.begin_term().expect("a term");
    for round in 0..10 {
        let chunks = [chunk(1, round * 3, 3, round * 100, &[5; 100])];
        log.append(&Entry::Records { requests: &[], chunks: &chunks }).expect("appends");
    }
    let counters = |from, bytes, records| -> Vec<u64> {
        let chunks = reader.read(1, from, ReadLimits { bytes, records }).expect("reads");
        chunks.iter().map(|chunk| chunk.first_counter).collect()
    };
    assert_eq!(counters(4, 300, 1000), [3, 6, 9]);
    assert_eq!(counters(4, 299, 1000), [3, 6]);
    assert_eq!(counters(4, 1, 1000), [3]);
    assert_eq!(counters(5, 1000, 1), [3]);
    assert_eq!(counters(5, 1000, 2), [3, 6]);
    assert_eq!(counters(30, 1000, 1000), []);
    assert_eq!(reader.first_at_or_after(1, 201).expect("reads"), Some(9));
    assert_eq!(reader.first_at_or_after(1, 901).expect("reads"), Some(30));
    assert_eq!(reader.first_at_or_after(2, 0).expect("reads"), None);
}

#[test]
fn a_chunk_that_does_not_follow_its_lane_is_refused_and_leaves_no_trace() {
    let directory = tempfile::tempdir().expect("a directory");
    let Opened { mut log, reader, .. } = new_log(directory.path());
    log.begin_term().expect("a term");
    log.append(&Entry::Records { requests: &[], chunks: &[chunk(1, 0, 2, 50, b"a")] }).expect("appends");
    for bad in
        [chunk(1, 3, 1, 50, b"a"), chunk(1, 2, 1, 49, b"a"), chunk(1, 2, 0, 50, b"a"), chunk(u32::MAX, 0, 1, 1, b"")]
    {
        let chunks = [chunk(9, 0, 1, 50, b"a"), bad];
        let refused = log.append(&Entry::Records { requests: &[], chunks: &chunks });
        assert!(matches!(refused, Err(WriteError::OutOfOrder { .. } | WriteError::Impossible { .. })), "{refused:?}");
    }
    assert_eq!(reader.lane_end(9), None);
    let chunks = [chunk(9, 4, 1, 50, b"a"), chunk(1, 2, 1, 50, b"a"), chunk(1, 3, 1, 50, b"b")];
    log.append(&Entry::Records { requests: &[], chunks: &chunks }).expect("appends");
    assert_eq!(reader.lane_end(1).expect("known").next_counter, 4);
}

#[test]
fn a_directory_is_taken_by_one_process_and_for_one_range() {
    let directory = tempfile::tempdir().expect("a directory");
    let held = new_log(directory.path());
    assert!(matches!(open(RealDisk, directory.path(), options(RANGE)), Err(OpenError::Locked(_))));
    let again = create(&RealDisk, directory.path(), &mut options(RANGE), Identity([1; 16]));
    assert!(matches!(again, Err(CreateError::Locked(_))));
    drop(held);
    let again = create(&RealDisk, directory.path(), &mut options(RANGE), Identity([1; 16]));
    assert!(matches!(again, Ok(Creation::Existed)));
    let other = Identity([9; 16]);
    let refused = create(&RealDisk, directory.path(), &mut options(other), Identity([1; 16]));
    assert!(matches!(refused, Err(CreateError::Other { range: RANGE, .. })));
    assert!(matches!(open(RealDisk, directory.path(), options(other)), Err(OpenError::Other { range: RANGE, .. })));
}

#[test]
fn a_log_never_initialises_itself() {
    let directory = tempfile::tempdir().expect("a directory");
    assert!(matches!(open(RealDisk, directory.path(), options(RANGE)), Err(OpenError::NotInitialised(_))));
    let missing = directory.path().join("missing");
    assert!(matches!(open(RealDisk, &missing, options(RANGE)), Err(OpenError::NotInitialised(_))));
}

fn state(version: u16, text: &'static str) -> Vec<Section> {
    let section = |id, bytes: &'static str| Section { id, version, bytes: Bytes::from_static(bytes.as_bytes()) };
    vec![section(1, "never changes"), section(2, text)]
}

/// What a caller does after each entry and each sync.
fn tend(log: &mut Log<RealDisk>, text: &'static str) {
    while let Some(index) = log.state_wanted() {
        log.give_state(index, state(1, text));
    }
    loop {
        let jobs = log.jobs();
        if jobs.is_empty() {
            return;
        }
        for job in jobs {
            log.finished(job.run()).expect("the disk works");
        }
    }
}

#[test]
fn closed_segments_are_read_through_their_footers_and_trimmed_behind_a_snapshot() {
    let directory = tempfile::tempdir().expect("a directory");
    let Opened { mut log, reader, .. } = new_log(directory.path());
    log.begin_term().expect("a term");
    let mut expected = Vec::new();
    for round in 0..600_u64 {
        let body = vec![u8::try_from(round % 256).expect("small"); 1000];
        let chunks = [chunk(3, round, 1, round, &body)];
        log.append(&Entry::Records { requests: &[], chunks: &chunks }).expect("appends");
        tend(&mut log, if round < 300 { "early" } else { "late" });
        expected.extend(chunks);
    }
    let segments = log.segments();
    assert!(segments.len() > 5, "{segments:?}");
    assert_eq!(reader.read(3, 0, ALL).expect("reads"), expected);
    for counter in [0, 1, 299, 300, 599] {
        assert_eq!(reader.first_at_or_after(3, counter).expect("reads"), Some(counter));
        let one = reader.read(3, counter, ReadLimits { bytes: 1, records: 1 }).expect("reads");
        assert_eq!(one, expected[usize::try_from(counter).expect("small")..][..1]);
    }
    let newest_trimmed = segments[segments.len() - 2];
    assert_eq!(newest_trimmed.newest_time_ms, Some(newest_trimmed.last_index - 1));
    let kept_from = log.trim_before(newest_trimmed.last_index + 1);
    assert_eq!(kept_from, newest_trimmed.last_index + 1);
    tend(&mut log, "late");
    let oldest = usize::try_from(kept_from - 1).expect("small");
    assert_eq!(reader.read(3, 0, ALL).expect("reads"), expected[oldest..]);
    assert_eq!(reader.oldest(3).expect("reads"), Some(kept_from - 1));
    drop((log, reader));

    let Opened { mut log, reader, recovered } = open(RealDisk, directory.path(), options(RANGE)).expect("opens");
    assert_eq!(recovered.state, state(1, "late"));
    assert_eq!(recovered.state_as_of.index, segments[segments.len() - 1].last_index);
    assert_eq!(recovered.lanes[0].1.next_counter, recovered.state_as_of.index);
    assert_eq!(recovered.entries.len() as u64, 600 - recovered.state_as_of.index);
    assert_eq!(reader.read(3, 0, ALL).expect("reads"), expected[oldest..]);
    log.begin_term().expect("a term");
    assert!(log.close_older_than(u64::MAX).expect("closes"));
    tend(&mut log, "late");
    log.trim_before(u64::MAX);
    tend(&mut log, "late");
    assert_eq!(reader.read(3, 0, ALL).expect("reads"), []);
    assert_eq!(reader.oldest(3).expect("reads"), Some(600));
    drop((log, reader));

    let Opened { reader, recovered, .. } = open(RealDisk, directory.path(), options(RANGE)).expect("opens");
    assert_eq!((recovered.state, recovered.entries.len()), (state(1, "late"), 0));
    assert_eq!(reader.lane_end(3).expect("known").next_counter, 600);
}

#[test]
fn a_lane_that_is_forgotten_is_in_no_later_footer() {
    let directory = tempfile::tempdir().expect("a directory");
    let Opened { mut log, reader, .. } = new_log(directory.path());
    log.begin_term().expect("a term");
    let chunks = [chunk(1, 0, 1, 5, b"a"), chunk(2, 0, 1, 5, b"b")];
    log.append(&Entry::Records { requests: &[], chunks: &chunks }).expect("appends");
    log.close_older_than(6).expect("closes");
    tend(&mut log, "text");
    log.trim_before(2);
    tend(&mut log, "text");
    log.forget_lane(1);
    assert_eq!((reader.lane_end(1), reader.oldest(2).expect("reads")), (None, Some(1)));
    log.append(&Entry::Control { time_ms: 7, body: &Bytes::new() }).expect("appends");
    log.close_older_than(8).expect("closes");
    tend(&mut log, "text");
    drop((log, reader));
    let Opened { recovered, .. } = open(RealDisk, directory.path(), options(RANGE)).expect("opens");
    assert_eq!(recovered.lanes.iter().map(|(lane, _)| *lane).collect::<Vec<_>>(), [2]);
}

#[test]
fn readers_go_on_beside_the_writer_through_rolls_and_trimming() {
    const ROUNDS: u64 = 3_000;
    let directory = tempfile::tempdir().expect("a directory");
    let Opened { mut log, reader, .. } = new_log(directory.path());
    log.begin_term().expect("a term");
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let reader = reader.clone();
            std::thread::spawn(move || {
                let mut next = 0;
                while next < ROUNDS {
                    for chunk in reader.read(1, next, ReadLimits { bytes: 20_000, records: 50 }).expect("reads") {
                        // Trimming may have taken what was asked for, never a part of what follows.
                        assert!(chunk.first_counter >= next, "{} after {next}", chunk.first_counter);
                        assert_eq!(chunk.body[..8], chunk.first_counter.to_le_bytes());
                        next = chunk.end_counter();
                    }
                    // In this order: the end only grows, and the writer may trim up to it between the two.
                    let oldest = reader.oldest(1).expect("reads").unwrap_or(0);
                    let end = reader.lane_end(1).map_or(0, |end| end.next_counter);
                    assert!(oldest <= end.max(next), "{oldest} is beyond {end} and {next}");
                }
            })
        })
        .collect();
    for round in 0..ROUNDS {
        let mut body = [7; 400];
        body[..8].copy_from_slice(&round.to_le_bytes());
        let chunks = [chunk(1, round, 1, round, &body)];
        log.append(&Entry::Records { requests: &[], chunks: &chunks }).expect("appends");
        tend(&mut log, "text");
        if round % 500 == 499 {
            log.trim_before(round - 300);
            tend(&mut log, "text");
        }
    }
    for reader in readers {
        reader.join().expect("read everything");
    }
}

#[test]
fn the_log_and_its_parts_go_to_other_threads() {
    fn is_send<T: Send>() {}
    fn is_shared<T: Send + Sync + Clone>() {}
    is_send::<Log<RealDisk>>();
    is_send::<Job<RealDisk>>();
    is_send::<Outcome<RealDisk>>();
    is_shared::<Reader<RealDisk>>();
}
