//! What the process does when it is sent a signal, and when nobody takes what it logs.

use std::fs::{self, File};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::types::StreamDescriptionSummary;
use rustix::process::Signal;

use crate::answers::{ORDERS, active};
use crate::raw::{answer, connect, get, head, post};
use crate::server::{Server, command, eventually, free_address};

/// What a shell reports of a process that ctrl-C ended.
const EXIT_INTERRUPTED: i32 = 130;

fn stream(name: &str, retention_hours: u32) -> String {
    format!(
        "apiVersion: forebay.dev/v1alpha1\nkind: Stream\nmetadata: {{name: {name}}}\n\
         spec: {{shardCount: 2, retentionPeriodHours: {retention_hours}}}\n---\n"
    )
}

/// A server with a file of manifests.
fn server_of(manifest: &Path) -> Server {
    let manifest = manifest.to_owned();
    Server::start_with(move |command| {
        command.arg("-f").arg(&manifest);
    })
}

async fn summary(kinesis: &Client, stream: &str) -> Option<StreamDescriptionSummary> {
    let answer = kinesis.describe_stream_summary().stream_name(stream).send().await.ok()?;
    answer.stream_description_summary
}

#[tokio::test]
async fn sighup_applies_what_changed_in_the_files() {
    let directory = tempfile::tempdir().expect("a directory");
    let manifest = directory.path().join("streams.yaml");
    fs::write(&manifest, stream(ORDERS, 24)).expect("written");
    let server = server_of(&manifest);
    let kinesis = server.client();
    let before = active(&kinesis, ORDERS).await;
    assert_eq!(before.retention_period_hours, 24);

    fs::write(&manifest, stream(ORDERS, 48) + &stream("payments", 24)).expect("written");
    server.signal(Signal::HUP);
    eventually("the added stream is reported", || server.log().contains("SIGHUP: Stream payments created"));

    assert_eq!(active(&kinesis, "payments").await.open_shard_count, 2);
    let after = active(&kinesis, ORDERS).await;
    assert_eq!((after.retention_period_hours, after.stream_id), (48, before.stream_id));
}

#[tokio::test]
async fn sighup_with_an_invalid_file_changes_nothing_and_is_reported() {
    let directory = tempfile::tempdir().expect("a directory");
    let manifest = directory.path().join("streams.yaml");
    fs::write(&manifest, stream(ORDERS, 24)).expect("written");
    let server = server_of(&manifest);
    let kinesis = server.client();
    active(&kinesis, ORDERS).await;

    fs::write(&manifest, stream(ORDERS, 48) + &stream("payments", 12)).expect("written");
    server.signal(Signal::HUP);
    eventually("the refusal is logged", || server.log().contains("SIGHUP: manifests not applied"));
    for part in ["streams.yaml", "document 2", "spec.retentionPeriodHours"] {
        assert!(server.log().contains(part), "{part} is not named");
    }
    assert_eq!(active(&kinesis, ORDERS).await.retention_period_hours, 24);
    assert_eq!(summary(&kinesis, "payments").await, None);

    fs::write(&manifest, stream(ORDERS, 72)).expect("written");
    server.signal(Signal::HUP);
    eventually("the mended file is applied", || server.log().contains("SIGHUP: Stream orders changed"));
    assert_eq!(active(&kinesis, ORDERS).await.retention_period_hours, 72);
}

/// A server with a stream, and a request to it of whose body a part is still to come.
struct Midway {
    server: Server,
    running: TcpStream,
    rest: String,
}

/// So long that a request which holds as much can be no other.
const BODY_BYTES: usize = 1 << 20;

impl Midway {
    fn start() -> Self {
        let server = Server::open_to_anybody(|_| {});
        let created = post(server.address(), "CreateStream", r#"{"StreamName":"orders","ShardCount":1}"#);
        assert_eq!(created.status, 200, "{}", created.body);
        eventually("the stream is active", || put_one(&server) == 200);
        let records = r#"[{"Data":"YQ==","PartitionKey":"a"},{"Data":"Yg==","PartitionKey":"b"}]"#;
        let body = format!(r#"{{"StreamName":"orders","Records":{records}{}}}"#, " ".repeat(BODY_BYTES));
        let (first, rest) = body.split_at(body.len() / 2);
        let mut running = connect(server.address());
        running.write_all((head("PutRecords", body.len()) + first).as_bytes()).expect("a part is sent");
        let held = || get(server.admin_address(), "/metrics").metric("forebay_memory_held_bytes");
        eventually("the request runs", || held() > BODY_BYTES as u64);
        Self { server, running, rest: rest.to_owned() }
    }

    /// Sends a signal and waits until nobody is let in any more.
    fn signal_to_stop(&mut self, signal: Signal) {
        self.server.signal(signal);
        let address = self.server.address();
        eventually("new connections are refused", || TcpStream::connect(address).is_err());
        assert!(self.server.runs(), "a request is running");
    }
}

fn put_one(server: &Server) -> u16 {
    post(server.address(), "PutRecord", r#"{"StreamName":"orders","Data":"YQ==","PartitionKey":"a"}"#).status
}

#[test]
fn sigterm_lets_a_running_request_finish_takes_no_other_and_exits_0() {
    let mut midway = Midway::start();
    midway.signal_to_stop(Signal::TERM);
    midway.running.write_all(midway.rest.as_bytes()).expect("the rest is sent");
    let answer = answer(&mut midway.running);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body.contains(r#""FailedRecordCount":0"#), "{}", answer.body);
    assert_eq!(midway.server.ended().code(), Some(0));
    assert!(midway.server.log().contains("stopped"), "the end is not logged");
}

#[test]
fn a_second_interrupt_ends_the_process_at_once() {
    let mut midway = Midway::start();
    midway.signal_to_stop(Signal::INT);
    midway.server.signal(Signal::INT);
    // The drain alone would wait for the body, and then end with 0.
    assert_eq!(midway.server.ended().code(), Some(EXIT_INTERRUPTED));
}

#[test]
fn a_log_that_nobody_takes_is_no_reason_not_to_serve() {
    let directory = tempfile::tempdir().expect("a directory");
    let manifest = directory.path().join("streams.yaml");
    fs::write(&manifest, stream(ORDERS, 24)).expect("written");
    let mut server = Server::open_to_anybody(move |command| {
        command.arg("-f").arg(&manifest).args(["--log", "trace"]).stderr(full());
    });
    eventually("a record is put", || put_one(&server) == 200);
    server.signal(Signal::HUP);
    assert_eq!(put_one(&server), 200);
    server.signal(Signal::TERM);
    assert_eq!(server.ended().code(), Some(0));
}

#[test]
fn a_start_that_finds_its_port_taken_records_nothing() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = taken.local_addr().expect("it is bound");
    for (listen, admin, option) in
        [(address, free_address(), "with --listen"), (free_address(), address, "with --admin-listen")]
    {
        let directory = tempfile::tempdir().expect("a directory");
        let ended = command(directory.path(), listen, admin).status().expect("the built binary starts");
        assert_eq!(ended.code(), Some(1));
        let log = fs::read_to_string(directory.path().join("log")).expect("it says why");
        assert!(log.contains(&format!("cannot listen on {address}")) && log.contains(option), "{log}");
        let recorded = directory.path().join("data").join("installation.json");
        assert!(!recorded.exists(), "another --region may still be given");
    }
}

#[test]
fn a_refusal_is_an_exit_code_where_nobody_hears_why() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut command = command(directory.path(), free_address(), free_address());
    let ended = command.args(["--memory-budget", "1MiB"]).stderr(full()).status().expect("the built binary starts");
    assert_eq!(ended.code(), Some(1));
    let dump = ["log", "dump", "no-such-file"];
    let ended = Command::new(env!("CARGO_BIN_EXE_forebay")).args(dump).stderr(full()).status();
    assert_eq!(ended.expect("the built binary starts").code(), Some(1));
}

/// A device without room for a byte.
fn full() -> Stdio {
    File::options().write(true).open("/dev/full").expect("Linux has it").into()
}
