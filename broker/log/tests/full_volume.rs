//! A volume, or a quota on it, that is full: what is refused, how often it is tried again, and that what makes room
//! goes on.

mod simulated;

use std::path::Path;

use bytes::Bytes;
use forebay_log::{
    Disk, Entry, Identity, JobError, JobKind, Log, Opened, Options, Section, SimulatedDisk, WriteError, create, open,
};

use simulated::DIRECTORY;

const VOLUME_BYTES: u64 = 16 << 20;
const SEGMENT_BYTES: u64 = 32 << 10;

fn options() -> Options<SimulatedDisk> {
    simulated::options(SEGMENT_BYTES, SEGMENT_BYTES)
}

fn new_log(seed: u64) -> (SimulatedDisk, Log<SimulatedDisk>) {
    let disk = SimulatedDisk::new(seed, VOLUME_BYTES);
    create(&disk, Path::new(DIRECTORY), &mut options(), Identity([1; 16])).expect("creates");
    let log = reopen(&disk);
    (disk, log)
}

fn reopen(disk: &SimulatedDisk) -> Log<SimulatedDisk> {
    let Opened { mut log, .. } = open(disk.clone(), Path::new(DIRECTORY), options()).expect("opens");
    log.begin_term().expect("a term");
    log
}

fn append(log: &mut Log<SimulatedDisk>) -> Result<u64, WriteError> {
    let time_ms = log.last().index;
    let index = log.append(&Entry::Control { time_ms, body: &Bytes::from(vec![7; 1000]) });
    while let Some(index) = log.state_wanted() {
        log.give_state(index, vec![Section { id: 1, version: 1, bytes: Bytes::from_static(b"state") }]);
    }
    index
}

/// Runs all jobs there are, and those that follow from them; returns their kinds.
fn tend(log: &mut Log<SimulatedDisk>) -> Vec<JobKind> {
    let mut kinds = Vec::new();
    loop {
        let jobs = log.jobs();
        if jobs.is_empty() {
            return kinds;
        }
        for job in jobs {
            kinds.push(job.kind());
            log.finished(job.run()).expect("only full");
            assert!(kinds.len() < 100, "tried again without end: {kinds:?}");
        }
    }
}

fn used_bytes(disk: &SimulatedDisk) -> u64 {
    disk.files().iter().map(|(_, length)| length).sum()
}

/// A log with an open segment more than half full and nothing left to do.
fn half_full() -> (SimulatedDisk, Log<SimulatedDisk>) {
    let (disk, mut log) = new_log(1);
    for _ in 0..20 {
        append(&mut log).expect("appends");
    }
    (disk, log)
}

#[test]
fn a_full_quota_on_a_volume_with_room_is_tried_once_each_time_the_caller_asks() {
    let (disk, mut log) = half_full();
    disk.set_quota_bytes(Some(used_bytes(&disk) + 8_000));
    assert!(disk.volume(Path::new(DIRECTORY)).expect("measures").free_bytes > 100 * SEGMENT_BYTES);
    assert_eq!(tend(&mut log), [JobKind::Prewrite]);
    for _ in 0..3 {
        assert_eq!(tend(&mut log), []);
        assert!(log.space_need().refused);
        log.try_again();
        assert!(log.space_need().refused, "not before something came of it");
        assert_eq!(tend(&mut log), [JobKind::Prewrite]);
    }
    disk.set_quota_bytes(None);
    log.try_again();
    assert_eq!(tend(&mut log), [JobKind::Prewrite]);
    assert!(!log.space_need().refused);
}

#[test]
fn a_file_that_no_longer_is_wanted_is_not_refused() {
    let (disk, mut log) = half_full();
    disk.set_quota_bytes(Some(used_bytes(&disk)));
    assert_eq!(tend(&mut log), [JobKind::Prewrite]);
    assert!(log.space_need().refused);
    disk.set_quota_bytes(None);
    assert!(log.close_older_than(u64::MAX).expect("the writer finds room by itself"));
    log.try_again();
    assert!(!log.space_need().refused);
}

#[test]
fn what_makes_room_does_not_wait_for_room_to_prewrite() {
    let (disk, mut log) = half_full();
    for _ in 0..50 {
        append(&mut log).expect("appends");
    }
    // Three segments, none with a footer yet; room for a footer and a snapshot, and for no segment.
    disk.set_size_bytes(used_bytes(&disk) + 8_000);
    let kinds = tend(&mut log);
    assert_eq!(kinds.iter().filter(|kind| **kind == JobKind::Footer).count(), 2, "{kinds:?}");
    assert!(log.space_need().refused);
    let newest = log.segments().last().copied().expect("closed ones");
    log.trim_before(newest.last_index + 1);
    // And with the segments gone there is room to prewrite, too.
    assert_eq!(tend(&mut log), [JobKind::Trim, JobKind::Prewrite]);
    assert!(!log.space_need().refused);
    append(&mut log).expect("appends");
}

#[test]
fn the_prewritten_file_is_given_up_for_a_snapshot_that_finds_no_room() {
    let (disk, mut log) = half_full();
    for _ in 0..45 {
        append(&mut log).expect("appends");
        tend(&mut log);
    }
    let first = log.segments()[0];
    assert!(disk.files().iter().any(|(path, _)| path.to_string_lossy().contains("next-")), "one is prewritten");
    log.trim_before(first.last_index + 1);
    disk.set_size_bytes(used_bytes(&disk));
    assert_eq!(tend(&mut log), [JobKind::Trim, JobKind::Trim, JobKind::Prewrite]);
    assert_eq!(log.first_index(), first.last_index + 1);
    assert!(disk.files().iter().all(|(path, _)| !path.ends_with("segment-00000000000000000001.log")));
}

fn blank_files(disk: &SimulatedDisk) -> usize {
    disk.files().iter().filter(|(path, _)| path.to_string_lossy().contains("next-")).count()
}

/// Rolls with the write or name after `before` others refused; `false` where the roll has no more of them.
fn refused_roll(disk: &SimulatedDisk, log: &mut Log<SimulatedDisk>, before: u32) -> bool {
    disk.fail_write_in(before);
    let refused = match log.close_older_than(u64::MAX) {
        Ok(_) => false,
        Err(WriteError::NoSpace(_)) => true,
        Err(error) => panic!("{before}: {error:?}"),
    };
    disk.calm();
    refused
}

/// A log that is about to roll, with a prewritten file or without one.
fn before_roll(prewritten: bool) -> (SimulatedDisk, Log<SimulatedDisk>) {
    let (disk, mut log) = half_full();
    if prewritten {
        tend(&mut log);
    }
    assert_eq!(blank_files(&disk), usize::from(prewritten));
    (disk, log)
}

#[test]
fn a_roll_that_finds_no_space_at_any_step_leaves_nothing_but_a_file_for_the_next() {
    // A file of zeros is made and filled, or is there; then header and name.
    for (prewritten, steps) in [(false, 4), (true, 2)] {
        let (disk, mut log) = before_roll(prewritten);
        assert!(!refused_roll(&disk, &mut log, steps), "a roll has {steps} steps");
        for before in 0..steps {
            let (disk, mut log) = before_roll(prewritten);
            assert!(refused_roll(&disk, &mut log, before));
            let kept = usize::from(before + 2 >= steps);
            assert_eq!(blank_files(&disk), kept, "step {before} of {steps}");
            append(&mut log).expect("the open segment has room");
            assert!(log.close_older_than(u64::MAX).expect("there is room again"));
            assert_eq!(blank_files(&disk), 0, "step {before} of {steps}");
            append(&mut log).expect("appends");
            drop(log);
            assert_eq!(reopen(&disk).last().index, 22);
        }
    }
}

#[test]
fn of_a_file_that_was_refused_and_one_that_was_prewritten_meanwhile_one_is_left() {
    let (disk, mut log) = before_roll(false);
    let jobs = log.jobs();
    assert!(refused_roll(&disk, &mut log, 2), "its header finds no space");
    for job in jobs {
        log.finished(job.run()).expect("there is room");
    }
    assert_eq!(blank_files(&disk), 1);
    assert!(log.close_older_than(u64::MAX).expect("closes"));
    assert_eq!(blank_files(&disk), 0);
}

#[test]
fn what_a_refused_roll_leaves_is_gone_after_the_next_start() {
    for (prewritten, steps) in [(false, 4), (true, 2)] {
        for before in 0..steps {
            for power_lost in [false, true] {
                let (disk, mut log) = before_roll(prewritten);
                assert!(refused_roll(&disk, &mut log, before));
                append(&mut log).expect("the open segment has room");
                drop(log);
                let disk = if power_lost { disk.lose_power() } else { disk.end_process() };
                let mut log = reopen(&disk);
                assert_eq!((log.last().index, blank_files(&disk)), (21, 0), "step {before} of {steps}");
                append(&mut log).expect("appends");
                assert!(log.close_older_than(u64::MAX).expect("closes"));
            }
        }
    }
}

#[test]
fn a_segment_whose_sync_finds_no_space_is_not_synced_again() {
    let mut full = 0;
    for seed in 0..8 {
        let (disk, mut log) = new_log(seed);
        append(&mut log).expect("appends");
        assert!(log.close_older_than(u64::MAX).expect("closes"));
        log.give_state(1, Vec::new());
        disk.fail_sync_in(0);
        for job in log.jobs() {
            match log.finished(job.run()) {
                Err(JobError::Failed(error)) => {
                    full += u32::from(error.source.kind() == std::io::ErrorKind::StorageFull);
                }
                other => panic!("{seed}: {other:?}"),
            }
        }
        assert!(matches!(append(&mut log), Err(WriteError::Failed(_))), "{seed}");
    }
    assert!((1..8).contains(&full), "of both kinds: {full}");
}
