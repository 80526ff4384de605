//! Reading a segment frame by frame at a start, and telling a torn tail from damage.

mod replay;
mod scanner;
mod witness;

pub use replay::RecoveredEntry;
pub(crate) use replay::{Replay, Until, replay};
