//! What the unavoidable work of this API costs on this machine: a server that does nothing else, measured by the same
//! client over the same sockets, and each part of the work alone.
//!
//! The server is an honest minimum, not a Kinesis: one stream, no validation, no retention, no recovery. But whatever it
//! does, it does in full: every byte is received, hashed, parsed, decoded, checked, written and synced before an answer
//! of the real size goes out. Of the broker's code it shares nothing but the words of the protocol, such as sequence
//! numbers: waste in the rest would otherwise hide in it.

pub(crate) mod answers;
pub(crate) mod arguments;
pub(crate) mod commit;
pub(crate) mod figures;
pub(crate) mod gets;
pub(crate) mod measure;
pub(crate) mod parts;
pub(crate) mod puts;
pub(crate) mod report;
pub(crate) mod segment;
pub(crate) mod serve;

use arguments::RooflineArguments;
use measure::{Bench, MeasureError, Measurement, Operation};
use parts::Part;
use report::RooflineReport;

use crate::clock::{SECOND_NS, whole_ns};
use crate::cpu_pin::first_and_last;

/// Measures everything the options name.
pub(crate) fn run(arguments: &RooflineArguments) -> Result<RooflineReport, MeasureError> {
    let (first_cpu, last_cpu) = first_and_last()?;
    let bench = Bench {
        directory: &arguments.dir,
        server_cpu: arguments.server_cpu.unwrap_or(first_cpu),
        client_cpu: arguments.client_cpu.unwrap_or(last_cpu),
        segment_bytes: segment::SEGMENT_BYTES,
        log_bytes: segment::LOG_BYTES,
        warmup_ns: SECOND_NS / 2,
        window_ns: whole_ns(arguments.duration),
    };
    let (parts, syncs) = if arguments.no_parts { (Vec::new(), Vec::new()) } else { bench.parts()? };
    let mut measurements = Vec::new();
    for operation in &arguments.operations {
        for connections in &arguments.connections {
            measurements.push(bench.measure(*operation, usize::from(*connections))?);
        }
    }
    Ok(RooflineReport { parts, syncs, measurements })
}

impl Bench<'_> {
    /// Each part alone, on the server's CPU. Receiving and the whole are measured with a client, at 4 connections.
    fn parts(&self) -> Result<(Vec<Part>, Vec<parts::SyncLatency>), MeasureError> {
        const CONNECTIONS: usize = 4;
        let receive = self.measure(Operation::ReceiveOnly, CONNECTIONS)?;
        let whole = self.measure(Operation::PutRecords, CONNECTIONS)?;
        self.pin_to_server()?;
        let mut all = vec![Part::per_record("receive over loopback HTTP/1.1", cpu_ns(&receive), figures::RECEIVE)];
        all.extend(parts::computed());
        all.extend(parts::write_and_sync(self.directory)?);
        all.push(Part::per_record("PutRecords, the whole", cpu_ns(&whole), figures::PUT_WHOLE));
        Ok((all, parts::sync_latencies(self.directory)?))
    }
}

fn cpu_ns(measurement: &Measurement) -> f64 {
    measurement.report.server.map_or(0.0, |server| server.cpu_ns_per_record)
}
