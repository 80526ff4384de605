//! What is refused by headers alone, and what every answer carries.

use crate::client::{Client, End, head, request};
use crate::stub::{House, quick};

#[tokio::test]
async fn an_answer_carries_ids_and_the_dialect_of_its_request() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    client.send(&request("PutRecord", "", "{}")).await;
    let answer = client.answer().await.unwrap();
    assert_eq!((answer.status, answer.text()), (200, r#"{"received":2}"#));
    assert_eq!(answer.header("content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(answer.header("x-amzn-requestid"), Some("00000000-0000-0000-0000-000000000001"));
    assert_eq!(answer.header("x-amz-id-2").map(str::len), Some(96));
    assert_eq!(answer.header("access-control-allow-origin"), None);
    assert_eq!(answer.header("x-forebay-durability"), None);
    assert!(answer.header("date").is_some());
}

#[tokio::test]
async fn an_operation_without_output_answers_no_bytes_of_a_known_type() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    client.send(&request("DeleteStream", "", "{}")).await;
    let answer = client.answer().await.unwrap();
    assert_eq!((answer.status, answer.text()), (200, ""));
    assert_eq!(answer.header("content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(answer.header("content-length"), Some("0"));
}

#[tokio::test]
async fn records_that_are_in_memory_only_are_said_to_be() {
    let house = House::open_in_memory().await;
    let mut client = Client::connect(house.address).await;
    client.send(&request("PutRecord", "", "{}")).await;
    assert_eq!(client.answer().await.unwrap().header("x-forebay-durability"), Some("memory"));
}

/// A request, and the status and body of its refusal.
struct Case {
    name: &'static str,
    request: &'static str,
    status: u16,
    body: &'static str,
}

const CASES: &[Case] = &[
    Case {
        name: "a length and chunks",
        request: "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n\
                  Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        status: 400,
        body: r#"{"__type":"MalformedHttpRequestException","message":"The request has both a Content-Length and a Transfer-Encoding header."}"#,
    },
    Case {
        name: "chunks and a length",
        request: "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n\
                  Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
        status: 400,
        body: r#"{"__type":"MalformedHttpRequestException","message":"The request has both a Content-Length and a Transfer-Encoding header."}"#,
    },
    Case {
        name: "an encoded body",
        request: "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n\
                  Content-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}",
        status: 400,
        body: r#"{"__type":"MalformedHttpRequestException","message":"The request has a Content-Encoding header; send the body as it is."}"#,
    },
    Case {
        name: "a body beyond the longest",
        request: "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n\
                  Content-Length: 15728641\r\n\r\n",
        status: 413,
        body: r#"{"__type":"RequestEntityTooLargeException","message":"The request's body is too large."}"#,
    },
    Case {
        name: "a health probe",
        request: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        status: 403,
        body: "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be \
               authorized</Message>\n</AccessDeniedException>\n",
    },
    Case {
        name: "a browser's preflight",
        request: "OPTIONS / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://example.com\r\n\r\n",
        status: 403,
        body: "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be \
               authorized</Message>\n</AccessDeniedException>\n",
    },
    Case {
        name: "another host",
        request: "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/x-amz-json-1.1\r\n\
                  Content-Length: 2\r\n\r\n{}",
        status: 403,
        body: r#"{"__type":"AccessDeniedException","message":"Without credentials only requests to a loopback name or address, such as localhost, are served. Configure credentials to serve others."}"#,
    },
    Case {
        name: "no body for a known target",
        request: "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: Kinesis_20131202.ListStreams\r\n\
                  Content-Type: application/x-amz-json-1.1\r\n\r\n",
        status: 400,
        body: r#"{"__type":"SerializationException"}"#,
    },
    Case {
        name: "no body and no target",
        request: "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n\
                  Content-Length: 0\r\n\r\n",
        status: 400,
        body: r#"{"__type":"UnknownOperationException"}"#,
    },
    Case {
        name: "no body in an unknown type",
        request: "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        status: 400,
        body: "\u{fffd}f__typex\u{19}UnknownOperationException\u{fffd}",
    },
    Case {
        name: "an unknown type with a target",
        request: "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: Kinesis_20131202.ListStreams\r\n\
                  Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
        status: 404,
        body: "<UnknownOperationException/>\n",
    },
    Case {
        name: "an unknown type without a target",
        request: "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
        status: 403,
        body: "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be \
               authorized</Message>\n</AccessDeniedException>\n",
    },
    Case {
        name: "plain JSON",
        request: "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        status: 400,
        body: r#"{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}"#,
    },
    Case {
        name: "an unknown target",
        request: "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n\
                  X-Amz-Target: Kinesis_20131202.Nonsense\r\nContent-Length: 2\r\n\r\n{}",
        status: 400,
        body: r#"{"__type":"UnknownOperationException","message":"Kinesis_20131202.Nonsense is no operation of Kinesis."}"#,
    },
    Case {
        name: "a body that cannot be read for an unknown target",
        request: "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n\
                  X-Amz-Target: Kinesis_20131202.Nonsense\r\nContent-Length: 1\r\n\r\n{",
        status: 400,
        body: r#"{"__type":"SerializationException"}"#,
    },
    Case {
        name: "an operation's own refusal",
        request: "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1; charset=utf-8\r\n\
                  X-Amz-Target: Kinesis_20131202.DescribeStream\r\nContent-Length: 2\r\n\r\n{}",
        status: 400,
        body: r#"{"__type":"ResourceNotFoundException","message":"no such stream"}"#,
    },
];

#[tokio::test]
async fn each_refusal_has_awss_status_and_text() {
    let house = House::open(quick()).await;
    for case in CASES {
        let mut client = Client::connect(house.address).await;
        client.send(case.request.as_bytes()).await;
        let answer = client.answer().await.unwrap_or_else(|| panic!("{}: no answer", case.name));
        assert_eq!((answer.status, &*String::from_utf8_lossy(&answer.body)), (case.status, case.body), "{}", case.name);
        assert!(answer.header("x-amzn-requestid").is_some(), "{}", case.name);
        assert!(answer.header("x-amz-id-2").is_some(), "{}", case.name);
        assert_eq!(answer.header("access-control-allow-origin"), None, "{}", case.name);
    }
}

#[tokio::test]
async fn a_length_said_twice_ends_the_connection() {
    let house = House::open(quick()).await;
    for headers in
        ["Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"]
    {
        let mut client = Client::connect(house.address).await;
        let mut smuggled = head("PutRecord", headers);
        smuggled.extend_from_slice(b"0\r\n\r\n");
        smuggled.extend_from_slice(&request("PutRecord", "", "{}"));
        client.send(&smuggled).await;
        let answer = client.answer().await.unwrap();
        assert_eq!((answer.status, answer.header("connection")), (400, Some("close")));
        assert!(answer.text().contains("both a Content-Length and a Transfer-Encoding"), "{}", answer.text());
        assert_eq!(client.answer().await, None, "what follows is not looked at");
    }
}

#[tokio::test]
async fn a_length_said_twice_is_seen_behind_other_requests() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    for _ in 0..3 {
        client.send(&request("PutRecord", "", &format!("{{{}}}", " ".repeat(100_000)))).await;
        assert_eq!(client.answer().await.unwrap().status, 200);
    }
    client.send(&head("PutRecord", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n")).await;
    assert_eq!(client.answer().await.unwrap().status, 400);
}

#[tokio::test]
async fn headers_over_sixteen_kib_are_refused() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    let fits = format!("X-Long: {}\r\n", "a".repeat(15 * 1024));
    client.send(&request("PutRecord", &fits, "{}")).await;
    assert_eq!(client.answer().await.unwrap().status, 200);
    let too_long = format!("X-Long: {}\r\n", "a".repeat(16 * 1024));
    client.send(&request("PutRecord", &too_long, "{}")).await;
    let answer = client.answer().await.unwrap();
    assert_eq!(answer.status, 431);
    assert!(answer.text().contains("MalformedHttpRequestException"));
}

#[tokio::test]
async fn what_cannot_be_read_as_a_request_gets_a_status_alone() {
    let house = House::open(quick()).await;
    let lines = "X-Line: a\r\n".repeat(101);
    for (head, status) in [(head("PutRecord", &lines), 431), (b"POST / HTTP/1.1\r\nno colon\r\n\r\n".to_vec(), 400)] {
        let mut client = Client::connect(house.address).await;
        client.send(&head).await;
        let answer = client.answer().await.unwrap();
        assert_eq!((answer.status, answer.text(), answer.header("x-amzn-requestid")), (status, "", None));
        assert_eq!(client.end().await, End::Closed);
    }
}

#[tokio::test]
async fn headers_without_an_end_are_cut_off() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    client.send(b"POST / HTTP/1.1\r\nHost: localhost\r\n").await;
    let line = [b"X-Flood: ", &[b'a'; 1000][..], b"\r\n"].concat();
    let mut sent = 0;
    while sent < 1 << 20 && tokio::io::AsyncWriteExt::write_all(&mut client.stream, &line).await.is_ok() {
        sent += line.len();
    }
    let answered = client.answer().await.map(|answer| answer.status);
    assert!(matches!(answered, None | Some(431)), "{answered:?}");
    client.end().await;
}

#[tokio::test]
async fn a_connection_keeps_alive_and_answers_pipelined_requests_in_order() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    let bodies: Vec<String> = (0..20).map(|spaces| format!("{{{}}}", " ".repeat(spaces * 1000))).collect();
    let pipelined: Vec<u8> = bodies.iter().flat_map(|body| request("PutRecord", "", body)).collect();
    client.send(&pipelined).await;
    for body in &bodies {
        let answer = client.answer().await.unwrap();
        assert_eq!(answer.text(), format!(r#"{{"received":{}}}"#, body.len()));
    }
    client.send(&request("PutRecord", "Connection: close\r\n", "{}")).await;
    assert_eq!(client.answer().await.unwrap().status, 200);
    assert_eq!(client.end().await, End::Closed);
}

#[tokio::test]
async fn twelve_digits_of_an_access_key_are_the_account() {
    let house = House::open(quick()).await;
    let mut client = Client::connect(house.address).await;
    let cases = [("", "000000000000"), ("111122223333", "111122223333"), ("AKIDEXAMPLE", "000000000000")];
    for (key, account) in cases {
        let authorization = format!(
            "Authorization: AWS4-HMAC-SHA256 Credential={key}/20261122/us-east-1/kinesis/aws4_request, \
             SignedHeaders=host, Signature=00\r\n"
        );
        client.send(&request("ListStreams", if key.is_empty() { "" } else { &authorization }, "{}")).await;
        assert_eq!(client.answer().await.unwrap().text(), format!(r#"{{"account":"{account}"}}"#));
    }
}
