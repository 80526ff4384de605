//! Who is let in when there is not room for all.

use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;

use crate::client::{Client, head, request};
use crate::stub::{House, LONG_ANSWER_BYTES, eventually, quick};

const MIB: u64 = 1 << 20;

fn address(last: u8) -> IpAddr {
    [127, 0, 0, last].into()
}

/// A connection whose request is admitted for a body of which it sends nothing.
async fn holding(house: &House, own: IpAddr, length: u64) -> Client {
    let before = house.door.admitted_bytes();
    let mut client = Client::connect_from(own, house.address).await;
    client.send(&head("PutRecord", &format!("Content-Length: {length}\r\n"))).await;
    eventually("the request is admitted", || house.door.admitted_bytes() >= before + 2 * length).await;
    client
}

#[tokio::test]
async fn a_body_without_room_is_refused_before_it_is_read() {
    let mut bounds = quick();
    bounds.admitted_bytes_max = 40 * MIB;
    bounds.body_grace = Duration::from_secs(5);
    let house = House::open(bounds).await;
    let _holding = holding(&house, address(1), 15 * MIB).await;
    let mut client = Client::connect(house.address).await;
    client.send(&head("PutRecord", "Content-Length: 10000000\r\n")).await;
    let answer = client.answer().await.unwrap();
    assert_eq!((answer.status, answer.header("connection")), (503, Some("close")));
    assert!(answer.text().contains(r#""__type":"ServiceUnavailable""#));
    let mut small = Client::connect(house.address).await;
    small.send(&request("PutRecord", "", "{}")).await;
    assert_eq!(small.answer().await.unwrap().status, 200, "there is room for a small one");
}

#[tokio::test]
async fn chunks_are_admitted_as_if_they_were_the_longest_body() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    client.send(&head("PutRecord", "Transfer-Encoding: chunked\r\n")).await;
    eventually("the request is admitted", || house.door.admitted_bytes() >= 30 * MIB).await;
    client.send(b"2\r\n{}\r\n0\r\n\r\n").await;
    assert_eq!(client.answer().await.unwrap().status, 200);
    eventually("all is given back", || house.door.admitted_bytes() == 0).await;
}

#[tokio::test]
async fn a_client_that_waits_is_served_before_the_next_of_one_that_floods() {
    let mut bounds = quick();
    bounds.admitted_bytes_max = 31 * MIB;
    bounds.permit_wait_max = Duration::from_secs(5);
    bounds.body_grace = Duration::from_secs(5);
    let house = House::open(bounds).await;
    let first = holding(&house, address(1), 15 * MIB).await;
    let mut flood = Vec::new();
    for _ in 0..8 {
        let mut client = Client::connect_from(address(1), house.address).await;
        client.send(&head("PutRecord", &format!("Content-Length: {}\r\n", 15 * MIB))).await;
        flood.push(client);
    }
    eventually("the flood waits", || house.door.waiting_requests() == 8).await;
    let mut other = Client::connect_from(address(2), house.address).await;
    other.send(&head("PutRecord", &format!("Content-Length: {}\r\n", 14 * MIB))).await;
    eventually("the other waits", || house.door.waiting_requests() == 9).await;
    // The first of the flood has its turn before the other, and no second one.
    drop(first);
    eventually("the next of the flood", || house.door.waiting_requests() == 8).await;
    drop(flood.remove(0));
    eventually("the other's turn", || house.door.waiting_requests() == 7).await;
    other.send(format!("{{{}}}", " ".repeat((14 << 20) - 2)).as_bytes()).await;
    assert_eq!(other.answer().await.unwrap().status, 200);
}

#[tokio::test]
async fn connections_beyond_the_most_are_closed() {
    let mut bounds = quick();
    bounds.connections_max = 3;
    bounds.connections_per_client_max = 2;
    bounds.head_wait_max = Duration::from_secs(5);
    let house = House::open(bounds).await;
    let connect = |last| Client::connect_from(address(last), house.address);
    let first = connect(1).await;
    let _second = connect(1).await;
    assert!(connect(1).await.ends_within(Duration::from_secs(1)).await, "as many as one client may have");
    let mut third = connect(2).await;
    assert!(connect(3).await.ends_within(Duration::from_secs(1)).await, "as many as there may be");
    assert_eq!(house.counts.refused_connections.load(Ordering::Relaxed), 2);
    third.send(&request("PutRecord", "", "{}")).await;
    assert_eq!(third.answer().await.unwrap().status, 200);
    drop(first);
    eventually("a place is free", || house.counts.open_connections.load(Ordering::Relaxed) == 2).await;
    let mut fourth = connect(3).await;
    fourth.send(&request("PutRecord", "", "{}")).await;
    assert_eq!(fourth.answer().await.unwrap().status, 200);
}

/// 64 connections push bodies of 10 MiB and ask for answers of 10 MiB, of which they read nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_push_and_never_read_leave_room_for_others() {
    let mut bounds = quick();
    bounds.permit_wait_max = Duration::from_secs(5);
    bounds.answer_grace = Duration::from_millis(300);
    bounds.body_grace = Duration::from_secs(5);
    let budget = bounds.admitted_bytes_max;
    let house = House::open(bounds).await;
    let mut flood = JoinSet::new();
    for _ in 0..64 {
        let address = house.address;
        flood.spawn(async move {
            let body = format!("{{{}}}", " ".repeat((10 << 20) - 2));
            let asked = [request("PutRecord", "", &body), request("GetRecords", "", "{}")].concat();
            loop {
                let mut client = Client::connect(address).await;
                while client.stream.write_all(&asked).await.is_ok() {}
            }
        });
    }
    eventually("the flood fills the door", || house.door.admitted_bytes() > 2 * LONG_ANSWER_BYTES as u64).await;
    let mut most = 0;
    for _ in 0..5 {
        let mut client = Client::connect_from(address(2), house.address).await;
        client.send(&request("PutRecord", "", &format!("{{{}}}", " ".repeat(100_000)))).await;
        assert_eq!(client.answer().await.unwrap().status, 200);
        most = most.max(house.door.admitted_bytes());
        assert!(most <= budget);
    }
    assert!(most > budget / 2, "the flood was one: {most} of {budget} bytes");
    flood.shutdown().await;
    eventually("all is given back", || house.door.admitted_bytes() == 0).await;
}

/// Other than above, answers are given half a minute: only that somebody waits for their bytes ends them.
#[tokio::test]
async fn answers_that_nobody_takes_give_way_to_those_who_wait() {
    let mut bounds = quick();
    bounds.answer_grace = Duration::from_secs(30);
    bounds.permit_wait_max = Duration::from_secs(2);
    bounds.pressed_stall_max = Duration::from_millis(300);
    bounds.admitted_bytes_max = 45 * MIB;
    let house = House::open(bounds).await;
    let mut hoard = Vec::new();
    for answers in 1..=3 {
        let mut client = Client::connect(house.address).await;
        client.send(&request("GetRecords", "", "{}")).await;
        let held = answers * LONG_ANSWER_BYTES as u64;
        eventually("an answer more is held", || house.door.admitted_bytes() == held).await;
        hoard.push(client);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(house.door.admitted_bytes(), 3 * LONG_ANSWER_BYTES as u64, "nobody waits yet");
    let mut client = Client::connect_from(address(2), house.address).await;
    client.send(&request("GetRecords", "", "{}")).await;
    assert_eq!(client.answer().await.unwrap().body.len(), LONG_ANSWER_BYTES);
}
