//! Signed requests: what is refused before the body, and what after it.

use std::time::Duration;

use forebay_gateway::catalog::Credential;
use forebay_protocol::sigv4::{AmzDate, RequestHead, Secret, Signer, SigningKey, SigningScope, sign};
use forebay_protocol::words::TimestampMs;
use http::{HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};

use crate::client::{Answer, Client};
use crate::stub::{House, NOW, eventually, quick};

const KEY: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const MIB: u64 = 1 << 20;

async fn house(bounds: forebay_gateway::front_door::Bounds) -> House {
    let account = "111122223333".parse().expect("an account");
    let credential = Credential { account, secret_access_key: SECRET.to_owned(), session_token: None };
    House::open_to(bounds, KEY, credential).await
}

/// What a client signs, and where it goes wrong.
#[derive(Clone, Copy)]
struct Signing {
    key: &'static str,
    secret: &'static str,
    region: &'static str,
    at: TimestampMs,
    /// Whether the hash of the body is declared in the headers.
    declared: bool,
}

const RIGHT: Signing = Signing { key: KEY, secret: SECRET, region: "us-east-1", at: NOW, declared: false };

impl Signing {
    /// The head of a request that is signed for `body` and says it has `length` bytes.
    fn head(self, operation: &str, body: &[u8], length: u64) -> Vec<u8> {
        let date = AmzDate::of(self.at);
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("kinesis.example.com"));
        headers.insert("x-amz-date", date.as_str().parse().expect("a date"));
        headers.insert("x-amz-target", format!("Kinesis_20131202.{operation}").parse().expect("a target"));
        let hash: [u8; 32] = Sha256::digest(body).into();
        if self.declared {
            let number = hash.iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"));
            headers.insert("x-amz-content-sha256", number.parse().expect("digits"));
        }
        let signed = if self.declared {
            "host;x-amz-content-sha256;x-amz-date;x-amz-target"
        } else {
            "host;x-amz-date;x-amz-target"
        };
        let scope = SigningScope { region: self.region, service: "kinesis" };
        let key = SigningKey::derive(&Secret::new(self.secret), date.day(), scope);
        let head = RequestHead { method: "POST", path: "/", query: "", authority: None, headers: &headers };
        let with = Signer { access_key_id: self.key, key: &key, scope };
        let (name, value) = sign(with, &head, signed, &date, &hash).expect("header text");
        headers.insert(name, value);
        let mut bytes = b"POST / HTTP/1.1\r\nContent-Type: application/x-amz-json-1.1\r\n".to_vec();
        for (name, value) in &headers {
            bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        bytes.extend(format!("Content-Length: {length}\r\n\r\n").into_bytes());
        bytes
    }

    fn request(self, operation: &str, body: &[u8]) -> Vec<u8> {
        let mut request = self.head(operation, body, body.len() as u64);
        request.extend_from_slice(body);
        request
    }
}

async fn answer_to(house: &House, bytes: &[u8]) -> Answer {
    let mut client = Client::connect(house.address).await;
    client.send(bytes).await;
    client.answer().await.expect("an answer")
}

#[tokio::test]
async fn a_signed_request_is_its_keys_accounts_for_any_host() {
    let house = house(quick()).await;
    for declared in [false, true] {
        let answer = answer_to(&house, &Signing { declared, ..RIGHT }.request("ListStreams", b"{}")).await;
        assert_eq!((answer.status, answer.text()), (200, r#"{"account":"111122223333"}"#));
    }
}

#[tokio::test]
async fn what_headers_show_is_refused_before_a_byte_of_the_body() {
    let house = house(quick()).await;
    let late = TimestampMs(NOW.0 - 301_000);
    let cases = [
        (Signing { key: "AKIDUNKNOWN", ..RIGHT }, "UnrecognizedClientException"),
        (Signing { region: "eu-west-1", ..RIGHT }, "InvalidSignatureException"),
        (Signing { at: late, ..RIGHT }, "InvalidSignatureException"),
        (Signing { secret: "another", declared: true, ..RIGHT }, "InvalidSignatureException"),
    ];
    for (signing, code) in cases {
        let answer = answer_to(&house, &signing.head("PutRecord", b"{}", 1_000_000)).await;
        assert!(answer.text().contains(code), "{}", answer.text());
        assert_eq!((answer.status, answer.header("connection")), (400, Some("close")));
    }
    let unsigned =
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: 9\r\n\r\n";
    let answer = answer_to(&house, unsigned).await;
    assert_eq!(
        answer.text(),
        r#"{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}"#
    );
    eventually("nothing was admitted", || house.door.admitted_bytes() == 0).await;
}

#[tokio::test]
async fn a_body_that_was_not_signed_is_refused_before_it_is_parsed() {
    let house = house(quick()).await;
    let unreadable = b"{]";
    for declared in [false, true] {
        let mut request = Signing { declared, ..RIGHT }.head("ListStreams", b"{}", 2);
        request.extend_from_slice(unreadable);
        let answer = answer_to(&house, &request).await;
        assert!(answer.text().contains("InvalidSignatureException"), "{}", answer.text());
    }
    let answer = answer_to(&house, &Signing { secret: "another", ..RIGHT }.request("ListStreams", unreadable)).await;
    assert!(answer.text().contains("InvalidSignatureException"), "{}", answer.text());
    let answer = answer_to(&house, &RIGHT.request("Nonsense", unreadable)).await;
    assert_eq!(answer.text(), r#"{"__type":"SerializationException"}"#);
    assert_eq!(house.counts.latest(), Some((None, 400, Some("SerializationException".to_owned()))));
}

#[tokio::test]
async fn strangers_share_half_of_the_room_and_the_verified_have_the_rest() {
    let mut bounds = quick();
    bounds.admitted_bytes_max = 64 * MIB;
    bounds.body_grace = Duration::from_secs(5);
    let house = house(bounds).await;
    let mut stranger = Client::connect(house.address).await;
    stranger.send(&RIGHT.head("PutRecord", b"{}", 15 * MIB)).await;
    eventually("the stranger is admitted", || house.door.admitted_bytes() > 30 * MIB).await;
    let refused = answer_to(&house, &RIGHT.head("PutRecord", b"{}", 14 * MIB)).await;
    assert_eq!(refused.status, 503);
    let body = format!("{{{}}}", " ".repeat(14 << 20));
    let served = answer_to(&house, &Signing { declared: true, ..RIGHT }.request("PutRecord", body.as_bytes())).await;
    assert_eq!(served.status, 200);
}

#[tokio::test]
async fn a_signature_that_proves_right_makes_room_for_the_next_stranger() {
    let mut bounds = quick();
    bounds.admitted_bytes_max = 64 * MIB;
    bounds.body_grace = Duration::from_secs(5);
    let house = house(bounds).await;
    let body = format!("{{{}}}", " ".repeat(14 << 20));
    let mut running = Client::connect(house.address).await;
    running.send(&RIGHT.request("DescribeLimits", body.as_bytes())).await;
    eventually("the first is admitted", || house.door.admitted_bytes() > 28 * MIB).await;
    let served = answer_to(&house, &RIGHT.request("PutRecord", body.as_bytes())).await;
    assert_eq!(served.status, 200);
    house.door.interior().gate.add_permits(1);
    assert_eq!(running.answer().await.unwrap().status, 200);
}
