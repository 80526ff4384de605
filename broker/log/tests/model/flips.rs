//! A bit turns over. It is reported, or it did not matter, or it was in the newest batch, which has no witness. In a
//! footer it holds up nothing: what it lies in is opened, and trimmed.

use std::path::{Path, PathBuf};

use forebay_log::{OpenError, ReadError};

use crate::steps::reopen;
use crate::world::{DIRECTORY, Tally, World};

/// Turns a bit over, reads, opens, and turns it back.
pub(crate) fn turn_over(world: &mut World, tally: &mut Tally) {
    if world.sync().is_err() {
        world.crash();
        reopen(world, tally);
    }
    let files = world.disk.files();
    let pick = usize::try_from(world.random.below(files.len() as u64)).expect("small");
    let (path, length) = &files[pick];
    let byte = world.random.below(*length);
    let bit = u8::try_from(world.random.below(8)).expect("small");
    world.disk.calm();
    world.disk.flip_bit(path, byte, bit);
    match world.read_all() {
        Ok(()) => {}
        Err(ReadError::Damaged(_)) => tally.bad_reads += 1,
        // Ordered before, and come to pass before it was called off.
        Err(ReadError::Disk(_)) if world.faulty => {}
        Err(error) => panic!("seed {}: {error:?}", world.seed),
    }
    world.end_process();
    let (counted, safe) = (world.model.counted, world.model.safe);
    // What no frame says was durable cannot be told from what was never synced.
    world.model.safe = world.model.witnessed.min(safe);
    match world.open(tally) {
        // Cut off as a torn tail. The next frames go there, so the bit stays as it is.
        Ok(()) if world.model.counted < counted => {
            tally.unwitnessed += 1;
            world.end_process();
            return reopen(world, tally);
        }
        Ok(()) => match world.read_all() {
            Ok(()) | Err(ReadError::Damaged(_)) => {}
            Err(error) => panic!("seed {}: {error:?}", world.seed),
        },
        Err(OpenError::Damaged(_)) => tally.refused += 1,
        Err(error) => panic!("seed {}: {error:?}", world.seed),
    }
    world.end_process();
    world.disk.flip_bit(path, byte, bit);
    world.model.safe = safe;
    reopen(world, tally);
    world.read_all().unwrap_or_else(|error| panic!("seed {}: {error:?}", world.seed));
}

/// Turns over a bit of a footer for good, and trims what it is in.
pub(crate) fn trim_over(world: &mut World, tally: &mut Tally) {
    world.crash();
    reopen(world, tally);
    let segments = world.log().segments();
    if segments.is_empty() {
        return;
    }
    let pick = usize::try_from(world.random.below(segments.len() as u64)).expect("small");
    let path = Path::new(DIRECTORY).join(format!("segment-{:020}.log", segments[pick].first_index));
    flip_in_footer(world, &path);
    world.damaged = true;
    let upto = pick + usize::try_from(world.random.below((segments.len() - pick) as u64)).expect("small");
    world.trim_through(segments[upto].last_index, tally);
    let seed = world.seed;
    world.settle(tally).unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
    if world.random.one_in(2) {
        world.crash();
        reopen(world, tally);
    }
    trim_all(world, tally);
    let is_there = |(its_path, _): &(PathBuf, u64)| *its_path == path;
    assert!(!world.disk.files().iter().any(is_there), "seed {seed}: {} stays", path.display());
    world.damaged = false;
    world.read_all().unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
}

fn flip_in_footer(world: &mut World, path: &Path) {
    let bytes = world.disk.content(path).expect("it is there");
    // The trailer says where the frames end.
    let field = &bytes[bytes.len() - 144 + 48..][..8];
    let frames_end = u64::from_le_bytes(field.try_into().expect("8 bytes"));
    let byte = frames_end + world.random.below(bytes.len() as u64 - frames_end);
    let bit = u8::try_from(world.random.below(8)).expect("small");
    world.disk.flip_bit(path, byte, bit);
}

/// Closes a segment behind the damage and trims all that is closed.
fn trim_all(world: &mut World, tally: &mut Tally) {
    let seed = world.seed;
    let written = world.write(tally).and_then(|()| world.sync()).and_then(|()| world.close_older_than(u64::MAX));
    written.unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
    world.apply_counted();
    world.settle(tally).unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
    let newest = *world.log().segments().last().expect("one was closed");
    world.trim_through(newest.last_index, tally);
    world.settle(tally).unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
}
