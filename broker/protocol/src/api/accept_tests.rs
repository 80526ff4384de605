//! The quick way and the way by the shape, held together over requests that are valid, odd, mutated and cut short.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::decode::Way;
use super::{ApiError, ErrorCode, Operation, Request, accept};
use crate::wire::Encoding;

/// CBOR of a JSON value: texts under `Data` become byte strings; lengths are indefinite where `open` says so.
fn cbor(value: &Value, open: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(value, false, open, &mut minicbor::Encoder::new(&mut bytes));
    bytes
}

fn encode(value: &Value, data: bool, open: bool, into: &mut minicbor::Encoder<&mut Vec<u8>>) {
    match value {
        Value::Null => into.null(),
        Value::Bool(value) => into.bool(*value),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => into.i64(integer),
            None => into.f64(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) if data => into.bytes(text.as_bytes()),
        Value::String(text) => into.str(text),
        Value::Array(items) => {
            if open { into.begin_array() } else { into.array(items.len() as u64) }.expect("a Vec");
            for item in items {
                encode(item, false, open, into);
            }
            if open { into.end() } else { Ok(into) }
        }
        Value::Object(members) => {
            if open { into.begin_map() } else { into.map(members.len() as u64) }.expect("a Vec");
            for (name, member) in members {
                into.str(name).expect("a Vec");
                encode(member, name == "Data", open, into);
            }
            if open { into.end() } else { Ok(into) }
        }
    }
    .expect("a Vec");
}

fn quick(operation: Operation, encoding: Encoding, body: &[u8]) -> Option<Request<'_>> {
    match operation {
        Operation::PutRecord => accept::put_record(encoding, body).map(Request::PutRecord),
        _ => accept::put_records(encoding, body).map(Request::PutRecords),
    }
}

fn by_shape(operation: Operation, encoding: Encoding, body: &[u8]) -> Result<Request<'_>, ApiError> {
    Request::read(operation, encoding, body, Way::ByShape)
}

/// Whatever the quick way takes, the other takes for the same, unless the base64 in it is none.
fn assert_agreement(operation: Operation, encoding: Encoding, body: &[u8]) {
    let Some(quick) = quick(operation, encoding, body) else { return };
    let shaped = by_shape(operation, encoding, body);
    if quick.has_valid_data() {
        assert_eq!(shaped, Ok(quick), "{}", String::from_utf8_lossy(body));
    } else {
        assert_eq!(shaped.map_err(|error| error.code), Err(ErrorCode::Serialization));
        assert_eq!(super::explain(operation, encoding, body).code, ErrorCode::Serialization);
    }
}

fn base64() -> impl Strategy<Value = String> {
    proptest::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| base64_simd::STANDARD.encode_to_string(bytes))
}

/// Mostly right values of the members, and values that are not.
fn text_member(right: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = Value> {
    let number = |digits: usize| proptest::collection::vec(b'0'..=b'9', 1..digits);
    let digits = number(132).prop_map(|digits| String::from_utf8(digits).expect("ASCII"));
    prop_oneof![
        8 => right.prop_map(Value::from),
        1 => digits.prop_map(Value::from),
        1 => any::<String>().prop_map(Value::from),
        1 => prop_oneof![Just(json!("")), Just(Value::Null), Just(json!(1)), Just(json!([])), Just(json!({}))],
    ]
}

fn record() -> impl Strategy<Value = Vec<(String, Value)>> {
    let member = prop_oneof![
        6 => text_member(base64()).prop_map(|value| ("Data".to_owned(), value)),
        6 => text_member("\\PC{1,300}".boxed()).prop_map(|value| ("PartitionKey".to_owned(), value)),
        2 => text_member("(0|[1-9][0-9]{0,38})".boxed()).prop_map(|value| ("ExplicitHashKey".to_owned(), value)),
        1 => Just(("Unknown".to_owned(), json!({"a": [1, {"b": null}]}))),
    ];
    proptest::collection::vec(member, 1..5)
}

fn address() -> impl Strategy<Value = Vec<(String, Value)>> {
    let member = prop_oneof![
        4 => text_member("[a-zA-Z0-9_.-]{1,130}".boxed()).prop_map(|value| ("StreamName".to_owned(), value)),
        2 => text_member(Just("arn:aws:kinesis:eu-central-1:123456789012:stream/a".to_owned()))
            .prop_map(|value| ("StreamARN".to_owned(), value)),
        2 => text_member("[a-z0-9]{20}-[a-z0-9]{3}".boxed()).prop_map(|value| ("StreamId".to_owned(), value)),
        1 => text_member("0|[1-9][0-9]{0,60}".boxed())
            .prop_map(|value| ("SequenceNumberForOrdering".to_owned(), value)),
        1 => any::<bool>().prop_map(|value| ("DryRun".to_owned(), value.into())),
        1 => Just(("DryRun".to_owned(), json!("true"))),
    ];
    proptest::collection::vec(member, 1..4)
}

/// JSON with members in the order given, doubled ones too, which a map could not hold.
fn object(members: &[(String, Value)]) -> String {
    let members: Vec<_> =
        members.iter().map(|(name, value)| format!("{}:{value}", Value::from(name.as_str()))).collect();
    format!("{{{}}}", members.join(","))
}

fn put_records_json(address: &[(String, Value)], records: &[Vec<(String, Value)>]) -> String {
    let records: Vec<_> = records.iter().map(|record| object(record)).collect();
    let address = object(address);
    format!("{{\"Records\":[{}],{}", records.join(","), &address[1..])
}

proptest! {
    #[test]
    fn both_ways_agree_on_put_records(
        address in address(),
        records in proptest::collection::vec(record(), 0..4),
        open in any::<bool>(),
    ) {
        let body = put_records_json(&address, &records);
        assert_agreement(Operation::PutRecords, Encoding::Json, body.as_bytes());
        let value: Value = serde_json::from_str(&body).expect("JSON");
        assert_agreement(Operation::PutRecords, Encoding::Cbor, &cbor(&value, open));
    }

    #[test]
    fn both_ways_agree_on_put_record(address in address(), record in record(), open in any::<bool>()) {
        let body = object(&[address, record].concat());
        assert_agreement(Operation::PutRecord, Encoding::Json, body.as_bytes());
        let value: Value = serde_json::from_str(&body).expect("JSON");
        assert_agreement(Operation::PutRecord, Encoding::Cbor, &cbor(&value, open));
    }

    #[test]
    fn both_ways_agree_on_bodies_with_a_byte_changed_or_cut_short(
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
        end in any::<proptest::sample::Index>(),
        open in any::<bool>(),
    ) {
        let value = json!({"Records": [{"Data": "YWJj", "PartitionKey": "k", "ExplicitHashKey": "17"}], "StreamName": "s"});
        for (encoding, body) in [(Encoding::Json, value.to_string().into_bytes()), (Encoding::Cbor, cbor(&value, open))] {
            let mut changed = body.clone();
            changed[at.index(body.len())] = byte;
            assert_agreement(Operation::PutRecords, encoding, &changed);
            assert_agreement(Operation::PutRecords, encoding, &body[..end.index(body.len())]);
        }
    }
}

#[test]
fn plainly_valid_requests_go_the_quick_way() {
    let record = json!({"Data": "YWJj", "PartitionKey": "k\u{1F600}\"\n", "ExplicitHashKey": "0"});
    let address =
        json!({"StreamName": "s", "StreamARN": "arn:aws:kinesis:eu-central-1:123456789012:stream/s", "DryRun": false});
    let merge = |one: &Value, other: &Value| {
        let members = one.as_object().into_iter().chain(other.as_object()).flatten();
        Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect())
    };
    let put_record = merge(&address, &record);
    let put_records = merge(&address, &json!({"Records": vec![record; 500]}));
    for (operation, value) in [(Operation::PutRecord, put_record), (Operation::PutRecords, put_records)] {
        let json = value.to_string();
        assert!(quick(operation, Encoding::Json, json.as_bytes()).is_some());
        assert_agreement(operation, Encoding::Json, json.as_bytes());
        for open in [false, true] {
            let cbor = cbor(&value, open);
            assert!(quick(operation, Encoding::Cbor, &cbor).is_some());
            assert_agreement(operation, Encoding::Cbor, &cbor);
        }
    }
}

#[test]
fn the_quick_way_copies_no_text_without_escapes() {
    let body = r#"{"Records":[{"Data":"YWJj","PartitionKey":"k"}],"StreamName":"s"}"#;
    let put = accept::put_records(Encoding::Json, body.as_bytes()).expect("valid");
    let within = |part: *const u8| body.as_bytes().as_ptr_range().contains(&part);
    assert!(within(put.records[0].partition_key.as_ptr()));
    let crate::wire::Blob::Base64(data) = &put.records[0].data else { panic!("JSON carries base64") };
    assert!(within(data.as_ptr()));
}

#[test]
fn of_a_member_given_twice_the_last_counts_either_way() {
    let record = |key: &str| format!(r#"{{"Data":"AAAA","Data":"YWJj","PartitionKey":"x","PartitionKey":"{key}"}}"#);
    let (one, two) = (record("one"), record("two"));
    let body = format!(
        r#"{{"Records":[{one},{one}],"DryRun":true,"Records":[{two}],"StreamName":"s","StreamName":"t","DryRun":false}}"#
    );
    let put = accept::put_records(Encoding::Json, body.as_bytes()).expect("valid");
    assert_eq!((put.records.len(), &*put.records[0].partition_key, put.dry_run), (1, "two", false));
    assert_agreement(Operation::PutRecords, Encoding::Json, body.as_bytes());
    let record = b"\xa2\x64Data\x40\x6cPartitionKey\x61k".as_slice();
    let records = |count: u8| [b"\x67Records", [0x80 + count].as_slice(), &record.repeat(count.into())].concat();
    let body = [b"\xa3".as_slice(), &records(2), &records(1), b"\x6aStreamName\x61s"].concat();
    assert_eq!(accept::put_records(Encoding::Cbor, &body).expect("valid").records.len(), 1);
    assert_agreement(Operation::PutRecords, Encoding::Cbor, &body);
}
