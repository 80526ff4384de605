//! Bodies that nobody meant well: whatever the bytes, an answer and no panic.

mod golden;

use forebay_protocol::api::{self, ErrorCode, Operation};
use forebay_protocol::wire::{Encoding, Pattern};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// The golden requests: operation, dialect, body.
fn requests() -> Vec<(Operation, Encoding, Vec<u8>)> {
    let files = Operation::ALL.iter().flat_map(|operation| golden::ENCODINGS.map(|encoding| (*operation, encoding)));
    let bodies = files.filter_map(|(operation, encoding)| {
        let path = golden::path(operation.name(), "request", encoding);
        std::fs::read(path).ok().map(|body| (operation, encoding, body))
    });
    let requests: Vec<_> = bodies.collect();
    assert!(requests.len() >= 40, "the golden requests are there");
    requests
}

/// Reads a body as the gateway does; an answer must come of it, in either dialect.
fn answer(operation: Operation, encoding: Encoding, body: &[u8]) {
    let error = match api::decode(operation, encoding, body) {
        Ok(request) if request.has_valid_data() => return,
        Ok(_) => api::explain(operation, encoding, body),
        Err(error) => error,
    };
    let expected = [ErrorCode::Serialization, ErrorCode::Validation, ErrorCode::InvalidArgument];
    let absent = operation.input().is_none() && error.code == ErrorCode::UnknownOperation;
    assert!(expected.contains(&error.code) || absent, "{error}");
    assert!(!error.encode(Encoding::Cbor).is_empty());
    let json: serde_json::Value = serde_json::from_slice(&error.encode(Encoding::Json)).expect("an error is JSON");
    assert_eq!(json["__type"], error.code.name());
}

fn encoding() -> impl Strategy<Value = Encoding> {
    select(&golden::ENCODINGS[..])
}

proptest! {
    #[test]
    fn random_bytes_get_an_answer(
        operation in select(Operation::ALL),
        encoding in encoding(),
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        answer(operation, encoding, &body);
    }

    #[test]
    fn requests_cut_short_and_changed_get_an_answer(
        request in select(requests()),
        end in any::<Index>(),
        changes in proptest::collection::vec((any::<Index>(), any::<u8>()), 0..6),
    ) {
        let (operation, encoding, mut body) = request;
        for (at, byte) in changes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        answer(operation, encoding, &body);
        answer(operation, encoding, &body[..end.index(body.len() + 1)]);
    }

    #[test]
    fn requests_spliced_into_one_another_get_an_answer(
        one in select(requests()),
        other in select(requests()),
        cut in any::<Index>(),
        paste in any::<Index>(),
    ) {
        let (operation, encoding, body) = one;
        let (_, _, donor) = other;
        let spliced = [&body[..cut.index(body.len())], &donor[paste.index(donor.len())..]].concat();
        answer(operation, encoding, &spliced);
    }

    #[test]
    fn a_pattern_matches_what_a_regular_expression_engine_says(
        pattern in select(&Pattern::ALL[..]),
        parts in proptest::collection::vec(select(PARTS), 0..12),
    ) {
        let text = parts.concat();
        let regex = regex::bytes::RegexBuilder::new(&format!("^(?:{})$", pattern.text().replace(r"\/", "/")));
        let regex = { regex }.unicode(false).build().expect("a regular expression");
        prop_assert_eq!(pattern.matches(&text), regex.is_match(text.as_bytes()), "{}", text);
    }

    #[test]
    fn an_arn_with_a_change_matches_what_a_regular_expression_engine_says(
        pattern in select(&Pattern::ALL[..]),
        arn in select(ARNS),
        at in any::<Index>(),
        part in select(PARTS),
        replaced in 0_usize..3,
    ) {
        let at = at.index(arn.len() + 1);
        let text = format!("{}{part}{}", &arn[..at], arn.get(at + replaced..).unwrap_or_default());
        let regex = regex::bytes::RegexBuilder::new(&format!("^(?:{})$", pattern.text().replace(r"\/", "/")));
        let regex = { regex }.unicode(false).build().expect("a regular expression");
        prop_assert_eq!(pattern.matches(&text), regex.is_match(text.as_bytes()), "{}", text);
    }
}

/// What ARNs, names and numbers are made of.
const PARTS: &[&str] = &[
    "",
    "arn",
    ":",
    "aws",
    "arn:aws",
    ":kinesis:",
    "eu-1",
    ":123456789012",
    "123456789012:",
    ":stream/",
    "stream/",
    "queue/",
    "channel/",
    "/consumer/",
    "a",
    "Z9_.-",
    "0",
    "12",
    "-",
    " ",
    "\n",
    "\t",
    "/",
    "abcdefghij0123456789",
    "abc",
];

const ARNS: &[&str] = &[
    "arn:aws:kinesis:eu-central-1:123456789012:stream/orders",
    "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/orders/consumer/app.1:1700000000",
    "arn:aws:kinesis::123456789012:stream/a:stream/:123456789012:stream/b",
    "arn:aws:kinesis:x:123456789012:channel/a b/queue/c",
    "abcdefghij0123456789-xyz",
    "340282366920938463463374607431768211456",
];

#[test]
fn nesting_without_end_is_refused() {
    let deep = 200_000;
    for member in ["StreamName", "Unknown", "Tags", "Records"] {
        for operation in [Operation::PutRecords, Operation::AddTagsToStream] {
            let json = format!("{{\"{member}\":{}", "[".repeat(deep));
            answer(operation, Encoding::Json, json.as_bytes());
            let json = format!("{{\"{member}\":{}", "{\"a\":".repeat(deep));
            answer(operation, Encoding::Json, json.as_bytes());
            for open in [b"\x81".as_slice(), b"\x9f", b"\xa1\x61a", b"\xbf\x61a", b"\xc1"] {
                let name = [&[0x60 + u8::try_from(member.len()).expect("short")], member.as_bytes()].concat();
                let body = [b"\xa1".as_slice(), &name, &open.repeat(deep)].concat();
                answer(operation, Encoding::Cbor, &body);
            }
        }
    }
}
