//! Load over the AWS wire, in two modes: an open loop at a given rate, whose latency counts from the moment a call was
//! due and therefore hides no stall (no coordinated omission), and a closed loop with one call in flight per connection,
//! which finds the throughput.
//!
//! One thread drives all connections through epoll and does as little as it can per call: bodies are prebuilt and
//! hashed once, answers are searched rather than parsed. It may not know which server it measures.

pub(crate) mod answer;
pub(crate) mod arguments;
pub(crate) mod bodies;
pub(crate) mod connection;
pub(crate) mod control;
pub(crate) mod cursor;
pub(crate) mod drive;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod schedule;
pub(crate) mod server_cpu;
pub(crate) mod slot;
pub(crate) mod tally;

use std::sync::Arc;

use crate::http::signature::Signer;

use control::{Control, ControlError};
use cursor::ShardOfStream;
use drive::{DriveError, drive};
use plan::Plan;
use report::Report;

/// A load could not be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// Nothing could be prepared.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// The run itself.
    #[error(transparent)]
    Drive(#[from] DriveError),
}

/// Whether streams that do not exist are created first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Create {
    /// They are.
    Missing,
    /// They are not.
    Nothing,
}

/// Prepares and runs a plan.
pub(crate) fn run(plan: &Plan, create: Create) -> Result<Report, LoadError> {
    let signer = Signer::new(plan.auth.clone(), plan.region.clone());
    let mut control = Control::new(plan.endpoint.clone(), signer, plan.timeout_ns);
    if create == Create::Missing {
        control.create(&plan.streams)?;
    }
    let shards = if plan.work.gets().is_some() { shards_of_all(&mut control, plan)? } else { Arc::from([]) };
    let measured = drive(plan, &shards)?;
    Ok(Report::of(plan, &measured))
}

fn shards_of_all(control: &mut Control, plan: &Plan) -> Result<Arc<[ShardOfStream]>, ControlError> {
    let mut shards = Vec::new();
    for name in plan.streams.names() {
        let stream: Arc<str> = name.into();
        let ids = control.shards(&stream)?;
        shards.extend(ids.into_iter().map(|shard_id| ShardOfStream { stream: Arc::clone(&stream), shard_id }));
    }
    shards.truncate(plan.read_shards_max.unwrap_or(usize::MAX));
    Ok(shards.into())
}
