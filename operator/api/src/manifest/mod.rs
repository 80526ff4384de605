//! Manifests: YAML text in, resources out, checked as a cluster's API server would check them.
//!
//! The order is the API server's: syntax (`yaml`), the structure that the definition's schema demands
//! (`structure`: unknown fields, types, bounds), then the rules (`admission`). Every problem of a file is
//! reported, not the first alone, each with its place and with what would be right.

mod admission;
mod metadata;
mod problem;
mod structure;
mod suggest;
mod yaml;

pub use admission::{Admission, Document, ObjectKey, Resource};
pub use problem::{Place, Problem, Problems};
