//! Whole files changed behind the log's back: it opens or refuses, reads or reports, prints, and never panics. What it
//! serves is always what was written. Records hold copies of frames, their own segment's included.

mod simulated;

use std::path::{Path, PathBuf};

use bytes::Bytes;
use forebay_log::{
    Chunk, Detail, Entry, Identity, Log, OpenError, Opened, Options, ReadError, ReadLimits, Request, Section,
    SimulatedDisk, crc32c, create, dump, open,
};

use proptest::collection::vec;
use proptest::prelude::*;
use simulated::DIRECTORY;

const ALL: ReadLimits = ReadLimits { bytes: u64::MAX, records: u64::MAX };
const LANES: u32 = 3;

fn options() -> Options<SimulatedDisk> {
    simulated::options(8 << 10, 16 << 10)
}

fn tend(log: &mut Log<SimulatedDisk>) {
    while let Some(index) = log.state_wanted() {
        log.give_state(index, vec![Section { id: 1, version: 1, bytes: Bytes::from_static(b"state") }]);
    }
    for job in log.jobs() {
        log.finished(job.run()).expect("the disk works");
    }
}

/// A log of several segments, one of them trimmed, and what its lanes hold.
fn written() -> (SimulatedDisk, Vec<Vec<Chunk>>) {
    let disk = SimulatedDisk::new(1, 16 << 20);
    create(&disk, Path::new(DIRECTORY), &mut options(), Identity([1; 16])).expect("creates");
    let Opened { mut log, reader, .. } = open(disk.clone(), Path::new(DIRECTORY), options()).expect("opens");
    log.begin_term().expect("a term");
    for round in 0..60_u64 {
        let newest =
            disk.files().into_iter().map(|(path, _)| path).rfind(|path| path.to_string_lossy().contains("segment"));
        let frames = disk.content(&newest.expect("a segment")).expect("it is there");
        // A copy of the segment's own first frames: salt, checksums and all.
        let body = Bytes::from(frames[4096..4096 + 600].to_vec());
        let chunk = |lane| Chunk {
            lane,
            first_counter: round * 2,
            count: 2,
            time_ms: round,
            crc32c: crc32c(&body),
            codec: 0,
            flags: 0,
            key_id: 0,
            body: body.clone(),
        };
        let chunks: Vec<_> = (0..LANES).map(chunk).collect();
        let requests = [Request { id: u128::from(round) + 1, first_chunk: 0, chunks: 2 }];
        log.append(&Entry::Records { requests: &requests, chunks: &chunks }).expect("appends");
        log.append(&Entry::Control { time_ms: round, body: &Bytes::from_static(b"change") }).expect("appends");
        tend(&mut log);
    }
    let trimmed = log.segments()[0].last_index + 1;
    log.trim_before(trimmed);
    tend(&mut log);
    assert!(log.segments().len() > 3, "{:?}", log.segments());
    let lanes = (0..LANES).map(|lane| reader.read(lane, 0, ALL).expect("reads")).collect();
    drop((log, reader));
    (disk, lanes)
}

/// Opens, reads and prints what may be damaged.
fn visit(disk: &SimulatedDisk, lanes: &[Vec<Chunk>]) {
    for (path, _) in disk.files() {
        let mut text = String::new();
        dump(disk, &path, Detail::Chunks, &mut text).expect("a string takes everything");
    }
    let Opened { reader, .. } = match open(disk.clone(), Path::new(DIRECTORY), options()) {
        Ok(opened) => opened,
        Err(OpenError::Damaged(_) | OpenError::NotInitialised(_) | OpenError::Other { .. }) => return,
        Err(error) => panic!("{error:?}"),
    };
    for (lane, written) in (0..LANES).zip(lanes) {
        for from in [0, 31, 60, 119] {
            match reader.read(lane, from, ALL) {
                Ok(found) => {
                    let expected = written.iter().filter(|chunk| chunk.end_counter() > from).take(found.len());
                    assert!(found.iter().eq(expected), "lane {lane} from {from}");
                }
                Err(ReadError::Damaged(_)) => {}
                Err(ReadError::Disk(error)) => assert_eq!(error.source.kind(), std::io::ErrorKind::UnexpectedEof),
            }
        }
        let _ = (reader.oldest(lane), reader.first_at_or_after(lane, 30));
    }
    let _ = reader.requests_since(0, 100);
}

#[test]
fn records_that_imitate_frames_are_records() {
    let (disk, lanes) = written();
    visit(&disk, &lanes);
    let Opened { reader, .. } = open(disk, Path::new(DIRECTORY), options()).expect("opens");
    for (lane, written) in (0..LANES).zip(&lanes) {
        assert_eq!(&reader.read(lane, 0, ALL).expect("reads"), written);
    }
    let known = reader.requests_since(30, 1000).expect("reads");
    assert!(known.len() > 10);
    assert!(known.iter().all(|request| request.chunks.len() == 2 && request.chunks[1].lane == 1));
}

/// What is done to a file.
#[derive(Debug, Clone)]
enum Change {
    Byte(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Fill(prop::sample::Index, u8, usize),
    Copy(prop::sample::Index, prop::sample::Index, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        8 => (index(), any::<u8>()).prop_map(|(at, value)| Change::Byte(at, value)),
        1 => index().prop_map(Change::Cut),
        2 => (index(), any::<u8>(), 1..2000_usize).prop_map(|(at, value, length)| Change::Fill(at, value, length)),
        2 => (index(), index(), 1..2000_usize).prop_map(|(from, to, length)| Change::Copy(from, to, length)),
    ]
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Self::Byte(at, value) => {
                let at = at.index(bytes.len());
                bytes[at] = *value;
            }
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Fill(at, value, length) => {
                let from = at.index(bytes.len());
                let to = (from + length).min(bytes.len());
                bytes[from..to].fill(*value);
            }
            Self::Copy(from, to, length) => {
                let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
                let length = (*length).min(bytes.len() - from.max(to));
                bytes.copy_within(from..from + length, to);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn changed_files_are_refused_or_reported_and_never_served(
        file in any::<prop::sample::Index>(),
        changes in vec(change(), 1..5),
    ) {
        let (disk, lanes) = written();
        let files: Vec<PathBuf> = disk.files().into_iter().map(|(path, _)| path).collect();
        let path = file.get(&files);
        let mut bytes = disk.content(path).expect("it is there");
        for change in &changes {
            change.apply(&mut bytes);
        }
        disk.replace(path, bytes);
        visit(&disk, &lanes);
    }
}
