//! Clients that announce much and send little, against the process as it is shipped: the others are served meanwhile,
//! and when their time is over nothing is left of them.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use crate::raw::{answer, connect, get, head, post};
use crate::server::{Server, eventually};

/// Of each kind.
const CLIENTS: usize = 64;
/// What each announces: as many as fit into the memory for requests are let in, the others wait for a second.
const ANNOUNCED_BYTES: usize = 10 << 20;
const DRIP: Duration = Duration::from_secs(1);
/// A body's grace is 5 s, and as long may what is still sent be read away; the rest is for a busy machine.
const OVER_WITHIN: Duration = Duration::from_secs(20);
/// A request waits at most a second for memory that others hold; the rest is for a busy machine.
const SERVED_WITHIN: Duration = Duration::from_secs(4);
/// Between two requests of the client that behaves.
const PAUSE: Duration = Duration::from_millis(50);

/// Sends a head and the first byte.
fn begin(server: &Server) -> TcpStream {
    let mut stream = connect(server.address());
    stream.write_all((head("PutRecords", ANNOUNCED_BYTES) + "{").as_bytes()).expect("a head is sent");
    stream
}

/// Sends a byte a second until the server has answered and closed; the answer's status.
fn drip(mut stream: TcpStream) -> u16 {
    let mut writing = stream.try_clone().expect("a socket can be shared");
    thread::scope(|scope| {
        let answered = scope.spawn(move || answer(&mut stream).status);
        while !answered.is_finished() {
            // Fails once the server has closed; the answer says how it ended.
            let _ = writing.write_all(b" ");
            thread::sleep(DRIP);
        }
        answered.join().expect("an answer")
    })
}

/// Puts a record as an SDK does, which tries again when there is no room at the moment.
fn put(server: &Server) {
    let begun = Instant::now();
    let body = r#"{"StreamName":"orders","Data":"YQ==","PartitionKey":"a"}"#;
    while begun.elapsed() < SERVED_WITHIN {
        let answer = post(server.address(), "PutRecord", body);
        if answer.status == 200 {
            return;
        }
        assert_eq!(answer.status, 503, "{}", answer.body);
    }
    panic!("not served within {SERVED_WITHIN:?}");
}

#[test]
fn nobody_waits_for_bodies_that_do_not_come_and_those_who_owe_them_are_let_go() {
    let server = Server::open_to_anybody(|_| {});
    let created = post(server.address(), "CreateStream", r#"{"StreamName":"orders","ShardCount":1}"#);
    assert_eq!(created.status, 200, "{}", created.body);
    eventually("the stream is active", || {
        post(server.address(), "DescribeStreamSummary", r#"{"StreamName":"orders"}"#).body.contains("\"ACTIVE\"")
    });

    let begun = Instant::now();
    let dripping: Vec<_> = (0..CLIENTS).map(|_| begin(&server)).collect();
    let half_closed: Vec<_> = (0..CLIENTS).map(|_| begin(&server)).collect();
    for stream in &half_closed {
        stream.shutdown(Shutdown::Write).expect("still open");
    }
    let dripping: Vec<_> = dripping.into_iter().map(|stream| thread::spawn(|| drip(stream))).collect();
    while !dripping.iter().all(thread::JoinHandle::is_finished) {
        assert!(begun.elapsed() < OVER_WITHIN, "still open");
        put(&server);
        thread::sleep(PAUSE);
    }
    let statuses: Vec<_> = dripping.into_iter().map(|client| client.join().expect("no panic")).collect();
    assert!(statuses.iter().all(|status| [408, 503].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&408), "none was let in");
    for mut client in half_closed {
        let answer = answer(&mut client);
        assert!([400, 503].contains(&answer.status), "{answer:?}");
    }
    let metric = |name| get(server.admin_address(), "/metrics").metric(name);
    eventually("all connections have ended", || metric("forebay_connections") == 0);
    eventually("nothing is held", || metric("forebay_memory_held_bytes") == 0);
}
