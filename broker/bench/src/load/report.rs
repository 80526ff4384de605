//! What a run came to: the numbers, as one JSON object and as text for people.

use std::fmt::Write;

use serde::Serialize;

use crate::clock::{SECOND_NS, float};
use crate::http::request_head::Encoding;
use crate::http::signature::Auth;

use super::drive::Measured;
use super::plan::Plan;
use super::schedule::Pace;
use super::tally::{ErrorCounts, Latency, Tally};

/// A run and its numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Report {
    /// Where: `host:port`.
    pub(crate) endpoint: String,
    /// JSON or CBOR.
    pub(crate) encoding: Encoding,
    /// `signed`, `placeholder` or `none`.
    pub(crate) auth: &'static str,
    /// Connections.
    pub(crate) connections: usize,
    /// How fast.
    pub(crate) pace: Pace,
    /// How many streams.
    pub(crate) streams: u32,
    /// Shards of each.
    pub(crate) shards: u32,
    /// Seconds measured.
    pub(crate) seconds: f64,
    /// The puts, where there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) put: Option<Side>,
    /// The gets, where there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) get: Option<Side>,
    /// What the server used, where it was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<ServerUse>,
    /// CPUs the client used: near 1, it is the client that is measured.
    pub(crate) client_cpus: f64,
}

/// What one kind of call came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Side {
    /// The operation.
    pub(crate) operation: &'static str,
    /// Of puts, records in a call; of gets, the limit.
    pub(crate) records_per_call: u32,
    /// Bytes of data in a record: as put, or as measured in samples of what was got.
    pub(crate) record_bytes: f64,
    /// Calls answered in the window.
    pub(crate) calls: u64,
    /// Records stored or returned.
    pub(crate) records: u64,
    /// Calls a second.
    pub(crate) calls_per_second: f64,
    /// Records a second.
    pub(crate) records_per_second: f64,
    /// Millions of bytes of record data a second.
    pub(crate) megabytes_per_second: f64,
    /// Latencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) latency_us: Option<Latency>,
    /// Calls that failed as a whole, by type.
    pub(crate) call_errors: ErrorCounts,
    /// Records refused in calls that did not, by code.
    pub(crate) record_errors: ErrorCounts,
    /// Calls that were due and never answered.
    pub(crate) unanswered: u64,
}

/// What the server used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct ServerUse {
    /// CPU seconds.
    pub(crate) cpu_seconds: f64,
    /// CPUs in use on average.
    pub(crate) cpus: f64,
    /// CPU time for each record stored or returned, in nanoseconds.
    pub(crate) cpu_ns_per_record: f64,
    /// Resident memory when the window ended, in bytes.
    pub(crate) resident_bytes: u64,
}

impl Report {
    /// The numbers of a run.
    pub(crate) fn of(plan: &Plan, measured: &Measured) -> Self {
        let length_ns = measured.end.at_ns.saturating_sub(measured.begin.at_ns).max(1);
        let seconds = float(length_ns) / float(SECOND_NS);
        let put = plan.work.puts().map(|puts| {
            let bytes = float(puts.record_bytes as u64);
            Side::of(puts.call.operation(), puts.call.records(), bytes, &measured.put, seconds)
        });
        let get = plan.work.gets().map(|gets| {
            let bytes = float(measured.get.sampled_bytes) / float(measured.get.sampled_records.max(1));
            Side::of("GetRecords", gets.limit, bytes, &measured.get, seconds)
        });
        Self {
            endpoint: plan.endpoint.authority.clone(),
            encoding: plan.encoding,
            auth: auth_name(&plan.auth),
            connections: plan.connections,
            pace: plan.pace,
            streams: plan.streams.count,
            shards: plan.streams.shards,
            seconds,
            put,
            get,
            server: plan.server.is_some().then(|| ServerUse::of(measured, seconds)),
            client_cpus: float(measured.end.client_cpu_ns - measured.begin.client_cpu_ns) / float(length_ns),
        }
    }

    /// For people: a few lines.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.write_text(&mut text).expect("a string takes every byte");
        text
    }

    fn write_text(&self, to: &mut String) -> std::fmt::Result {
        let pace = match self.pace {
            Pace::Closed => "closed loop".to_owned(),
            Pace::Open { calls_per_second } => format!("open loop at {calls_per_second} calls/s"),
        };
        let Self { endpoint, connections, auth, seconds, streams, shards, .. } = self;
        let encoding = format!("{:?}", self.encoding).to_uppercase();
        writeln!(
            to,
            "{endpoint}: {pace}, {connections} connections, {encoding}, {auth}, {streams} streams of {shards} shards, {seconds:.2} s"
        )?;
        for side in [&self.put, &self.get].into_iter().flatten() {
            side.write_text(to)?;
        }
        if let Some(server) = &self.server {
            let ServerUse { cpu_seconds, cpus, cpu_ns_per_record, resident_bytes } = server;
            let resident = float(*resident_bytes) / f64::from(1 << 20);
            writeln!(
                to,
                "  server: {cpus:.2} CPUs, {cpu_seconds:.2} s, {cpu_ns_per_record:.0} ns per record, {resident:.1} MiB resident"
            )?;
        }
        writeln!(to, "  client: {:.2} CPUs", self.client_cpus)
    }
}

impl Side {
    fn of(operation: &'static str, records_per_call: u32, record_bytes: f64, tally: &Tally, seconds: f64) -> Self {
        let records_per_second = float(tally.records) / seconds;
        Self {
            operation,
            records_per_call,
            record_bytes,
            calls: tally.calls,
            records: tally.records,
            calls_per_second: float(tally.calls) / seconds,
            records_per_second,
            megabytes_per_second: records_per_second * record_bytes / 1e6,
            latency_us: tally.latency(),
            call_errors: tally.call_errors.clone(),
            record_errors: tally.record_errors.clone(),
            unanswered: tally.unanswered,
        }
    }

    fn write_text(&self, to: &mut String) -> std::fmt::Result {
        let Self { operation, records_per_call, record_bytes, calls, records, .. } = self;
        let Self { records_per_second, megabytes_per_second, calls_per_second, .. } = self;
        writeln!(
            to,
            "  {operation}, {records_per_call} x {record_bytes:.0} B: {records_per_second:.0} records/s, {megabytes_per_second:.1} MB/s, {calls_per_second:.1} calls/s ({records} records, {calls} calls)"
        )?;
        if let Some(Latency { min, mean, p50, p99, p999, max }) = self.latency_us {
            let ms = |us: f64| us / 1e3;
            writeln!(
                to,
                "  latency ms: p50 {:.3}, p99 {:.3}, p99.9 {:.3}, max {:.3} (min {:.3}, mean {:.3})",
                ms(p50),
                ms(p99),
                ms(p999),
                ms(max),
                ms(min),
                ms(mean)
            )?;
        }
        for (what, counts) in [("calls failed", &self.call_errors), ("records refused", &self.record_errors)] {
            for (name, count) in counts {
                writeln!(to, "  {what}: {count} x {name}")?;
            }
        }
        if self.unanswered > 0 {
            writeln!(to, "  due and never answered: {} calls", self.unanswered)?;
        }
        Ok(())
    }
}

impl ServerUse {
    fn of(measured: &Measured, seconds: f64) -> Self {
        let cpu_ns = measured.end.server.cpu_ns.saturating_sub(measured.begin.server.cpu_ns);
        let records = measured.put.records + measured.get.records;
        let cpu_seconds = float(cpu_ns) / float(SECOND_NS);
        Self {
            cpu_seconds,
            cpus: cpu_seconds / seconds,
            cpu_ns_per_record: float(cpu_ns) / float(records.max(1)),
            resident_bytes: measured.end.server.resident_bytes,
        }
    }
}

fn auth_name(auth: &Auth) -> &'static str {
    match auth {
        Auth::None => "none",
        Auth::Placeholder => "placeholder",
        Auth::Signed(_) => "signed",
    }
}
