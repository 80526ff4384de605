//! The custom resources of `forebay.dev/v1alpha1`; forbids I/O, a Kubernetes client and an async runtime.
//!
//! A resource is a Rust type here and nowhere else: its CustomResourceDefinition is generated from the type
//! ([`crd::definitions`]), and a manifest read from a file is held against that very definition, schema and CEL rules,
//! as the API server would hold it ([`manifest::Admission`]). So a file that one process on a laptop accepts, a cluster
//! accepts too; only that kubectl, reading YAML 1.1, wants `"off"` in quotes.

pub mod condition;
mod consumer;
pub mod crd;
pub mod manifest;
pub mod names;
mod stream;

pub use consumer::{Consumer, ConsumerLifecycle, ConsumerSpec, ConsumerStatus, StreamRef};
pub use stream::{
    Limits, ShardLevelMetric, Stream, StreamLifecycle, StreamMode, StreamModeDetails, StreamSpec, StreamStatus,
};

/// The group and version that every manifest names as its `apiVersion`.
pub const API_VERSION: &str = "forebay.dev/v1alpha1";
