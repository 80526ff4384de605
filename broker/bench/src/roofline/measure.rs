//! One measurement of the whole: the minimal server on one CPU, the load on another, for a few seconds.

use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use rustix::thread::gettid;

use crate::clock::SECOND_NS;
use crate::cpu_pin::pin_to;
use crate::http::endpoint::Endpoint;
use crate::http::request_head::Encoding;
use crate::http::signature::{Auth, Credentials};
use crate::load::plan::{From, Gets, Keys, Plan, PutCall, Puts, Streams, Work};
use crate::load::report::Report;
use crate::load::schedule::{Pace, Window};
use crate::load::server_cpu::Server as Measured;
use crate::load::{self, Create, LoadError};

use super::commit::{Commit, SyncSummary};
use super::gets::GetWork;
use super::puts::{PutWork, ReceiveOnly, SHARDS};
use super::segment::Segment;
use super::serve::{Hashing, Server, Waker, Work as ServerWork};

/// Records of a PutRecords, and the limit of a GetRecords: the loads of the targets.
pub(crate) const PUT_RECORDS: u32 = 500;
const GET_RECORDS: u32 = 1000;
const RECORD_BYTES: usize = 1024;

/// What a server does with requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Operation {
    /// PutRecords of 500 x 1 KiB: everything up to fdatasync.
    PutRecords,
    /// PutRecord of 1 KiB: the same.
    PutRecord,
    /// GetRecords of 1,000 x 1 KiB.
    GetRecords,
    /// PutRecords of 500 x 1 KiB, received and answered, nothing else.
    ReceiveOnly,
}

/// Where a measurement takes place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bench<'a> {
    /// A directory on the disk that is measured.
    pub(crate) directory: &'a Path,
    /// The server's CPU.
    pub(crate) server_cpu: usize,
    /// The client's.
    pub(crate) client_cpu: usize,
    /// Of the file that gets come from.
    pub(crate) segment_bytes: u64,
    /// Of the file that puts go to.
    pub(crate) log_bytes: u64,
    /// Nanoseconds before each measurement.
    pub(crate) warmup_ns: u64,
    /// Nanoseconds of each measurement.
    pub(crate) window_ns: u64,
}

/// What one measurement came to.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub(crate) struct Measurement {
    /// What was done.
    pub(crate) operation: Operation,
    /// Over how many connections.
    pub(crate) connections: usize,
    /// The load's own report; `server` counts the minimal server's threads.
    pub(crate) report: Report,
    /// Of puts, what syncing came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) syncs: Option<SyncSummary>,
}

/// A measurement could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MeasureError {
    /// A CPU that is not there.
    #[error("cannot run on CPU {cpu}: {source}")]
    Pin {
        /// Which.
        cpu: usize,
        /// Why.
        source: rustix::io::Errno,
    },
    /// The file or the socket.
    #[error("cannot prepare the minimal server: {0}")]
    Prepare(#[from] std::io::Error),
    /// The kernel's queues and CPUs.
    #[error("cannot ask the kernel: {0}")]
    Queue(#[from] rustix::io::Errno),
    /// The load.
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl Bench<'_> {
    /// Measures one operation over so many connections.
    pub(crate) fn measure(&self, operation: Operation, connections: usize) -> Result<Measurement, MeasureError> {
        let load =
            |endpoint, threads| load::run(&self.plan(endpoint, operation, connections, threads), Create::Nothing);
        let (report, syncs) = match operation {
            Operation::PutRecords | Operation::PutRecord => {
                let commit = Commit::new();
                let segment = Segment::prewritten_past_the_cache(self.directory, self.log_bytes)?;
                let disk = Disk { commit: commit.clone(), segment };
                let report = self.run(Hashing::Bodies, PutWork::new(commit.clone()), Some(disk), load)?;
                (report, commit.syncs().summary())
            }
            Operation::GetRecords => {
                (self.run(Hashing::Nothing, GetWork::filled(self.directory, self.segment_bytes)?, None, load)?, None)
            }
            Operation::ReceiveOnly => {
                let work = ReceiveOnly::new(PUT_RECORDS as usize);
                (self.run(Hashing::Nothing, work, None, load)?, None)
            }
        };
        Ok(Measurement { operation, connections, report, syncs })
    }

    fn plan(&self, endpoint: Endpoint, operation: Operation, connections: usize, threads: Vec<i32>) -> Plan {
        let puts = |call| Work::Put(Puts { call, record_bytes: RECORD_BYTES, keys: Keys::Random });
        // The client signs as it does for the real server, so that both are asked at the same speed.
        let credentials = Credentials {
            access_key_id: "roofline".to_owned(),
            secret_access_key: "roofline".to_owned(),
            session_token: None,
        };
        Plan {
            endpoint,
            region: "us-east-1".to_owned(),
            auth: Auth::Signed(credentials),
            encoding: Encoding::Json,
            streams: Streams { name: "roofline".to_owned(), count: 1, shards: SHARDS },
            work: match operation {
                Operation::PutRecords | Operation::ReceiveOnly => puts(PutCall::Many(PUT_RECORDS)),
                Operation::PutRecord => puts(PutCall::One),
                Operation::GetRecords => Work::Get(Gets { limit: GET_RECORDS, from: From::TrimHorizon }),
            },
            connections,
            pace: Pace::Closed,
            window: Window { begin_ns: self.warmup_ns, end_ns: self.warmup_ns + self.window_ns },
            timeout_ns: 30 * SECOND_NS,
            records_max: None,
            read_shards_max: None,
            seed: 1,
            server: Some(Measured::Threads(threads)),
        }
    }

    /// Puts the calling thread where the server runs.
    pub(crate) fn pin_to_server(&self) -> Result<(), MeasureError> {
        pin(self.server_cpu)
    }

    /// Runs the server's threads while `load` runs here, given where the server is and which threads it is.
    fn run(
        &self,
        hashing: Hashing,
        work: impl ServerWork + Send,
        disk: Option<Disk>,
        load: impl FnOnce(Endpoint, Vec<i32>) -> Result<Report, LoadError>,
    ) -> Result<Report, MeasureError> {
        let waker = &Waker::new()?;
        let server = Server::bind(waker.clone(), hashing, work)?;
        let endpoint = Endpoint::at(server.address()?);
        let (commit, cpu) = (disk.as_ref().map(|disk| disk.commit.clone()), self.server_cpu);
        let (started, threads) = channel();
        thread::scope(|scope| {
            let disk_started = started.clone();
            let server_thread = scope.spawn(move || announce(cpu, &started).and_then(|()| Ok(server.run()?)));
            let disk_thread = disk.map(|Disk { commit, segment }| {
                scope.spawn(move || announce(cpu, &disk_started).and_then(|()| Ok(commit.run(segment, waker)?)))
            });
            let threads = threads.iter().take(1 + usize::from(disk_thread.is_some())).collect();
            let report = pin(self.client_cpu).and_then(|()| Ok(load(endpoint, threads)?));
            waker.stop();
            if let Some(commit) = commit {
                commit.stop();
            }
            let ended = std::iter::once(server_thread).chain(disk_thread).map(join);
            ended.collect::<Result<(), _>>().and(report)
        })
    }
}

/// What the disk's thread writes, and where.
struct Disk {
    commit: Commit,
    segment: Segment,
}

/// Goes to its CPU and says which thread it is.
fn announce(cpu: usize, started: &Sender<i32>) -> Result<(), MeasureError> {
    pin(cpu)?;
    // Nobody listens any more only when the measurement has failed already.
    let _ = started.send(gettid().as_raw_nonzero().get());
    Ok(())
}

fn pin(cpu: usize) -> Result<(), MeasureError> {
    pin_to(cpu).map_err(|source| MeasureError::Pin { cpu, source })
}

fn join(thread: thread::ScopedJoinHandle<'_, Result<(), MeasureError>>) -> Result<(), MeasureError> {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu_pin::first_and_last;

    /// Measures for a tenth of a second and returns the side that was measured.
    fn measured(operation: Operation) -> (crate::load::report::Side, Measurement) {
        let directory = tempfile::tempdir().expect("a directory");
        let (server_cpu, client_cpu) = first_and_last().expect("CPUs");
        let directory = directory.path();
        let (segment_bytes, log_bytes) = (40 << 20, 40 << 20);
        let bench = Bench {
            directory,
            server_cpu,
            client_cpu,
            segment_bytes,
            log_bytes,
            warmup_ns: 0,
            window_ns: SECOND_NS / 5,
        };
        let measurement = bench.measure(operation, 3).expect("measured");
        let side = measurement.report.put.clone().or(measurement.report.get.clone()).expect("a side");
        assert!(side.records > 0, "{measurement:?}");
        assert_eq!((side.call_errors.len(), side.record_errors.len(), side.unanswered), (0, 0, 0), "{side:?}");
        assert!(measurement.report.server.expect("threads").cpu_seconds > 0.0);
        (side, measurement)
    }

    #[test]
    fn puts_are_answered_after_their_sync() {
        for (operation, each) in [(Operation::PutRecords, 500), (Operation::PutRecord, 1)] {
            let (side, measurement) = measured(operation);
            assert_eq!(side.records, side.calls * each);
            let syncs = measurement.syncs.expect("synced");
            assert!((1.0..=3.0).contains(&syncs.requests_each), "{syncs:?}");
            assert!(
                crate::clock::float(syncs.count) * syncs.requests_each >= crate::clock::float(side.calls),
                "{syncs:?}"
            );
        }
    }

    #[test]
    fn gets_return_whole_pages_of_whole_records() {
        let (side, _) = measured(Operation::GetRecords);
        assert_eq!(side.records, side.calls * 1000);
        assert!((side.record_bytes - 1024.0).abs() < 1e-9, "{side:?}");
        measured(Operation::ReceiveOnly);
    }
}
