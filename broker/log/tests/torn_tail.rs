//! A torn tail against damage, case by case: what is cut off, what is refused, and what never comes back.

mod simulated;

use std::path::{Path, PathBuf};

use bytes::Bytes;
use forebay_log::{
    Detail, Durability, Entry, Identity, OpenError, Opened, Options, RecoveredEntry, Remedy, SimulatedDisk, Tail,
    WriteError, create, dump, open,
};

use simulated::DIRECTORY;

/// A frame of a control entry with a body of 8 bytes: 68 of header, 36 of table, 8 of body.
const FRAME: u64 = 112;
const FIRST: u64 = 4096;

fn options(durability: Durability) -> Options<SimulatedDisk> {
    Options { durability, ..simulated::options(16 << 10, 16 << 10) }
}

fn new_disk() -> SimulatedDisk {
    let disk = SimulatedDisk::new(1, 16 << 20);
    create(&disk, Path::new(DIRECTORY), &mut options(Durability::Disk), Identity([1; 16])).expect("creates");
    disk
}

fn try_open(disk: &SimulatedDisk) -> Result<Opened<SimulatedDisk>, OpenError> {
    open(disk.clone(), Path::new(DIRECTORY), options(Durability::Disk))
}

fn segment(first_index: u64) -> PathBuf {
    PathBuf::from(format!("{DIRECTORY}/segment-{first_index:020}.log"))
}

/// Appends one entry for each number, each synced.
fn append(disk: &SimulatedDisk, numbers: impl IntoIterator<Item = u64>) {
    let Opened { mut log, .. } = try_open(disk).expect("opens");
    log.begin_term().expect("a term");
    for number in numbers {
        log.append(&Entry::Control { time_ms: number, body: &body(number) }).expect("appends");
    }
}

fn body(number: u64) -> Bytes {
    Bytes::copy_from_slice(&number.to_le_bytes())
}

/// The numbers of the entries a start finds, and how the log ended.
fn found(disk: &SimulatedDisk) -> (Vec<u64>, Tail) {
    let Opened { recovered, .. } = try_open(disk).expect("opens");
    let numbers = recovered.entries.iter().map(|entry| match entry {
        RecoveredEntry::Control { time_ms, .. } => *time_ms,
        RecoveredEntry::Records { .. } => panic!("none was written"),
    });
    (numbers.collect(), recovered.tail)
}

fn refused_at(disk: &SimulatedDisk) -> (PathBuf, u64) {
    match try_open(disk) {
        Err(OpenError::Damaged(damage)) => {
            assert_eq!(damage.remedy, Remedy::Restore);
            assert!(damage.to_string().contains(&damage.offset.to_string()), "{damage}");
            (damage.file, damage.offset)
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_bad_frame_nothing_proves_durable_is_a_torn_tail() {
    for byte in [0, 4, 8, 12, 60, 70, 104, 111] {
        let disk = new_disk();
        append(&disk, 1..=5);
        disk.flip_bit(&segment(1), FIRST + 4 * FRAME + byte, 3);
        let (numbers, tail) = found(&disk);
        assert_eq!(numbers, [1, 2, 3, 4]);
        assert!(matches!(tail, Tail::Torn { offset, .. } if offset == FIRST + 4 * FRAME), "byte {byte}: {tail:?}");
    }
}

#[test]
fn a_bad_frame_a_later_one_proves_durable_is_damage() {
    for byte in [0, 4, 8, 12, 60, 70, 104, 111] {
        let disk = new_disk();
        append(&disk, 1..=5);
        disk.flip_bit(&segment(1), FIRST + 3 * FRAME + byte, 3);
        assert_eq!(refused_at(&disk), (segment(1), FIRST + 3 * FRAME), "byte {byte}");
    }
}

#[test]
fn a_lost_frame_that_reads_as_zeros_is_damage_too() {
    let disk = new_disk();
    append(&disk, 1..=5);
    let mut bytes = disk.content(&segment(1)).expect("it is there");
    let at = usize::try_from(FIRST + 2 * FRAME).expect("small");
    bytes[at..at + 112].fill(0);
    disk.replace(&segment(1), bytes);
    assert_eq!(refused_at(&disk), (segment(1), FIRST + 2 * FRAME));
}

#[test]
fn a_bad_frame_with_a_segment_behind_it_is_damage() {
    let disk = new_disk();
    append(&disk, 1..=5);
    let Opened { mut log, .. } = try_open(&disk).expect("opens");
    log.begin_term().expect("a term");
    assert!(log.close_older_than(100).expect("closes"));
    drop(log);
    disk.flip_bit(&segment(1), FIRST + 4 * FRAME + 50, 0);
    assert_eq!(refused_at(&disk), (segment(1), FIRST + 4 * FRAME));
}

#[test]
fn a_missing_segment_and_a_bad_header_are_damage() {
    let disk = new_disk();
    append(&disk, 1..=5);
    let Opened { mut log, .. } = try_open(&disk).expect("opens");
    log.begin_term().expect("a term");
    assert!(log.close_older_than(100).expect("closes"));
    drop(log);
    for first_index in [1, 6] {
        disk.flip_bit(&segment(first_index), 20, 0);
        assert_eq!(refused_at(&disk), (segment(first_index), 0));
        disk.flip_bit(&segment(first_index), 20, 0);
    }
    forebay_log::Disk::unlink(&disk, &segment(1)).expect("it is there");
    assert_eq!(refused_at(&disk), (segment(1), 0));
}

#[test]
fn what_lay_behind_a_torn_tail_never_comes_back() {
    let disk = new_disk();
    append(&disk, 1..=3);
    let Opened { mut log, .. } = try_open(&disk).expect("opens");
    log.begin_term().expect("a term");
    // Three entries in one batch that was never synced: the middle of it is lost.
    for number in 4..=6 {
        log.write(&Entry::Control { time_ms: number, body: &body(number) }).expect("writes");
    }
    drop(log);
    disk.flip_bit(&segment(1), FIRST + 3 * FRAME + 110, 0);
    assert_eq!(found(&disk).0, [1, 2, 3]);
    // One entry of the same length in its place: entry 5 of the lower term would stand right behind it, but for the zeros
    // up to the end of the page.
    append(&disk, [40]);
    let (numbers, tail) = found(&disk);
    assert_eq!(numbers, [1, 2, 3, 40]);
    assert_eq!(tail, Tail::Clean);
    append(&disk, [50]);
    assert_eq!(found(&disk).0, [1, 2, 3, 40, 50]);
    let mut text = String::new();
    dump(&disk, &segment(1), Detail::Entries, &mut text).expect("prints");
    assert!(!text.contains("of term 2"), "nothing lies behind the end: {text}");
}

#[test]
fn an_entry_found_at_a_start_is_durable_before_it_is_shown() {
    let disk = new_disk();
    append(&disk, 1..=3);
    let Opened { mut log, .. } = try_open(&disk).expect("opens");
    log.begin_term().expect("a term");
    disk.fail_sync_in(0);
    let failed = log.append(&Entry::Control { time_ms: 4, body: &body(4) });
    assert!(matches!(failed, Err(WriteError::Failed(_))));
    assert_eq!(log.committed(), 3);
    drop(log);
    // The bytes read well and are clean, so that a sync alone does not write them.
    let disk = disk.end_process();
    assert_eq!(found(&disk).0, [1, 2, 3, 4]);
    assert_eq!(found(&disk.lose_power()).0, [1, 2, 3, 4]);
}

#[test]
fn a_frame_of_a_term_the_hard_state_has_not_seen_is_damage() {
    let disk = new_disk();
    let before = disk.content(&Path::new(DIRECTORY).join("hard-state")).expect("it is there");
    append(&disk, 1..=2);
    disk.replace(&Path::new(DIRECTORY).join("hard-state"), before);
    assert_eq!(refused_at(&disk).0, segment(1));
}

#[test]
fn what_a_newer_program_wrote_is_refused_and_not_cut_off() {
    let disk = new_disk();
    append(&disk, 1..=2);
    let mut bytes = disk.content(&segment(1)).expect("it is there");
    let at = usize::try_from(FIRST + FRAME).expect("small");
    let frame = &mut bytes[at..at + 104];
    frame[9] = 2;
    let checked = [&frame[..4], &frame[8..]].concat();
    frame[4..8].copy_from_slice(&forebay_log::crc32c(&checked).to_le_bytes());
    disk.replace(&segment(1), bytes);
    assert_eq!(refused_at(&disk), (segment(1), FIRST + FRAME));
}
