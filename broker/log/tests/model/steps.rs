//! A run, step by step: what may happen, and what may come of it.

use forebay_log::{OpenError, Random, ReadError, WriteError};

use crate::flips;
use crate::world::{Tally, World};

/// Steps of a run.
const STEPS: u64 = 150;

/// One run. Panics, naming the seed, where the log breaks a promise.
pub(crate) fn run(seed: u64, tally: &mut Tally) {
    let ignores_sync = std::env::var("FOREBAY_DISK").is_ok_and(|disk| disk == "ignores-sync");
    let mut world = World::new(seed, ignores_sync);
    world.create();
    reopen(&mut world, tally);
    let flips = Random::new(seed).one_in(3);
    for _ in 0..STEPS {
        step(&mut world, tally);
        if flips && world.random.one_in(20) {
            match world.random.below(2) {
                0 => flips::turn_over(&mut world, tally),
                _ => flips::trim_over(&mut world, tally),
            }
        }
    }
    world.crash();
    reopen(&mut world, tally);
    world.read_all().unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
}

/// Opens until it works: a process may die on the way, or the disk fail.
pub(crate) fn reopen(world: &mut World, tally: &mut Tally) {
    loop {
        let faulty = world.random.one_in(4);
        if faulty {
            order_fault(world);
        }
        match world.open(tally) {
            Ok(()) => {}
            Err(OpenError::Disk(_)) if faulty => {
                world.crash();
                continue;
            }
            Err(error) => panic!("seed {}: refused without a reason: {error:?}", world.seed),
        }
        match world.log.as_mut().expect("open").begin_term() {
            Ok(_) => break,
            Err(_) if faulty => world.crash(),
            Err(error) => panic!("seed {}: {error:?}", world.seed),
        }
    }
    world.disk.calm();
    world.faulty = false;
}

/// Something goes wrong soon.
fn order_fault(world: &mut World) {
    let soon = u32::try_from(world.random.below(12)).expect("small");
    match world.random.below(3) {
        0 => world.disk.fail_sync_in(soon / 3),
        _ => world.disk.die_in(soon),
    }
    world.faulty = true;
}

fn step(world: &mut World, tally: &mut Tally) {
    // Where frames are alike, unsynced ones and losses of power come in turn.
    let choice =
        if world.uniform && world.random.one_in(2) { 24 + world.random.below(4) } else { world.random.below(24) };
    let outcome = match choice {
        0..=8 => world.write(tally).and_then(|()| world.sync()),
        9..=11 | 25..=27 => world.write(tally),
        24 => {
            world.crash();
            reopen(world, tally);
            Ok(())
        }
        12 => world.sync(),
        13..=15 => {
            let share = 1 + world.random.below(3);
            world.tend(share, tally).map_err(WriteError::Failed)
        }
        16 => {
            world.trim(tally);
            Ok(())
        }
        17 => world.close_by_age(),
        18 => no_space(world, tally),
        19 if world.random.one_in(3) => {
            order_fault(world);
            Ok(())
        }
        20 if world.random.one_in(3) => {
            world.crash();
            reopen(world, tally);
            Ok(())
        }
        _ => {
            let lane = u32::try_from(world.random.below(9)).expect("small");
            match world.read(lane) {
                Ok(()) => {}
                Err(ReadError::Disk(_)) if world.faulty => {}
                Err(error) => panic!("seed {}: {error:?}", world.seed),
            }
            Ok(())
        }
    };
    match outcome {
        Ok(()) => {}
        Err(WriteError::Failed(_)) if world.faulty => {
            tally.failed += 1;
            let again = world.log.as_mut().expect("open").sync();
            assert!(matches!(again, Err(WriteError::Failed(_))), "seed {}: it went on after {again:?}", world.seed);
            world.crash();
            reopen(world, tally);
        }
        Err(WriteError::NoSpace(_)) if world.faulty => tally.no_space += 1,
        Err(error) => panic!("seed {}: {error:?}", world.seed),
    }
}

/// The volume is full for a while: nothing is written, nothing is lost, and then it goes on.
fn no_space(world: &mut World, tally: &mut Tally) -> Result<(), WriteError> {
    match world.random.below(3) {
        0 => {
            // Any write or name of a frame, a roll or a job.
            let soon = u32::try_from(world.random.below(8)).expect("small");
            world.disk.fail_write_in(soon);
        }
        1 => world.disk.set_size_bytes(0),
        _ => world.disk.set_quota_bytes(Some(0)),
    }
    let outcome = write_on(world, tally);
    world.disk.set_size_bytes(64 << 20);
    world.disk.set_quota_bytes(None);
    world.disk.calm();
    outcome
}

fn write_on(world: &mut World, tally: &mut Tally) -> Result<(), WriteError> {
    for _ in 0..=world.random.below(30) {
        match world.write(tally).and_then(|()| world.sync()) {
            Ok(()) => {}
            Err(WriteError::NoSpace(_)) => {
                tally.no_space += 1;
                assert!(world.tend(1, tally).is_ok() || world.faulty, "seed {}", world.seed);
            }
            Err(error) => return Err(error),
        }
        if world.random.one_in(4) {
            world.tend(1, tally).map_err(WriteError::Failed)?;
        }
        assert!(world.blank_files() <= 2, "seed {}: files are left behind", world.seed);
    }
    Ok(())
}
