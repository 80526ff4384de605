//! A bit turns over. It is reported, or it did not matter, or it was in the newest batch, which has no witness.

use forebay_log::{OpenError, ReadError};

use crate::steps::reopen;
use crate::world::{Tally, World};

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
