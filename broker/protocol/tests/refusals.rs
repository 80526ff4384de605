//! What AWS was recorded to answer to requests that break its types and limits, text by text.

use forebay_protocol::api::{self, ErrorCode, Operation};
use forebay_protocol::wire::Encoding;
use serde_json::{Value, json};

/// As the gateway asks: invalid base64 is found last and explained then.
fn refusal(operation: Operation, body: &Value) -> (ErrorCode, String) {
    let text = body.to_string();
    let error = match api::decode(operation, Encoding::Json, text.as_bytes()) {
        Err(error) => error,
        Ok(request) => {
            assert!(!request.has_valid_data(), "accepted: {text}");
            api::explain(operation, Encoding::Json, text.as_bytes())
        }
    };
    (error.code, error.message.into_owned())
}

fn serialization(operation: Operation, body: &Value) -> String {
    let (code, text) = refusal(operation, body);
    assert_eq!(code, ErrorCode::Serialization, "{body}");
    text
}

fn validation(operation: Operation, body: &Value) -> String {
    let (code, text) = refusal(operation, body);
    assert_eq!(code, ErrorCode::Validation, "{body}: {text}");
    text
}

/// The violations after `N validation errors detected: `.
fn violations(operation: Operation, body: &Value) -> Vec<String> {
    let text = validation(operation, body);
    let (head, all) = text.split_once(" detected: ").expect("a list of violations");
    let all: Vec<String> = all.split("; ").map(str::to_owned).collect();
    let plural = if all.len() == 1 { "" } else { "s" };
    assert_eq!(head, format!("{} validation error{plural}", all.len()));
    all
}

const NUMBER: &str = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber";

#[test]
fn a_member_of_the_wrong_type_is_refused_in_java_words() {
    let list = "Start of list found where not expected";
    let map = "Start of structure or map found where not expected.";
    let numbers = [json!(23), json!(-2_147_483_648_i64), json!(2_147_483_648_i64), json!(34.56)];
    let text = |value: Value| serialization(Operation::DeleteStream, &json!({"StreamName": value}));
    assert_eq!(text(json!(true)), "class java.lang.Boolean can not be converted to an String");
    assert_eq!((text(json!([])), text(json!({}))), (list.to_owned(), map.to_owned()));
    for number in &numbers {
        assert_eq!(text(number.clone()), format!("{NUMBER} can not be converted to an String"));
    }
    let integer = |value: Value| serialization(Operation::CreateStream, &json!({"ShardCount": value}));
    assert_eq!(integer(json!("23")), "class java.lang.String can not be converted to an Integer");
    assert_eq!(integer(json!(true)), "class java.lang.Boolean can not be converted to an Integer");
    assert_eq!((integer(json!([])), integer(json!({}))), (list.to_owned(), map.to_owned()));
    let moment = |value: Value| serialization(Operation::ListShards, &json!({"StreamCreationTimestamp": value}));
    assert_eq!(moment(json!("x")), "class java.lang.String can not be converted to milliseconds since epoch");
    assert_eq!(moment(json!(true)), "class java.lang.Boolean can not be converted to milliseconds since epoch");
    let boolean = |value: Value| serialization(Operation::DeleteStream, &json!({"EnforceConsumerDeletion": value}));
    assert_eq!(boolean(json!("hello")), "'HELLO' can not be converted to an Boolean");
    assert_eq!(boolean(json!(23)), format!("{NUMBER} can not be converted to an Boolean"));
    let records = |value: Value| serialization(Operation::PutRecords, &json!({"Records": value}));
    for scalar in [json!("23"), json!(true), json!(23)] {
        assert_eq!(records(scalar.clone()), "Expected list or null");
        assert_eq!(records(json!([scalar.clone()])), "Expected null");
        assert_eq!(serialization(Operation::AddTagsToStream, &json!({"Tags": scalar})), "Expected map or null");
    }
    assert_eq!(records(json!({})), map);
    assert_eq!(records(json!([[]])), list);
    assert_eq!(serialization(Operation::AddTagsToStream, &json!({"Tags": []})), list);
    assert_eq!(
        serialization(Operation::AddTagsToStream, &json!({"Tags": {"a": true}})),
        "class java.lang.Boolean can not be converted to an String"
    );
}

#[test]
fn base64_is_refused_for_the_first_thing_that_is_wrong_with_it() {
    let table = [
        ("23456", "Base64 encoded length is expected a multiple of 4 bytes but found: 5"),
        ("=+/=", "Invalid Base64 character: '='"),
        ("ab-_", "Invalid Base64 character: '-'"),
        ("+/+=", "Invalid last non-pad Base64 character dectected"),
    ];
    for (data, fault) in table {
        let expected = format!("'{data}' can not be converted to a Blob: {fault}");
        let record = json!({"Data": data, "PartitionKey": "a"});
        assert_eq!(serialization(Operation::PutRecords, &json!({"StreamName": "a", "Records": [record]})), expected);
        assert_eq!(serialization(Operation::PutRecord, &json!({"StreamName": "", "Data": data})), expected);
    }
    assert_eq!(
        serialization(Operation::PutRecord, &json!({"Data": true})),
        "class java.lang.Boolean can not be converted to a Blob"
    );
    assert_eq!(
        serialization(Operation::PutRecord, &json!({"Data": 23})),
        format!("{NUMBER} can not be converted to a Blob")
    );
}

#[test]
fn a_body_that_cannot_be_read_is_refused_without_a_text() {
    for body in ["", "hello", "{", "{}{}", "null", "true", "1", "\"a\"", "{\"StreamName\":\"\\ud800\"}"] {
        let error = api::decode(Operation::DeleteStream, Encoding::Json, body.as_bytes()).expect_err(body);
        assert_eq!((error.code, &*error.message), (ErrorCode::Serialization, ""), "{body}");
    }
    for body in [&b""[..], b"\xff", b"\xbf", b"\xa1", b"\xf6", b"\x01", b"\xa1\x61a\xff", b"\xa0\xa0"] {
        let error = api::decode(Operation::DeleteStream, Encoding::Cbor, body).expect_err("unreadable");
        assert_eq!((error.code, &*error.message), (ErrorCode::Serialization, ""), "{body:x?}");
    }
}

#[test]
fn a_list_for_a_body_is_a_type_error() {
    assert_eq!(serialization(Operation::DeleteStream, &json!([])), "Start of list found where not expected");
}

const NULL: &str = "failed to satisfy constraint: Member must not be null";
const NAME_PATTERN: &str = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
const NOT_EMPTY: &str = "Member must have length greater than or equal to 1";

#[test]
fn missing_members_are_violations_in_the_shapes_order() {
    assert_eq!(
        violations(Operation::PutRecord, &json!({})),
        [format!("Value null at 'partitionKey' {NULL}"), format!("Value null at 'data' {NULL}")]
    );
    assert_eq!(
        violations(Operation::GetShardIterator, &json!({"ShardId": null})),
        [format!("Value null at 'shardId' {NULL}"), format!("Value null at 'shardIteratorType' {NULL}")]
    );
    assert_eq!(violations(Operation::PutRecords, &json!({})), [format!("Value null at 'records' {NULL}")]);
    assert_eq!(
        violations(Operation::PutRecords, &json!({"StreamName": "a", "Records": [null]})),
        [format!("Value null at 'records.1.member' {NULL}")]
    );
    assert_eq!(
        violations(Operation::ListShards, &json!({"StreamName": "a", "ShardFilter": {}})),
        [format!("Value null at 'shardFilter.type' {NULL}")]
    );
}

#[test]
fn empty_texts_break_their_pattern_before_their_length() {
    let body = json!({"StreamName": "", "ShardIteratorType": "", "ShardId": "", "StartingSequenceNumber": ""});
    let at = |path: &str, constraint: &str| format!("Value '' at '{path}' failed to satisfy constraint: {constraint}");
    assert_eq!(
        violations(Operation::GetShardIterator, &body),
        [
            at("shardId", NAME_PATTERN),
            at("shardId", NOT_EMPTY),
            at(
                "shardIteratorType",
                "Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, \
                 AT_SEQUENCE_NUMBER, TRIM_HORIZON]"
            ),
            at("startingSequenceNumber", r"Member must satisfy regular expression pattern: 0|([1-9]\d{0,128})"),
            at("streamName", NAME_PATTERN),
            at("streamName", NOT_EMPTY),
        ]
    );
    let body = json!({"StreamName": "", "Records": [{"PartitionKey": "", "Data": "", "ExplicitHashKey": ""}]});
    assert_eq!(
        violations(Operation::PutRecords, &body),
        [
            at("records.1.member.partitionKey", NOT_EMPTY),
            at(
                "records.1.member.explicitHashKey",
                r"Member must satisfy regular expression pattern: 0|([1-9]\d{0,38})"
            ),
            at("streamName", NAME_PATTERN),
            at("streamName", NOT_EMPTY),
        ]
    );
}

#[test]
fn values_beyond_their_limits_are_repeated_as_java_prints_them() {
    let name = "a".repeat(129);
    assert_eq!(
        violations(Operation::CreateStream, &json!({"StreamName": name, "ShardCount": 0})),
        [
            "Value '0' at 'shardCount' failed to satisfy constraint: Member must have value greater than or equal to 1"
                .to_owned(),
            format!(
                "Value '{name}' at 'streamName' failed to satisfy constraint: Member must have length less than or \
                 equal to 128"
            ),
        ]
    );
    assert_eq!(
        violations(Operation::ListShards, &json!({"StreamName": "a", "MaxResults": 100_000_000_000_i64})),
        ["Value '2147483647' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal \
          to 10000"]
    );
    let data = base64_simd::STANDARD.encode_to_string(vec![0; 10_485_761]);
    assert_eq!(
        violations(Operation::PutRecord, &json!({"StreamName": "a", "PartitionKey": "a", "Data": data})),
        ["Value 'java.nio.HeapByteBuffer[pos=0 lim=10485761 cap=10485761]' at 'data' failed to satisfy constraint: \
          Member must have length less than or equal to 10485760"]
    );
    assert_eq!(
        violations(Operation::PutRecords, &json!({"StreamName": "a", "Records": []})),
        [format!("Value '[]' at 'records' failed to satisfy constraint: {NOT_EMPTY}")]
    );
}

#[test]
fn elements_of_simple_lists_and_maps_are_one_violation_of_the_whole() {
    let key = "k".repeat(129);
    let lengths =
        "[Member must have length less than or equal to 128, Member must have length greater than or equal to 1]";
    assert_eq!(
        validation(Operation::RemoveTagsFromStream, &json!({"StreamName": "a", "TagKeys": ["a", key]})),
        format!(
            "1 validation error detected: Value '[a, {key}]' at 'tagKeys' failed to satisfy constraint: Member must \
             satisfy constraint: {lengths}"
        )
    );
    assert_eq!(
        validation(Operation::AddTagsToStream, &json!({"StreamName": "a", "Tags": {"a": "1", &key: "2"}})),
        format!(
            "1 validation error detected: Value '{{a=1, {key}=2}}' at 'tags' failed to satisfy constraint: Map keys \
             must satisfy constraint: {lengths}"
        )
    );
    let value = "v".repeat(257);
    assert_eq!(
        validation(Operation::AddTagsToStream, &json!({"StreamName": "a", "Tags": {"a": value}})),
        format!(
            "1 validation error detected: Value '{{a={value}}}' at 'tags' failed to satisfy constraint: Map value must \
             satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater \
             than or equal to 0]"
        )
    );
    assert_eq!(
        validation(Operation::EnableEnhancedMonitoring, &json!({"StreamName": "a", "ShardLevelMetrics": ["x"]})),
        "1 validation error detected: Value '[x]' at 'shardLevelMetrics' failed to satisfy constraint: Member must \
         satisfy constraint: [Member must satisfy enum value set: [IncomingBytes, IncomingRecords, OutgoingBytes, \
         OutgoingRecords, WriteProvisionedThroughputExceeded, ReadProvisionedThroughputExceeded, \
         IteratorAgeMilliseconds, ALL]]"
    );
}

#[test]
fn violations_are_counted_up_to_ten() {
    let records = vec![json!({"PartitionKey": "", "Data": ""}); 501];
    let found = violations(Operation::PutRecords, &json!({"StreamName": "", "Records": records}));
    assert_eq!(found.len(), 10);
    assert!(found[0].starts_with("Value '[com.amazonaws.kinesis.v20131202.PutRecordsRequestEntry@"), "{}", found[0]);
    assert!(
        found[0]
            .ends_with("at 'records' failed to satisfy constraint: Member must have length less than or equal to 500")
    );
    assert_eq!(
        found[9],
        format!("Value '' at 'records.9.member.partitionKey' failed to satisfy constraint: {NOT_EMPTY}")
    );
}

#[test]
fn a_malformed_stream_id_is_a_violation_even_beside_a_name() {
    assert_eq!(
        violations(Operation::DescribeStreamSummary, &json!({"StreamName": "a", "StreamId": "nope"})),
        ["Value 'nope' at 'streamId' failed to satisfy constraint: Member must satisfy regular expression pattern: \
          [a-z0-9]{20}-[a-z0-9]{3}"]
    );
}

#[test]
fn what_the_shapes_cannot_say_is_an_invalid_argument() {
    let iterator = |kind: &str, number: Option<&str>| {
        let body =
            json!({"StreamName": "a", "ShardId": "0", "ShardIteratorType": kind, "StartingSequenceNumber": number});
        let body = body.to_string();
        let request = api::decode(Operation::GetShardIterator, Encoding::Json, body.as_bytes()).expect("valid so far");
        let api::Request::GetShardIterator(request) = request else { panic!("another operation") };
        request.start.expect_err("refused").message.into_owned()
    };
    let expected = |kind: &str, given: &str| {
        format!(
            "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) \
             TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified {kind} and {given} \
             StartingSequenceNumber."
        )
    };
    for kind in ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"] {
        assert_eq!(iterator(kind, None), expected(kind, "no"));
    }
    for kind in ["LATEST", "TRIM_HORIZON"] {
        assert_eq!(iterator(kind, Some("5")), expected(kind, "also a"));
    }
    assert_eq!(
        iterator("AT_TIMESTAMP", None),
        "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp \
         parameter."
    );
    let table = [
        (Operation::ListShards, json!({}), "Either NextToken or StreamName should be provided."),
        (
            Operation::ListShards,
            json!({"StreamName": "a", "NextToken": "t"}),
            "NextToken and StreamName cannot be provided together.",
        ),
        (
            Operation::ListShards,
            json!({"NextToken": "t", "ExclusiveStartShardId": "0"}),
            "NextToken and ExclusiveStartShardId cannot be provided together.",
        ),
        (Operation::DescribeStream, json!({}), "Either StreamName or StreamARN must be provided."),
        (
            Operation::CreateStream,
            json!({"StreamName": "a", "StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "WarmThroughputMiBps": 1}),
            "WarmThroughputMiBps is not implemented by this server.",
        ),
        (
            Operation::DescribeStreamConsumer,
            json!({"ConsumerName": "c"}),
            "Either ConsumerARN or both StreamARN and ConsumerName must be provided.",
        ),
    ];
    for (operation, body, text) in table {
        assert_eq!(refusal(operation, &body), (ErrorCode::InvalidArgument, text.to_owned()), "{body}");
    }
}

#[test]
fn an_absent_operation_answers_by_its_name_whatever_its_body() {
    for operation in Operation::ALL.iter().filter(|operation| operation.input().is_none()) {
        let error = api::decode(*operation, Encoding::Json, b"not even JSON").expect_err("absent");
        assert_eq!(error.code, ErrorCode::UnknownOperation);
        assert_eq!(error.message, format!("{} is not implemented by this server.", operation.name()));
    }
}
