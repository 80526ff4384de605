//! How bodies arrive, and what becomes of those that nobody reads.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::AsyncWriteExt;

use crate::client::{Client, End, head, request};
use crate::stub::{House, eventually, quick};

const MIB: usize = 1 << 20;

#[tokio::test]
async fn a_body_is_read_whole_however_it_is_cut() {
    let house = House::open(quick()).await;
    for length in [2, 3000, 65_536, 65_537, 3 * MIB] {
        let body = format!("{{{}}}", " ".repeat(length - 2));
        let request = request("PutRecord", "", &body);
        for piece in [97, 8192, 1 << 16, usize::MAX] {
            if length / piece > 1000 {
                continue;
            }
            let mut client = Client::connect(house.address).await;
            for part in request.chunks(piece) {
                client.send(part).await;
            }
            assert_eq!(client.answer().await.unwrap().text(), format!(r#"{{"received":{length}}}"#));
        }
    }
}

#[tokio::test]
async fn a_body_in_chunks_is_the_last_of_its_connection() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    client.send(&head("PutRecord", "Transfer-Encoding: chunked\r\n")).await;
    for chunk in ["1\r\n{\r\n", "4\r\n    \r\n", "1;extension=x\r\n}\r\n", "0\r\nTrailer: x\r\n\r\n"] {
        client.send(chunk.as_bytes()).await;
    }
    let answer = client.answer().await.unwrap();
    assert_eq!((answer.status, answer.text()), (200, r#"{"received":6}"#));
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(client.end().await, End::Closed);
    eventually("all is given back", || house.door.admitted_bytes() == 0).await;
}

#[tokio::test]
async fn no_chunks_at_all_are_no_body() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    client.send(&head("PutRecord", "Transfer-Encoding: chunked\r\n")).await;
    client.send(b"0\r\n\r\n").await;
    assert_eq!(client.answer().await.unwrap().text(), r#"{"__type":"SerializationException"}"#);
}

#[tokio::test]
async fn chunks_beyond_the_longest_body_are_refused_while_they_come() {
    let mut bounds = quick();
    bounds.body_bytes_max = MIB as u64;
    let house = House::open(bounds).await;
    let mut client = Client::connect(house.address).await;
    client.send(&head("PutRecord", "Transfer-Encoding: chunked\r\n")).await;
    let chunk = [b"10000\r\n", &vec![b' '; 65_536][..], b"\r\n"].concat();
    for _ in 0..17 {
        client.send(&chunk).await;
    }
    let answer = client.answer().await.unwrap();
    assert_eq!((answer.status, answer.header("connection")), (413, Some("close")));
}

#[tokio::test]
async fn a_client_that_is_still_sending_sees_its_answer_and_not_a_reset() {
    let house = House::open(quick()).await;
    let refused = [
        ("Content-Encoding: gzip\r\nContent-Length: 12000000\r\n", 400),
        ("Host: example.com\r\nContent-Length: 12000000\r\n", 403),
    ];
    for (headers, status) in refused {
        let mut client = Client::connect(house.address).await;
        client.send(&head("PutRecord", headers)).await;
        // The answer is on its way while all of this is written; a reset would fail one of the two.
        let piece = vec![b' '; 100_000];
        for _ in 0..120 {
            client.send(&piece).await;
        }
        let answer = client.answer().await.unwrap();
        assert_eq!((answer.status, answer.header("connection")), (status, Some("close")), "{headers}");
        assert_eq!(client.end().await, End::Closed, "{headers}");
    }
}

#[tokio::test]
async fn a_body_that_nobody_wants_is_read_away_for_so_long_only() {
    let mut bounds = quick();
    bounds.idle_max = Duration::from_mins(1);
    let house = House::open(bounds).await;
    let mut client = Client::connect(house.address).await;
    client.send(&head("PutRecord", "Content-Encoding: gzip\r\nContent-Length: 12000000\r\n")).await;
    assert_eq!(client.answer().await.unwrap().status, 400);
    let begun = tokio::time::Instant::now();
    while client.stream.write_all(b"a byte or two").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(begun.elapsed() < Duration::from_secs(2), "still read");
    }
    assert!(begun.elapsed() > Duration::from_millis(400), "for half a second");
}

#[tokio::test]
async fn a_body_that_nobody_wants_is_read_away_so_far_only() {
    let mut bounds = quick();
    bounds.body_bytes_max = MIB as u64;
    bounds.discard_max = Duration::from_mins(1);
    let house = House::open(bounds).await;
    let mut client = Client::connect(house.address).await;
    client.send(&head("PutRecord", "Content-Length: 1000000000\r\n")).await;
    let mut sent = 0;
    let piece = vec![b' '; 65_536];
    while sent < 500 * MIB && client.stream.write_all(&piece).await.is_ok() {
        sent += 65_536;
    }
    assert!(sent < 100 * MIB, "{sent} bytes were taken");
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_to_go_on_once_there_is_room() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    client.send(&head("PutRecord", "Expect: 100-continue\r\nContent-Length: 2\r\n")).await;
    assert_eq!(client.answer().await.unwrap().status, 100);
    client.send(b"{}").await;
    assert_eq!(client.answer().await.unwrap().status, 200);
}

#[tokio::test]
async fn a_client_that_asks_first_and_is_refused_is_not_told_to_go_on() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    client.send(&head("PutRecord", "Content-Encoding: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n")).await;
    assert_eq!(client.answer().await.unwrap().status, 400);
    assert_eq!(client.end().await, End::Closed);
}

#[tokio::test]
async fn a_client_that_has_closed_its_half_gets_its_answer() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    client.send(&request("DescribeLimits", "", "{}")).await;
    client.stream.shutdown().await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    house.door.interior().gate.add_permits(1);
    assert_eq!(client.answer().await.unwrap().status, 200);
    assert_eq!(client.end().await, End::Closed);
}

#[tokio::test]
async fn a_body_that_breaks_off_holds_nothing() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    client.send(&head("PutRecord", "Content-Length: 1000000\r\n")).await;
    client.send(b"{").await;
    eventually("the request is admitted", || house.door.admitted_bytes() > 2_000_000).await;
    client.stream.shutdown().await.unwrap();
    eventually("all is given back", || house.door.admitted_bytes() == 0).await;
    assert!(client.ends_within(Duration::from_secs(2)).await);
}

/// Valid requests with a byte changed, cut short, or run together.
#[tokio::test]
async fn bytes_that_nobody_meant_well_leave_the_door_open() {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).expect("below a usize")
    };
    let house = House::open(quick()).await;
    let chunked = [head("PutRecord", "Transfer-Encoding: chunked\r\n"), b"2\r\n{}\r\n0\r\n\r\n".to_vec()].concat();
    let preface =
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x03\x01\x05\0\0\0\x01\x83\x86\x84".to_vec();
    let seeds = [request("PutRecord", "Expect: 100-continue\r\n", "{\"a\": []}"), chunked, preface];
    for _ in 0..300 {
        let mut bytes = seeds[next(seeds.len())].clone();
        for _ in 0..next(4) {
            let place = next(bytes.len());
            bytes[place] = u8::try_from(next(256)).expect("a byte");
        }
        bytes.truncate(1 + next(2 * bytes.len()));
        bytes.extend_from_slice(&seeds[next(seeds.len())][..next(20)]);
        let mut client = Client::connect(house.address).await;
        client.send(&bytes).await;
        let _ = client.stream.shutdown().await;
        drop(client);
    }
    // A connection whose task panicked would never be counted as closed.
    eventually("all connections have ended", || house.counts.open_connections.load(Ordering::Relaxed) == 0).await;
    assert_eq!(house.door.admitted_bytes(), 0);
    let mut client = Client::connect(house.address).await;
    client.send(&request("PutRecord", "", "{}")).await;
    assert_eq!(client.answer().await.unwrap().status, 200);
}
