//! The model checker of a whole account: seeded runs of catalog and ranges over a disk with every fault and a machine on
//! which everything follows from the seed, against a model in memory.
//!
//! Every acknowledged record is there, once, at its sequence number, and so is whatever was served; what was refused never
//! appears; the open shards tile the hash keys, and a shard that was closed stays as it closed; acknowledged streams,
//! deletions and settings stand; and whatever went wrong, a start on a disk that works brings every stream back.
//!
//! `FOREBAY_SEEDS` says how many runs, `FOREBAY_SEED` runs one and prints what the process logs. `FOREBAY_DISK=ignores-sync` runs on a disk that says it
//! synced and did not, where the checker must fail.

mod account;
mod changes;
mod check;
mod given_up;
mod steps;
mod world;

use world::{Tally, World};

/// Enough to meet every kind of event in seconds.
const SEEDS: u64 = 60;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|value| value.parse().ok())
}

#[test]
fn an_account_holds_what_it_acknowledged_through_every_fault() {
    let mut tally = Tally::default();
    if let Some(seed) = number("FOREBAY_SEED") {
        tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_test_writer().without_time().init();
        steps::run(World::new(seed), &mut tally);
        return;
    }
    let seeds = number("FOREBAY_SEEDS").unwrap_or(SEEDS);
    for seed in 0..seeds {
        steps::run(World::new(seed), &mut tally);
    }
    println!("{tally:?}");
    assert!(seeds < SEEDS || tally.met_everything(), "something was never met: {tally:?}");
}
