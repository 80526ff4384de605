//! The model checker: seeded runs of the log over a disk with every fault, against a model in memory.
//!
//! Every acknowledged entry is there, once, in order, at its index; nothing that was served is taken back by a later
//! crash; nothing is refused unless bytes were turned over; and what was turned over is reported, never served.
//!
//! `FOREBAY_SEEDS` says how many runs, `FOREBAY_SEED` runs one. `FOREBAY_DISK=ignores-sync` runs on a disk that says
//! it synced and did not, where the checker must fail.

mod flips;
mod model;
mod reads;
mod steps;
mod world;

use steps::run;
use world::Tally;

/// Enough to meet every kind of event in seconds.
const SEEDS: u64 = 300;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|value| value.parse().ok())
}

#[test]
fn the_log_holds_what_it_acknowledged_through_every_fault() {
    let mut tally = Tally::default();
    if let Some(seed) = number("FOREBAY_SEED") {
        run(seed, &mut tally);
        return;
    }
    let seeds = number("FOREBAY_SEEDS").unwrap_or(SEEDS);
    for seed in 0..seeds {
        run(seed, &mut tally);
    }
    println!("{tally:?}");
    let Tally { entries, reopened, torn, lost_unacknowledged, trimmed, unwitnessed, .. } = tally;
    let Tally { failed, no_space, refused, bad_reads, through_footers, not_summarised, .. } = tally;
    let met = [
        entries,
        reopened,
        torn,
        lost_unacknowledged,
        trimmed,
        failed,
        no_space,
        refused,
        bad_reads,
        through_footers,
        unwitnessed,
        not_summarised,
    ];
    assert!(seeds < SEEDS || met.iter().all(|count| *count > 0), "something was never met: {tally:?}");
}
