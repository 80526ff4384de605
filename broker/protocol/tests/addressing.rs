//! How requests name their stream, consumer or resource.

use forebay_protocol::api::{self, ConsumerRef, ErrorCode, Operation, Request, StreamRef};
use forebay_protocol::wire::Encoding;
use serde_json::{Value, json};

const ARN: &str = "arn:aws:kinesis:eu-central-1:123456789012:stream/orders";
const OTHER_ACCOUNT: &str = "arn:aws-cn:kinesis:cn-north-1:000000000001:stream/orders";
const CONSUMER: &str = "arn:aws:kinesis:eu-central-1:123456789012:stream/orders/consumer/app:1700000000";
const ID: &str = "abcdefghij0123456789-xyz";

fn stream(body: &Value) -> Result<StreamRef, ErrorCode> {
    match api::decode(Operation::DescribeStreamSummary, Encoding::Json, body.to_string().as_bytes()) {
        Ok(Request::DescribeStreamSummary(request)) => Ok(request.stream),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.code),
    }
}

#[test]
fn a_name_or_an_arn_counts_for_more_than_an_id() {
    let name = || Ok(StreamRef::Name("orders".parse().expect("a name")));
    let arn = || Ok(StreamRef::Arn(ARN.parse().expect("an ARN")));
    let table = [
        (json!({"StreamName": "orders"}), name()),
        (json!({"StreamARN": ARN}), arn()),
        (json!({"StreamName": "orders", "StreamARN": ARN}), arn()),
        (json!({"StreamId": ID}), Ok(StreamRef::Id(ID.parse().expect("an id")))),
        (json!({"StreamName": "orders", "StreamId": ID}), name()),
        (json!({"StreamARN": ARN, "StreamId": ID}), arn()),
        (json!({"StreamARN": OTHER_ACCOUNT}), Ok(StreamRef::Arn(OTHER_ACCOUNT.parse().expect("an ARN")))),
        (json!({"StreamName": null, "StreamARN": ARN}), arn()),
        (json!({}), Err(ErrorCode::InvalidArgument)),
        (json!({"StreamName": "other", "StreamARN": ARN}), Err(ErrorCode::InvalidArgument)),
        (json!({"StreamARN": CONSUMER}), Err(ErrorCode::InvalidArgument)),
        (json!({"StreamName": "orders", "StreamId": "stale"}), Err(ErrorCode::Validation)),
        (json!({"StreamARN": "arn:aws:sqs:eu-central-1:123456789012:stream/a"}), Err(ErrorCode::Validation)),
        (json!({"StreamName": ARN}), Err(ErrorCode::Validation)),
    ];
    for (body, expected) in table {
        assert_eq!(stream(&body), expected, "{body}");
    }
}

fn consumer(body: &Value) -> Result<ConsumerRef, ErrorCode> {
    match api::decode(Operation::DeregisterStreamConsumer, Encoding::Json, body.to_string().as_bytes()) {
        Ok(Request::DeregisterStreamConsumer(request)) => Ok(request.consumer),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.code),
    }
}

#[test]
fn a_consumer_is_named_by_its_arn_or_by_its_stream_and_name() {
    let arn = || Ok(ConsumerRef::Arn(CONSUMER.parse().expect("an ARN")));
    let named = |stream| Ok(ConsumerRef::Named(stream, "app".parse().expect("a name")));
    let table = [
        (json!({"ConsumerARN": CONSUMER}), arn()),
        (json!({"ConsumerARN": CONSUMER, "StreamARN": ARN, "ConsumerName": "app"}), arn()),
        (json!({"StreamARN": ARN, "ConsumerName": "app"}), named(StreamRef::Arn(ARN.parse().expect("an ARN")))),
        (json!({"StreamId": ID, "ConsumerName": "app"}), named(StreamRef::Id(ID.parse().expect("an id")))),
        (json!({"ConsumerARN": CONSUMER, "ConsumerName": "other"}), Err(ErrorCode::InvalidArgument)),
        (json!({"ConsumerARN": CONSUMER, "StreamARN": OTHER_ACCOUNT}), Err(ErrorCode::InvalidArgument)),
        (json!({"StreamARN": ARN}), Err(ErrorCode::InvalidArgument)),
        (json!({}), Err(ErrorCode::InvalidArgument)),
        (json!({"ConsumerARN": ARN}), Err(ErrorCode::Validation)),
    ];
    for (body, expected) in table {
        assert_eq!(consumer(&body), expected, "{body}");
    }
}

#[test]
fn a_resource_is_a_stream_or_a_consumer() {
    let code = |arn: &str| {
        let body = json!({"ResourceARN": arn}).to_string();
        api::decode(Operation::ListTagsForResource, Encoding::Json, body.as_bytes())
            .map(drop)
            .map_err(|error| error.code)
    };
    assert_eq!((code(ARN), code(CONSUMER)), (Ok(()), Ok(())));
    assert_eq!(code("arn:aws:kinesis:eu-central-1:123456789012:queue/q"), Err(ErrorCode::InvalidArgument));
    assert_eq!(code("arn:aws:kinesis:eu-central-1:123456789012:table/t"), Err(ErrorCode::Validation));
}

#[test]
fn of_a_member_given_twice_the_last_counts() {
    let body = br#"{"StreamName":"a","StreamName":"b","StreamName":null,"StreamName":"c"}"#;
    let Ok(Request::DescribeStreamSummary(request)) =
        api::decode(Operation::DescribeStreamSummary, Encoding::Json, body)
    else {
        panic!("valid");
    };
    assert_eq!(request.stream, StreamRef::Name("c".parse().expect("a name")));
}
