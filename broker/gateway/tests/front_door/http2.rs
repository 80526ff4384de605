//! HTTP/2 with prior knowledge.

use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use h2::client::{ResponseFuture, SendRequest};
use http::{Request, StatusCode};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::Client;
use crate::stub::{House, LONG_ANSWER_BYTES, eventually, quick};

async fn connect(house: &House) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(house.address).await.expect("somebody listens");
    let (client, connection) = h2::client::handshake(stream).await.expect("HTTP/2");
    tokio::spawn(connection);
    client.ready().await.expect("a stream")
}

fn post(house: &House, operation: &str) -> http::request::Builder {
    Request::post(format!("http://{}/", house.address))
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", format!("Kinesis_20131202.{operation}"))
}

async fn read(answer: ResponseFuture) -> (http::response::Parts, Vec<u8>) {
    let answer = timeout(Duration::from_secs(5), answer).await.expect("in time").expect("an answer");
    let (head, mut stream) = answer.into_parts();
    let mut body = Vec::new();
    while let Some(data) = timeout(Duration::from_secs(5), stream.data()).await.expect("in time") {
        let data = data.expect("a body");
        stream.flow_control().release_capacity(data.len()).expect("received");
        body.extend_from_slice(&data);
    }
    (head, body)
}

#[tokio::test]
async fn requests_of_one_connection_are_answered_at_the_same_time() {
    let house = House::open(quick()).await;
    let mut client = connect(&house).await;
    let (waiting, mut body) = client.send_request(post(&house, "DescribeLimits").body(()).unwrap(), false).unwrap();
    body.send_data(Bytes::from_static(b"{}"), true).unwrap();
    for _ in 0..10 {
        client = client.ready().await.unwrap();
        let (answer, mut body) = client.send_request(post(&house, "PutRecord").body(()).unwrap(), false).unwrap();
        body.send_data(Bytes::from_static(b"{ }"), true).unwrap();
        let (head, body) = read(answer).await;
        assert_eq!((head.status, &body[..]), (StatusCode::OK, &br#"{"received":3}"#[..]));
        assert_eq!(head.headers["content-type"], "application/x-amz-json-1.1");
        assert!(head.headers.contains_key("x-amzn-requestid"));
    }
    house.door.interior().gate.add_permits(1);
    assert_eq!(read(waiting).await.0.status, StatusCode::OK);
}

#[tokio::test]
async fn a_body_longer_than_the_windows_comes_through_with_and_without_a_length() {
    let house = House::open(quick()).await;
    let data = Bytes::from(format!("{{{}}}", " ".repeat(1_000_000)));
    for length in [Some(data.len()), None] {
        let mut client = connect(&house).await;
        let mut request = post(&house, "PutRecord");
        if let Some(length) = length {
            request = request.header("content-length", length);
        }
        let (answer, mut body) = client.send_request(request.body(()).unwrap(), false).unwrap();
        body.send_data(data.clone(), true).unwrap();
        let (head, body) = read(answer).await;
        assert_eq!((head.status, &body[..]), (StatusCode::OK, &br#"{"received":1000002}"#[..]));
    }
}

#[tokio::test]
async fn an_answer_before_the_body_resets_the_stream_without_an_error() {
    let house = House::open(quick()).await;
    let client = connect(&house).await;
    for _ in 0..3 {
        let request = post(&house, "PutRecord").header("content-encoding", "gzip").body(()).unwrap();
        let (answer, mut body) = client.clone().ready().await.unwrap().send_request(request, false).unwrap();
        body.send_data(Bytes::from(vec![b' '; 500_000]), false).unwrap();
        let (head, text) = read(answer).await;
        assert_eq!(head.status, StatusCode::BAD_REQUEST);
        assert!(String::from_utf8(text).unwrap().contains("MalformedHttpRequestException"));
        let reset = timeout(Duration::from_secs(2), std::future::poll_fn(|cx| body.poll_reset(cx))).await;
        assert_eq!(reset.expect("in time").expect("the connection lives"), Reason::NO_ERROR);
    }
}

#[tokio::test]
async fn headers_over_sixteen_kib_are_refused() {
    let house = House::open(quick()).await;
    let mut client = connect(&house).await;
    for (bytes, says_why) in [(17 * 1024, true), (40 * 1024, false)] {
        let request = post(&house, "PutRecord").header("x-long", "a".repeat(bytes)).body(()).unwrap();
        let (answer, _) = client.send_request(request, true).unwrap();
        let (head, body) = read(answer).await;
        assert_eq!(head.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_eq!(String::from_utf8(body).unwrap().contains("MalformedHttpRequestException"), says_why);
        client = client.ready().await.unwrap();
    }
}

/// A frame of HTTP/2 on a stream.
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("a short frame");
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
}

/// A header that no table knows.
fn literal(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).expect("a short text");
    [&[0, length(name)], name.as_bytes(), &[length(value)], value.as_bytes()].concat()
}

#[tokio::test]
async fn a_transfer_encoding_is_no_request() {
    const SETTINGS: u8 = 4;
    const HEADERS: u8 = 1;
    const END_HEADERS: u8 = 4;
    const RST_STREAM: u8 = 3;
    const PROTOCOL_ERROR: [u8; 4] = [0, 0, 0, 1];
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    // POST, http, /
    let pseudo = vec![0x83, 0x86, 0x84];
    let headers = [pseudo, literal("content-length", "2"), literal("transfer-encoding", "chunked")].concat();
    client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    client.send(&[frame(SETTINGS, 0, 0, &[]), frame(HEADERS, END_HEADERS, 1, &headers)].concat()).await;
    let refused = loop {
        let mut head = [0; 9];
        client.stream.read_exact(&mut head).await.expect("a frame");
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        client.stream.read_exact(&mut payload).await.expect("all of it");
        if head[3] == RST_STREAM {
            break payload;
        }
    };
    assert_eq!(refused, PROTOCOL_ERROR);
    assert_eq!(house.counts.latest(), None);
}

#[tokio::test]
async fn a_body_of_another_length_than_it_says_is_refused() {
    let house = House::open(quick()).await;
    let mut client = connect(&house).await;
    let request = post(&house, "PutRecord").header("content-length", "5").body(()).unwrap();
    let (answer, mut body) = client.send_request(request, false).unwrap();
    body.send_data(Bytes::from_static(b"{}"), true).unwrap();
    let answer = timeout(Duration::from_secs(2), answer).await.expect("in time");
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() == StatusCode::BAD_REQUEST));
    assert_eq!(house.door.admitted_bytes(), 0);
}

#[tokio::test]
async fn an_answer_that_nobody_takes_ends_the_connection() {
    let house = House::open(quick()).await;
    let mut client = connect(&house).await;
    let (answer, mut body) = client.send_request(post(&house, "GetRecords").body(()).unwrap(), false).unwrap();
    body.send_data(Bytes::from_static(b"{}"), true).unwrap();
    let answer = timeout(Duration::from_secs(2), answer).await.expect("in time").expect("an answer");
    // The windows are full; the rest waits, and other streams go on.
    eventually("the answer waits", || house.door.admitted_bytes() == LONG_ANSWER_BYTES as u64).await;
    let (other, mut body) = client.send_request(post(&house, "DeleteStream").body(()).unwrap(), false).unwrap();
    body.send_data(Bytes::from_static(b"{}"), true).unwrap();
    assert_eq!(read(other).await.0.status, StatusCode::OK);
    eventually("the answer is dropped", || house.door.admitted_bytes() == 0).await;
    drop(answer);
}

#[tokio::test]
async fn a_closing_door_lets_streams_finish_and_no_other_begin() {
    let mut house = House::open(quick()).await;
    let mut client = connect(&house).await;
    let (running, mut body) = client.send_request(post(&house, "DescribeLimits").body(()).unwrap(), false).unwrap();
    body.send_data(Bytes::from_static(b"{}"), true).unwrap();
    eventually("the request runs", || house.door.admitted_bytes() > 0).await;
    house.stop();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let door = house.door.clone();
    let closed = tokio::spawn(house.closed());
    assert!(client.ready().await.is_err(), "GOAWAY");
    door.interior().gate.add_permits(1);
    assert_eq!(read(running).await.0.status, StatusCode::OK);
    timeout(Duration::from_secs(1), closed).await.expect("all streams have finished").unwrap();
}
