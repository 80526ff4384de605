//! Expired records go whether their segment can be read or not: damage in a footer, case by case.

mod simulated;

use std::path::{Path, PathBuf};

use bytes::Bytes;
use forebay_log::{
    Chunk, Entry, Identity, JobError, Log, Opened, Options, ReadCache, ReadError, Remedy, Section, SimulatedDisk,
    crc32c, create, open,
};

use simulated::DIRECTORY;

const LANE: u32 = 5;
/// The trailer of a footer, and where in it stands where the frames end.
const TRAILER: usize = 144;
const FRAMES_END: usize = 48;
/// Where the bytes of the state begin, behind a lane, its chunk and the section's head.
const STATE: u64 = 32 + 36 + 24;

fn options() -> Options<SimulatedDisk> {
    // Nothing read is kept: damage is met.
    Options { cache: ReadCache::new(0, 0), ..simulated::options(8 << 10, 8 << 10) }
}

fn reopen(disk: &SimulatedDisk) -> Opened<SimulatedDisk> {
    let mut opened = open(disk.clone(), Path::new(DIRECTORY), options()).expect("opens");
    opened.log.begin_term().expect("a term");
    opened
}

fn state(text: &'static str) -> Vec<Section> {
    vec![Section { id: 9, version: 1, bytes: Bytes::from_static(text.as_bytes()) }]
}

/// Appends one record and closes its segment, which then has the state in its footer.
fn add_segment(log: &mut Log<SimulatedDisk>, text: &'static str) {
    let index = log.last().index;
    let body = Bytes::from_static(b"record");
    let chunk = Chunk {
        lane: LANE,
        first_counter: index,
        count: 1,
        time_ms: index,
        crc32c: crc32c(&body),
        codec: 0,
        flags: 0,
        key_id: 0,
        body,
    };
    log.append(&Entry::Records { requests: &[], chunks: &[chunk] }).expect("appends");
    assert!(log.close_older_than(u64::MAX).expect("closes"));
    log.give_state(index + 1, state(text));
    assert!(tend(log).is_empty());
}

/// Runs the jobs there are and those that follow; returns the damage they came upon.
fn tend(log: &mut Log<SimulatedDisk>) -> Vec<ReadError> {
    let mut found = Vec::new();
    loop {
        let jobs = log.jobs();
        if jobs.is_empty() {
            return found;
        }
        for job in jobs {
            match log.finished(job.run()) {
                Ok(()) => {}
                Err(JobError::Damaged(error)) => found.push(error),
                Err(error @ JobError::Failed(_)) => panic!("{error:?}"),
            }
            assert!(found.len() < 10, "said without end: {found:?}");
        }
    }
}

/// A log with a closed segment of one entry for each of these states.
fn written(states: &[&'static str]) -> (SimulatedDisk, Log<SimulatedDisk>) {
    let disk = SimulatedDisk::new(1, 16 << 20);
    create(&disk, Path::new(DIRECTORY), &mut options(), Identity([1; 16])).expect("creates");
    let Opened { mut log, .. } = reopen(&disk);
    for state in states {
        add_segment(&mut log, state);
    }
    (disk, log)
}

fn segment(first_index: u64) -> PathBuf {
    PathBuf::from(format!("{DIRECTORY}/segment-{first_index:020}.log"))
}

fn frames_end(bytes: &[u8]) -> u64 {
    let field = &bytes[bytes.len() - TRAILER + FRAMES_END..][..8];
    u64::from_le_bytes(field.try_into().expect("8 bytes"))
}

/// Turns a bit over this far into a segment's footer.
fn damage(disk: &SimulatedDisk, first_index: u64, at: u64) {
    let bytes = disk.content(&segment(first_index)).expect("it is there");
    disk.flip_bit(&segment(first_index), frames_end(&bytes) + at, 0);
}

fn cut_footer(disk: &SimulatedDisk, first_index: u64) {
    let mut bytes = disk.content(&segment(first_index)).expect("it is there");
    bytes.truncate(usize::try_from(frames_end(&bytes)).expect("small"));
    disk.replace(&segment(first_index), bytes);
}

/// The first indexes of the segments there are files of.
fn files(disk: &SimulatedDisk) -> Vec<u64> {
    let name =
        |path: &PathBuf| path.file_name()?.to_str()?.strip_prefix("segment-")?.strip_suffix(".log")?.parse().ok();
    disk.files().iter().filter_map(|(path, _)| name(path)).collect()
}

/// What the next start finds: the state, as of which entry, and the lane's next counter then.
fn found(disk: &SimulatedDisk) -> (Vec<Section>, u64, u64) {
    let Opened { recovered, .. } = open(disk.clone(), Path::new(DIRECTORY), options()).expect("opens");
    (recovered.state, recovered.state_as_of.index, recovered.lanes[0].1.next_counter)
}

#[test]
fn damaged_lanes_are_said_once_and_their_segment_goes_with_the_next() {
    let (disk, mut log) = written(&["one", "one", "two", "two"]);
    damage(&disk, 2, 4);
    log.trim_before(3);
    match &tend(&mut log)[..] {
        [ReadError::Damaged(damage)] => {
            assert_eq!(damage.file, segment(2));
            assert!(matches!(damage.remedy, Remedy::Cut { .. }), "{damage}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(files(&disk), [2, 3, 4, 5]);
    add_segment(&mut log, "two");
    log.trim_before(4);
    assert!(tend(&mut log).is_empty());
    assert_eq!(files(&disk), [4, 5, 6]);
    drop(log);
    assert_eq!(found(&disk), (state("two"), 5, 5));
}

#[test]
fn a_section_that_has_not_changed_since_is_not_read() {
    let (disk, mut log) = written(&["one", "one", "one"]);
    damage(&disk, 1, STATE);
    log.trim_before(3);
    assert!(tend(&mut log).is_empty());
    assert_eq!(files(&disk), [3, 4]);
    drop(log);
    assert_eq!(found(&disk), (state("one"), 3, 3));
    // The snapshot has it: without the footer behind it, a start begins there.
    cut_footer(&disk, 3);
    assert_eq!(found(&disk), (state("one"), 2, 2));
}

#[test]
fn where_nothing_tells_a_section_any_more_trimming_waits_for_the_next_that_does() {
    let (disk, mut log) = written(&["one", "one", "two", "two"]);
    damage(&disk, 1, STATE);
    log.trim_before(3);
    assert_eq!(tend(&mut log).len(), 1);
    assert_eq!(files(&disk), [1, 2, 3, 4, 5]);
    assert!(tend(&mut log).is_empty(), "said once");
    drop(log);
    assert_eq!(found(&disk), (state("two"), 4, 4));

    let Opened { mut log, .. } = reopen(&disk);
    log.trim_before(4);
    assert!(tend(&mut log).is_empty());
    assert_eq!(files(&disk), [4, 5]);
    drop(log);
    assert_eq!(found(&disk), (state("two"), 4, 4));
}

#[test]
fn a_damaged_snapshot_is_replaced_by_the_next() {
    let (disk, mut log) = written(&["one", "one", "one"]);
    log.trim_before(2);
    assert!(tend(&mut log).is_empty());
    disk.flip_bit(&Path::new(DIRECTORY).join("snapshot"), 70, 0);
    log.trim_before(3);
    assert!(tend(&mut log).is_empty());
    drop(log);
    assert_eq!(found(&disk), (state("one"), 3, 3));
}

#[test]
fn removal_that_stopped_half_way_goes_on_behind_the_snapshot_there_is() {
    // Creating, writing and renaming the snapshot, then the names of three segments.
    for refused in 0..6 {
        let (disk, mut log) = written(&["one", "two", "three", "four"]);
        disk.fail_write_in(refused);
        log.trim_before(4);
        assert!(tend(&mut log).is_empty());
        assert!(log.space_need().refused, "{refused}");
        damage(&disk, 3, 4);
        log.try_again();
        let damaged = tend(&mut log);
        if refused < 3 {
            // The newest of them cannot tell any more: the two before it go.
            assert_eq!((damaged.len(), files(&disk)), (1, vec![3, 4, 5]), "{refused}");
        } else {
            assert_eq!((damaged.len(), files(&disk)), (0, vec![4, 5]), "{refused}");
        }
        drop(log);
        assert_eq!(found(&disk), (state("four"), 4, 4), "{refused}");
    }
}
