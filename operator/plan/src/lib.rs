//! From (spec, observed) to steps; forbids I/O, clocks and the Kubernetes client.
//!
//! Two questions are answered here, by the operator in a cluster and by the catalog of one process alike. What does a
//! manifest given again change ([`apply`], [`merge`])? And which steps lead from what a stream is to what its manifest
//! says ([`plan()`])? Each answer is a value; carrying it out is the caller's, one step at a time, and planning again
//! after any step, or after a crash between two, gives what is left.

pub mod apply;
pub mod merge;
mod plan;
pub mod quota;
pub mod scale;
pub mod window;

pub use plan::{Hold, Init, Intent, Observed, ObservedStream, Plan, Settings, Step, plan};
