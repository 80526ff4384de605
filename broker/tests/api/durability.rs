//! `--durability memory` is said wherever somebody may look; `disk` is not mistaken for it.

use std::net::SocketAddr;

use crate::raw::{Answer, get, post};
use crate::server::Server;

const CREATE: &str = r#"{"StreamName":"orders","ShardCount":1}"#;
const HEADER: &str = "x-forebay-durability: memory";

/// An answer to a request that is done, and one to a request that is refused.
fn done_and_refused(address: SocketAddr) -> [Answer; 2] {
    let [done, refused] = [(); 2].map(|()| post(address, "CreateStream", CREATE));
    assert_eq!((done.status, refused.status), (200, 400), "{refused:?}");
    [done, refused]
}

#[test]
fn memory_is_said_in_the_log_the_greeting_the_metrics_readiness_and_every_answer() {
    let server = Server::open_to_anybody(|command| {
        command.args(["--durability", "memory"]);
    });
    for answer in done_and_refused(server.address()) {
        assert!(answer.head.contains(HEADER), "{}", answer.head);
    }
    let ready = get(server.admin_address(), "/readyz");
    assert_eq!(ready.status, 200);
    assert!(ready.body.lines().any(|line| line.starts_with("durability: memory")), "{}", ready.body);
    assert_eq!(get(server.admin_address(), "/metrics").metric("forebay_durability_memory"), 1);
    let log = server.log();
    let logged = |line: &str| line.contains("WARN") && line.contains("durability is memory");
    assert!(log.lines().any(logged), "the log does not say so");
    let greeted = |line: &str| line.starts_with("data ") && line.contains("NOT durable");
    assert!(log.lines().any(greeted), "the greeting does not say so");
}

#[test]
fn disk_is_said_nowhere_to_be_memory() {
    let server = Server::open_to_anybody(|command| {
        command.args(["--durability", "disk"]);
    });
    for answer in done_and_refused(server.address()) {
        assert!(!answer.head.contains("durability"), "{}", answer.head);
    }
    assert_eq!(get(server.admin_address(), "/readyz").body, "ok\n");
    assert_eq!(get(server.admin_address(), "/metrics").metric("forebay_durability_memory"), 0);
    let log = server.log();
    let greeted = |line: &str| line.starts_with("data ") && line.ends_with("every acknowledged record is on disk");
    assert!(log.lines().any(greeted), "the greeting does not say so");
    assert!(!log.contains("memory") && !log.contains("NOT durable"), "the log says so");
}
