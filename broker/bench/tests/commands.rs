//! The binary as it is called: refused options, and loads against servers that answer badly.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Output};

use serde_json::Value;

fn run(line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_forebay-bench"));
    for variable in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"] {
        command.env_remove(variable);
    }
    command.args(line.split_ascii_whitespace()).output().expect("runs")
}

fn report(line: &str) -> Value {
    let output = run(line);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

fn http(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// Answers every request on every connection the same way, or by closing where there is no answer.
fn server(answer: Option<String>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || converse(socket, answer.as_deref()));
        }
    });
    address
}

fn converse(mut socket: TcpStream, answer: Option<&str>) {
    let mut received = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = socket.read(&mut piece) {
        received.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&received).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        if body.len() < length.parse().expect("a number") {
            continue;
        }
        received.clear();
        let Some(answer) = answer else { return };
        let sent = socket.write_all(answer.as_bytes());
        if sent.is_err() {
            return;
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_sent() {
    let table = [
        ("load --endpoint https://kinesis.example", "does not begin with http://"),
        ("load --auth signed", "--auth signed needs --access-key-id"),
        ("load --operation put-record --records-per-call 3", "put-record puts one record a call"),
        ("load --rate=-3", "--rate must be above 0"),
        ("load --connections 0", "0 is not in 1..=4096"),
        ("load --operation delete", "[possible values: put-records, put-record, get-records, mixed]"),
        ("roofline --duration x", "give seconds"),
        ("unread --connections many", "--connections"),
        ("", "Usage:"),
    ];
    for (line, message) in table {
        let output = run(line);
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && text.contains(message), "{line}: {text}");
        assert!(output.stdout.is_empty(), "{line}");
    }
}

#[test]
fn a_server_that_is_not_there_is_an_error_of_every_call() {
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound");
    let report =
        report(&format!("load --endpoint http://{gone} --warmup 0 --duration 0.2 --record-bytes 10 --output json"));
    assert!(report["put"]["call_errors"]["connection refused"].as_u64() > Some(0), "{report}");
    assert_eq!(report["put"]["records"], 0);
    let output = run(&format!("load --endpoint http://{gone} --create"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot connect to"), "says so");
}

#[test]
fn errors_are_counted_by_type_and_nothing_is_called_stored() {
    let table = [
        (Some(http(400, "{\"__type\":\"x#LimitExceededException\"}")), "LimitExceededException"),
        (Some(http(200, "{}")), "malformed answer"),
        (Some("nothing like HTTP\r\n\r\n".to_owned()), "malformed answer"),
        (None, "connection closed"),
    ];
    for (answer, error) in table {
        let address = server(answer);
        let line = format!(
            "load --endpoint http://{address} --warmup 0 --duration 0.2 --record-bytes 10 --records-per-call 2"
        );
        let report = report(&format!("{line} --connections 2 --output json"));
        assert!(report["put"]["call_errors"][error].as_u64() > Some(0), "{error}: {report}");
    }
}

#[test]
fn an_open_loop_keeps_its_rate_and_reports_in_both_forms() {
    let address = server(Some(http(200, "{\"SequenceNumber\":\"4\",\"ShardId\":\"s-0\"}")));
    let line =
        format!("load --endpoint http://{address} --operation put-record --warmup 0.1 --duration 0.5 --rate 200");
    let report = report(&format!("{line} --output json"));
    let calls = report["put"]["calls"].as_u64().expect("a count");
    assert!((70..=120).contains(&calls), "{report}");
    assert_eq!(report["put"]["records"], calls);
    assert_eq!(report["pace"]["open"]["calls_per_second"], 200.0);
    let text = String::from_utf8(run(&line).stdout).expect("text");
    assert!(text.contains("open loop at 200 calls/s") && text.contains("latency ms: p50"), "{text}");
}

#[test]
fn a_stalled_server_is_seen_by_every_call_that_was_due() {
    // Accepts and never answers: the calls behind the first are never even sent.
    let address = TcpListener::bind("127.0.0.1:0").expect("a port");
    let line = format!(
        "load --endpoint http://{} --operation put-record --warmup 0 --duration 0.5 --rate 100 --timeout 1 --output json",
        address.local_addr().expect("bound")
    );
    let report = report(&line);
    let unanswered = report["put"]["unanswered"].as_u64().expect("a count");
    assert!((40..=50).contains(&unanswered), "{report}");
    assert!(report["put"]["latency_us"]["p50"].as_f64() > Some(1e6), "{report}");
}

#[test]
fn calls_that_waited_for_a_stall_to_end_count_from_when_they_were_due() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        let (socket, _) = listener.accept().expect("connected");
        // The first second of the run: what is sent stays unread, what is due stays unsent.
        std::thread::sleep(std::time::Duration::from_secs(1));
        converse(socket, Some(&http(200, "{\"SequenceNumber\":\"4\",\"ShardId\":\"s-0\"}")));
    });
    let line = format!("load --endpoint http://{address} --operation put-record --warmup 0 --duration 1.5 --rate 100");
    let report = report(&format!("{line} --output json"));
    // Of 150 calls the hundred that were due in that second waited up to a second; each was answered at once when sent.
    assert!(report["put"]["latency_us"]["p50"].as_f64() > Some(150_000.0), "{report}");
    assert_eq!(report["put"]["unanswered"], 0);
}

#[test]
fn clients_that_never_read_push_what_the_sockets_take() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let report = report(&format!("unread --endpoint http://{address} --connections 2 --duration 0.3 --output json"));
    assert!(report["bytes"].as_u64() > Some(100_000), "{report}");
    assert_eq!(report["requests"], 0, "nobody took ten megabytes");
}
