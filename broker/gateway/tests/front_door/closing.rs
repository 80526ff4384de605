//! How the door closes.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::client::{Client, End, request};
use crate::stub::{House, LONG_ANSWER_BYTES, eventually, quick};

#[tokio::test]
async fn running_requests_finish_and_idle_connections_close() {
    let mut house = House::open(quick()).await;
    let mut running = Client::connect(house.address).await;
    let mut idle = Client::connect(house.address).await;
    idle.send(&request("PutRecord", "", "{}")).await;
    assert_eq!(idle.answer().await.unwrap().status, 200);
    running.send(&request("DescribeLimits", "", "{}")).await;
    eventually("the request runs", || house.door.admitted_bytes() > 0).await;

    house.stop();
    assert_eq!(idle.end().await, End::Closed);
    let (door, address) = (house.door.clone(), house.address);
    let closed = tokio::spawn(house.closed());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!closed.is_finished(), "a request is running");
    assert!(TcpStream::connect(address).await.is_err(), "nobody is let in any more");

    door.interior().gate.add_permits(1);
    let answer = running.answer().await.unwrap();
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert_eq!(running.end().await, End::Closed);
    timeout(Duration::from_secs(1), closed).await.expect("all requests have finished").unwrap();
}

#[tokio::test]
async fn a_request_whose_body_is_still_coming_is_running() {
    let mut house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    let request = request("PutRecord", "", "{ }");
    client.send(&request[..request.len() - 1]).await;
    eventually("the request runs", || house.door.admitted_bytes() > 0).await;
    house.stop();
    let closed = tokio::spawn(house.closed());
    tokio::time::sleep(Duration::from_millis(50)).await;
    client.send(b"}").await;
    assert_eq!(client.answer().await.unwrap().status, 200);
    timeout(Duration::from_secs(1), closed).await.expect("all requests have finished").unwrap();
}

#[tokio::test]
async fn no_request_begins_behind_one_that_finishes() {
    let mut house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    client.send(&[request("DescribeLimits", "", "{}"), request("PutRecord", "", "{}")].concat()).await;
    eventually("the request runs", || house.door.admitted_bytes() > 0).await;
    house.stop();
    tokio::time::sleep(Duration::from_millis(50)).await;
    house.door.interior().gate.add_permits(1);
    assert_eq!(client.answer().await.unwrap().status, 200);
    assert_eq!(client.answer().await, None);
}

#[tokio::test]
async fn a_request_that_does_not_finish_is_given_up() {
    let mut bounds = quick();
    bounds.drain_max = Duration::from_millis(300);
    let mut house = House::open(bounds).await;
    let mut client = Client::connect(house.address).await;
    client.send(&request("DescribeLimits", "", "{}")).await;
    eventually("the request runs", || house.door.admitted_bytes() > 0).await;
    let begun = Instant::now();
    house.stop();
    timeout(Duration::from_secs(2), house.closed()).await.expect("closed all the same");
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert_eq!(client.answer().await, None);
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_not_waited_for() {
    let mut bounds = quick();
    bounds.answer_grace = Duration::from_secs(30);
    bounds.drain_max = Duration::from_secs(30);
    bounds.pressed_stall_max = Duration::from_millis(200);
    let mut house = House::open(bounds).await;
    let mut client = Client::connect(house.address).await;
    client.send(&request("GetRecords", "", "{}")).await;
    eventually("the answer waits", || house.door.admitted_bytes() == LONG_ANSWER_BYTES as u64).await;
    house.stop();
    timeout(Duration::from_secs(5), house.closed()).await.expect("closed without it");
}
