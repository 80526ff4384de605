//! A disk in memory with every fault a disk has, each following from a seed: what was not synced is lost, torn or
//! reordered, sector by sector; names that were not synced come and go; a failed sync leaves bytes that read well and
//! are never written; space runs out; bits turn over; reads and writes are short.

mod content;
mod disk;
mod names;
mod random;

pub use disk::{SimulatedDisk, SimulatedFile, SimulatedLock};
pub use random::Random;
