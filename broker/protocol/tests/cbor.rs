//! The dialect that no model describes: what Amazon's Java SDK sends, and what else a CBOR body may hold.

use forebay_protocol::api::{self, ApiError, ErrorCode, Operation, PutRecord, Request, StartingPosition};
use forebay_protocol::wire::{Blob, Encoding};
use forebay_protocol::words::TimestampMs;
use minicbor::Encoder;
use minicbor::data::Tag;

type Into<'b> = Encoder<&'b mut Vec<u8>>;

/// A map of indefinite length whose members a test writes.
fn body(members: impl FnOnce(&mut Into<'_>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut cbor = Encoder::new(&mut bytes);
    cbor.begin_map().expect("a Vec");
    members(&mut cbor);
    cbor.end().expect("a Vec");
    bytes
}

fn starting_at(encoding: Encoding, body: &[u8]) -> Result<StartingPosition, ApiError> {
    match api::decode(Operation::GetShardIterator, encoding, body)? {
        Request::GetShardIterator(request) => request.start,
        other => panic!("{other:?}"),
    }
}

fn at_timestamp(timestamp: impl FnOnce(&mut Into<'_>)) -> Result<StartingPosition, ApiError> {
    let body = body(|cbor| {
        for (name, value) in [("StreamName", "s"), ("ShardId", "0"), ("ShardIteratorType", "AT_TIMESTAMP")] {
            cbor.str(name).and_then(|cbor| cbor.str(value)).expect("a Vec");
        }
        cbor.str("Timestamp").expect("a Vec");
        timestamp(cbor);
    });
    starting_at(Encoding::Cbor, &body)
}

const MOMENT: TimestampMs = TimestampMs(1_700_000_000_123);

#[test]
fn a_timestamp_is_integer_milliseconds_or_seconds_with_a_fraction() {
    let expected = Ok(StartingPosition::AtTimestamp(MOMENT));
    let epoch = Tag::new(1);
    assert_eq!(at_timestamp(|cbor| drop(cbor.tag(epoch).and_then(|cbor| cbor.u64(MOMENT.0)))), expected);
    assert_eq!(at_timestamp(|cbor| drop(cbor.u64(MOMENT.0))), expected, "untagged");
    assert_eq!(at_timestamp(|cbor| drop(cbor.tag(epoch).and_then(|cbor| cbor.f64(1_700_000_000.123)))), expected);
    let whole = Ok(StartingPosition::AtTimestamp(TimestampMs(1_700_000_000_000)));
    assert_eq!(at_timestamp(|cbor| drop(cbor.tag(epoch).and_then(|cbor| cbor.f64(1.7e9)))), whole);
    let before = Ok(StartingPosition::AtTimestamp(TimestampMs(0)));
    assert_eq!(at_timestamp(|cbor| drop(cbor.tag(epoch).and_then(|cbor| cbor.i64(-5)))), before, "before the epoch");
    let text = at_timestamp(|cbor| drop(cbor.str("now"))).expect_err("a text");
    assert_eq!(text.message, "class java.lang.String can not be converted to milliseconds since epoch");
}

#[test]
fn the_same_timestamp_in_json_is_seconds() {
    let at = |timestamp: &str| {
        let body =
            format!(r#"{{"StreamName":"s","ShardId":"0","ShardIteratorType":"AT_TIMESTAMP","Timestamp":{timestamp}}}"#);
        starting_at(Encoding::Json, body.as_bytes())
    };
    assert_eq!(at("1700000000.123"), Ok(StartingPosition::AtTimestamp(MOMENT)));
    assert_eq!(at("1.700000000123E9"), Ok(StartingPosition::AtTimestamp(MOMENT)));
    assert_eq!(at("1700000000"), Ok(StartingPosition::AtTimestamp(TimestampMs(1_700_000_000_000))));
    assert_eq!(at("-0.5"), Ok(StartingPosition::AtTimestamp(TimestampMs(0))));
    assert_eq!(at("1e300"), Ok(StartingPosition::AtTimestamp(TimestampMs(i64::MAX.unsigned_abs()))));
}

fn put(data: impl FnOnce(&mut Into<'_>)) -> Vec<u8> {
    body(|cbor| {
        cbor.str("StreamName").and_then(|cbor| cbor.str("s")).expect("a Vec");
        cbor.str("PartitionKey").and_then(|cbor| cbor.str("k")).expect("a Vec");
        cbor.str("Data").expect("a Vec");
        data(cbor);
    })
}

fn data(body: &[u8]) -> Result<Blob<'_>, ApiError> {
    match api::decode(Operation::PutRecord, Encoding::Cbor, body)? {
        Request::PutRecord(PutRecord { record, .. }) => Ok(record.data),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_byte_string_is_the_bytes_and_never_base64() {
    assert_eq!(data(&put(|cbor| drop(cbor.bytes(b"YWJj")))), Ok(Blob::Raw(b"YWJj".into())));
    let parts = put(|cbor| {
        let parts = cbor.begin_bytes().and_then(|cbor| cbor.bytes(b"ab")).and_then(|cbor| cbor.bytes(b"c"));
        parts.and_then(|cbor| cbor.end()).expect("a Vec");
    });
    assert_eq!(data(&parts), Ok(Blob::Raw(b"abc".into())));
    let refused = data(&put(|cbor| drop(cbor.str("YWJj")))).expect_err("a text").message;
    assert_eq!(refused, "class java.lang.String can not be converted to a Blob");
}

#[test]
fn other_types_are_refused_by_their_java_names() {
    let key = |key: &dyn Fn(&mut Into<'_>)| {
        let body = body(|cbor| {
            cbor.str("StreamName").expect("a Vec");
            key(cbor);
        });
        api::decode(Operation::DescribeStream, Encoding::Cbor, &body).map(drop).map_err(|error| error.message)
    };
    let refused = |class: &str| Err(format!("{class} can not be converted to an String").into());
    assert_eq!(key(&|cbor| drop(cbor.bytes(b"s"))), refused("class java.nio.HeapByteBuffer"));
    assert_eq!(key(&|cbor| drop(cbor.bool(true))), refused("class java.lang.Boolean"));
    assert_eq!(
        key(&|cbor| drop(cbor.u64(7))),
        refused("class com.amazon.coral.value.json.numbers.TruncatingBigNumber")
    );
    assert_eq!(key(&|cbor| drop(cbor.begin_str().and_then(|cbor| cbor.str("a")).and_then(|cbor| cbor.end()))), Ok(()));
    assert_eq!(key(&|cbor| drop(cbor.tag(Tag::new(55_799)).and_then(|cbor| cbor.str("s")))), Ok(()), "any tag");
}

#[test]
fn undefined_and_null_count_as_absent() {
    let absent = api::decode(Operation::DescribeStream, Encoding::Cbor, b"\xa0").expect_err("no stream");
    for value in [b"\xf6", b"\xf7"] {
        let body = [b"\xa1\x6aStreamName".as_slice(), value].concat();
        assert_eq!(api::decode(Operation::DescribeStream, Encoding::Cbor, &body), Err(absent.clone()));
    }
}

#[test]
fn what_no_shape_names_is_passed_over_but_must_be_well_formed() {
    let with = |value: &[u8]| {
        let body = [b"\xbf\x61x".as_slice(), value, b"\x6aStreamName\x61s\xff"].concat();
        api::decode(Operation::DescribeStream, Encoding::Cbor, &body).map(drop).map_err(|error| error.code)
    };
    let nested = b"\xbf\x61a\x9f\x01\x82\x02\xa1\x03\xf5\xff\x61b\x5f\x41x\xff\xff";
    for value in [b"\x18\xff".as_slice(), b"\xf9\x3c\x00", b"\xfb\x3f\xf0\0\0\0\0\0\0", b"\xc2\x41\x01", nested] {
        assert_eq!(with(value), Ok(()), "{value:x?}");
    }
    for value in [b"\xff".as_slice(), b"\x81\xff", b"\x1c", b"\x62a", b"\xa1\x61a"] {
        assert_eq!(with(value), Err(ErrorCode::Serialization), "{value:x?}");
    }
}
