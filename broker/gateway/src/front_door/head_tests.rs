use http::Request;
use http::header::HOST;

use super::*;

fn bounds() -> Bounds {
    Bounds::within(Bounds::MEMORY_BYTES_MIN).expect("enough")
}

/// A valid head with headers put over it; an empty value takes one away.
fn head(over: &[(&'static str, &str)]) -> Parts {
    let valid =
        [("host", "localhost"), ("content-type", "application/x-amz-json-1.1"), (TARGET, "Kinesis_20131202.PutRecord")];
    let mut parts = Request::post("/").body(()).unwrap().into_parts().0;
    for (name, value) in valid.iter().chain(over) {
        match *value {
            "" => drop(parts.headers.remove(*name)),
            value => drop(parts.headers.insert(*name, value.parse().unwrap())),
        }
    }
    parts
}

fn given() -> Circumstances {
    Circumstances { hosts: Hosts::Loopback, framing_refused: false, length: Some(2), target: Target::Known }
}

fn refused(over: &[(&'static str, &str)], given: Circumstances) -> Option<Refusal> {
    let head = head(over);
    let target = Target::of(&operation(&head));
    check(&head, Circumstances { target, ..given }, &bounds()).err()
}

#[test]
fn what_is_wrong_is_looked_for_in_this_order() {
    let long = "a".repeat(16 * 1024);
    // Each fault, with all the later ones beside it, is the one that is named.
    let faults: [(&'static str, &str); 5] = [
        ("x-long", &long),
        (CONTENT_ENCODING.as_str(), "gzip"),
        ("host", "example.com"),
        (TARGET, ""),
        ("content-type", ""),
    ];
    let zero = Circumstances { framing_refused: true, length: Some(0), ..given() };
    assert_eq!(refused(&faults, zero), Some(Refusal::HeadTooLarge));
    assert_eq!(refused(&faults[1..], zero), Some(Refusal::BothFramings));
    let zero = Circumstances { framing_refused: false, ..zero };
    assert_eq!(refused(&faults[1..], zero), Some(Refusal::ContentEncoding));
    let large = Circumstances { length: Some(bounds().body_bytes_max + 1), ..given() };
    assert_eq!(refused(&faults[2..], large), Some(Refusal::BodyTooLarge));
    let mut get = head(&faults[2..]);
    get.method = Method::GET;
    assert_eq!(check(&get, zero, &bounds()).unwrap_err(), Refusal::Method);
    assert_eq!(refused(&faults[2..], zero), Some(Refusal::Host));
    assert_eq!(refused(&faults[3..], zero), Some(Refusal::NoBody(Target::Unknown)));
    assert_eq!(refused(&faults[4..], zero), Some(Refusal::NoBody(Target::Known)));
    assert_eq!(refused(&faults[4..], given()), Some(Refusal::ContentType(OtherContentType::Targeted)));
    assert_eq!(refused(&faults[3..], given()), Some(Refusal::ContentType(OtherContentType::Untargeted)));
    assert_eq!(refused(&[], given()), None);
}

#[test]
fn a_length_up_to_the_longest_or_not_known_yet_is_let_in() {
    for length in [Some(1), Some(bounds().body_bytes_max), None] {
        assert_eq!(refused(&[], Circumstances { length, ..given() }), None);
    }
}

#[test]
fn signed_requests_are_for_any_host() {
    assert_eq!(refused(&[("host", "example.com")], Circumstances { hosts: Hosts::Any, ..given() }), None);
}

#[test]
fn a_target_that_is_unknown_is_let_in_to_have_its_body_read() {
    assert_eq!(refused(&[(TARGET, "Kinesis_20131202.Nonsense")], given()), None);
}

#[test]
fn only_an_access_key_of_twelve_digits_is_an_account() {
    let of = |authorization: &str| account(&head(&[("authorization", authorization)])).map(|id| id.to_string());
    let named = |key: &str| of(&format!("AWS4-HMAC-SHA256 Credential={key}/20261122/us-east-1/kinesis/aws4_request"));
    assert_eq!(named("111122223333").as_deref(), Some("111122223333"));
    for key in ["", "AKIDEXAMPLE", "11112222333", "1111222233334"] {
        assert_eq!(named(key), None, "{key}");
    }
    for other in ["", "Basic 111122223333", "Credential=111122223333", "Credential="] {
        assert_eq!(of(other), None, "{other}");
    }
}

#[test]
fn the_size_of_a_head_is_that_of_its_bytes_on_the_wire() {
    let text = "POST /a?b HTTP/1.1\r\nhost: localhost\r\nx-b: c\r\n\r\n";
    let parts = Request::post("/a?b").header(HOST, "localhost").header("x-b", "c").body(()).unwrap().into_parts().0;
    let request_line_rest = " ".len() + " HTTP/1.1\r\n".len() + "\r\n".len();
    assert_eq!(size_bytes(&parts) + request_line_rest, text.len());
}
