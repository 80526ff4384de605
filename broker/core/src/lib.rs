//! What a range decides: topology, numbering, retention, quotas, consumers. Command in, change out; forbids I/O, clocks,
//! tasks and locks.
//!
//! A [`Range`](range::Range) numbers the chunks that come in ([`admission`]) and turns commands into
//! [`Change`](change::Change)s. A change is logged, and then applied; what applying does depends on the change and the
//! state alone, so a [`Replay`](replay::Replay) of the log gives the same range again.

pub mod admission;
pub mod arrival_clock;
pub mod change;
pub mod configuration;
pub mod consumers;
pub mod feature_level;
mod fields;
pub mod lanes;
pub mod merge;
pub mod quota;
pub mod range;
pub mod replay;
pub mod request_table;
pub mod reshard;
pub mod retention;
pub mod split;
pub mod state;
pub mod topology;
pub mod uniform;
