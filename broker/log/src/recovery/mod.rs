//! A start: finding the files, reading frame by frame what has no footer, telling a torn tail from damage, and writing
//! again what may be in memory alone.

mod files;
mod replay;
mod rewrite;
mod scanner;
mod witness;

pub(crate) use files::{open_hard_state, open_segments, read_snapshot};
pub use replay::RecoveredEntry;
pub(crate) use replay::{Replay, Until, replay};
pub(crate) use rewrite::{rewrite_footer, rewrite_unproven};
pub(crate) use scanner::Scanner;
pub(crate) use witness::find_witness;
