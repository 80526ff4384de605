//! Clients that are slow, silent or gone: none of them holds anything for long.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};

use crate::client::{Client, End, head, request};
use crate::stub::{House, LONG_ANSWER_BYTES, eventually, quick};

#[tokio::test]
async fn a_body_that_drips_is_refused_and_its_connection_closed() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    client.send(&head("PutRecord", "Content-Length: 1000000\r\n")).await;
    let begun = Instant::now();
    for _ in 0..10 {
        let _ = client.stream.write_all(b"{").await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let answer = client.answer().await.unwrap();
    assert_eq!((answer.status, answer.header("connection")), (408, Some("close")));
    assert!(answer.text().contains("RequestTimeoutException"));
    assert!(client.ends_within(Duration::from_secs(1)).await);
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!(house.door.admitted_bytes(), 0);
}

#[tokio::test]
async fn a_body_may_take_the_time_its_bytes_need_at_the_slowest_rate() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    let body = format!("{{{}}}", " ".repeat((1 << 20) - 2));
    let request = request("PutRecord", "", &body);
    // 1 MiB in 0.8 s: beyond the grace of 0.3 s, within 1.3 s.
    for part in request.chunks(request.len() / 8) {
        client.send(part).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(client.answer().await.unwrap().status, 200);
}

#[tokio::test]
async fn headers_that_drip_end_the_connection() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    client.send(&request("PutRecord", "", "{}")).await;
    assert_eq!(client.answer().await.unwrap().status, 200);
    let begun = Instant::now();
    while client.stream.write_all(b"P").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(30)).await;
        assert!(begun.elapsed() < Duration::from_secs(3), "still open");
    }
    assert!(begun.elapsed() > Duration::from_millis(300));
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed() {
    let house = House::open(quick()).await;
    let mut silent = Client::connect(house.address).await;
    let mut half = Client::connect(house.address).await;
    half.stream.shutdown().await.unwrap();
    let mut preface = Client::connect(house.address).await;
    preface.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    for client in [&mut silent, &mut half, &mut preface] {
        assert!(client.ends_within(Duration::from_secs(2)).await);
    }
    eventually("all are gone", || house.counts.open_connections.load(Ordering::Relaxed) == 0).await;
}

#[tokio::test]
async fn a_connection_that_has_been_idle_is_closed_in_order() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    for _ in 0..3 {
        client.send(&request("PutRecord", "", "{}")).await;
        assert_eq!(client.answer().await.unwrap().status, 200);
        // Longer than headers may take, shorter than a connection may be idle.
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(client.end().await, End::Closed);
}

#[tokio::test]
async fn a_request_that_runs_long_is_not_idle() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    client.send(&request("DescribeLimits", "", "{}")).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    house.door.interior().gate.add_permits(1);
    assert_eq!(client.answer().await.unwrap().status, 200);
}

#[tokio::test]
async fn an_operation_that_does_not_answer_is_given_up() {
    let mut bounds = quick();
    bounds.operation_max = Duration::from_millis(200);
    let house = House::open(bounds).await;
    let mut client = Client::connect(house.address).await;
    client.send(&request("DescribeLimits", "", "{}")).await;
    let answer = client.answer().await.unwrap();
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("InternalFailure"));
}

#[tokio::test]
async fn an_answer_holds_its_bytes_until_it_is_taken() {
    let mut bounds = quick();
    bounds.answer_grace = Duration::from_secs(30);
    let house = House::open(bounds).await;
    let mut client = Client::connect(house.address).await;
    client.send(&request("GetRecords", "", "{}")).await;
    eventually("the answer waits", || house.door.admitted_bytes() == LONG_ANSWER_BYTES as u64).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(house.door.admitted_bytes(), LONG_ANSWER_BYTES as u64);
    assert_eq!(client.answer().await.unwrap().body.len(), LONG_ANSWER_BYTES);
    eventually("the answer is taken", || house.door.admitted_bytes() == 0).await;
}

#[tokio::test]
async fn an_answer_that_nobody_takes_ends_the_connection() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    client.send(&request("GetRecords", "", "{}")).await;
    eventually("the answer waits", || house.door.admitted_bytes() == LONG_ANSWER_BYTES as u64).await;
    eventually("the answer is dropped", || house.door.admitted_bytes() == 0).await;
    let mut taken = Vec::new();
    let _ = timeout(Duration::from_secs(2), client.stream.read_to_end(&mut taken)).await.expect("closed");
    assert!(taken.len() < LONG_ANSWER_BYTES, "the rest of it was not written");
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_its_answer_to_nobody() {
    let mut bounds = quick();
    bounds.answer_grace = Duration::from_secs(30);
    let house = House::open(bounds).await;
    let mut client = Client::connect(house.address).await;
    client.send(&request("GetRecords", "", "{}")).await;
    eventually("the answer waits", || house.door.admitted_bytes() == LONG_ANSWER_BYTES as u64).await;
    drop(client);
    eventually("the answer is dropped", || house.door.admitted_bytes() == 0).await;
}

#[tokio::test]
async fn records_in_a_range_are_counted_beyond_the_deadline_of_their_request() {
    let mut bounds = quick();
    bounds.operation_max = Duration::from_millis(200);
    let house = House::open(bounds).await;
    let body = format!("{{{}}}", " ".repeat((1 << 20) - 2));
    let mut client = Client::connect(house.address).await;
    for requests in 1..=2 {
        client.send(&request("PutRecords", "", &body)).await;
        assert_eq!(client.answer().await.unwrap().status, 500);
        assert_eq!(house.door.interior().unanswered().len(), requests);
        assert!(house.door.admitted_bytes() >= (requests * 2 * body.len()) as u64, "bodies and what was made of them");
    }
    let both = house.door.admitted_bytes();
    house.door.interior().unanswered().pop();
    assert_eq!(house.door.admitted_bytes(), both / 2);
    house.door.interior().unanswered().clear();
    assert_eq!(house.door.admitted_bytes(), 0);
}
