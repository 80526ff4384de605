//! Answers byte by byte, and held against the model: every member is one of its operation's, of its type, and none
//! that the model requires is missing.

mod golden;

use forebay_protocol::api::{
    ChildShard, Consumer, ConsumerStatus, DescribeLimitsOutput, DescribeStreamConsumerOutput, DescribeStreamOutput,
    DescribeStreamSummaryOutput, EnhancedMonitoringOutput, ErrorCode, GetRecordsOutput, GetShardIteratorOutput,
    ListShardsOutput, ListStreamConsumersOutput, ListStreamsOutput, ListTagsForStreamOutput, MetricsName,
    PutRecordOutput, PutRecordsOutput, PutRecordsResult, ReadRecord, RegisterStreamConsumerOutput, Shard, StreamMode,
    StreamStatus, StreamSummary, UpdateShardCountOutput,
};
use forebay_protocol::wire::{self, Encoding, Output};
use forebay_protocol::words::{
    ConsumerArn, HashKeyRange, Incarnation, SequenceNumber, ShardId, StreamArn, StreamId, TimestampMs,
};
use serde_json::Value;

const CREATED: TimestampMs = TimestampMs(1_700_000_000_000);
const ARRIVED: TimestampMs = TimestampMs(1_700_000_100_050);

fn arn() -> StreamArn {
    "arn:aws:kinesis:eu-central-1:123456789012:stream/orders".parse().expect("an ARN")
}

fn sequence(shard: u32, counter: u64) -> SequenceNumber {
    SequenceNumber { created_s: CREATED.seconds(), shard: ShardId(shard), counter, arrived_s: ARRIVED.seconds() }
}

fn shards() -> Vec<Shard> {
    let open = Shard {
        id: ShardId(2),
        parent: Some(ShardId(0)),
        adjacent_parent: Some(ShardId(1)),
        hash_keys: HashKeyRange::WHOLE,
        starting_sequence: sequence(2, 0),
        ending_sequence: None,
    };
    let closed = Shard {
        id: ShardId(0),
        parent: None,
        adjacent_parent: None,
        hash_keys: HashKeyRange::part(0, 2),
        starting_sequence: sequence(0, 0),
        ending_sequence: Some(sequence(0, SequenceNumber::COUNTER_MAX)),
    };
    vec![closed, open]
}

fn consumer() -> Consumer {
    let arn: ConsumerArn = format!("{}/consumer/analytics:1700000000", arn()).parse().expect("an ARN");
    Consumer { arn, status: ConsumerStatus::Active, created: CREATED }
}

/// Compares an answer with its files in both dialects; with GOLDEN=write in the environment it writes them instead.
fn check(operation: &str, answer: &impl Output) {
    for encoding in golden::ENCODINGS {
        let mut bytes = b"before".to_vec();
        wire::write(encoding, answer, &mut bytes);
        let bytes = bytes.strip_prefix(b"before").expect("answers are appended");
        let path = golden::path(operation, "answer", encoding);
        if std::env::var("GOLDEN").is_ok_and(|mode| mode == "write") {
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
            std::fs::write(&path, bytes).expect("written");
        }
        let expected = std::fs::read(&path).expect("a golden file");
        assert_eq!(String::from_utf8_lossy(bytes), String::from_utf8_lossy(&expected), "{}", path.display());
        assert_eq!(bytes, expected, "{}", path.display());
        let value = match encoding {
            Encoding::Json => serde_json::from_slice(bytes).expect("JSON"),
            Encoding::Cbor => from_cbor(&mut minicbor::Decoder::new(bytes)),
        };
        let model: Value =
            serde_json::from_str(include_str!("../model/kinesis-2013-12-02.json")).expect("the model's facts");
        let shape = model["operations"][operation]["output"].as_str().expect("an operation with an answer");
        conforms(&value, shape, &model["shapes"], operation);
    }
}

/// A value as JSON has it: byte strings become base64, timestamps seconds.
fn from_cbor(cbor: &mut minicbor::Decoder<'_>) -> Value {
    use minicbor::data::Type;
    match cbor.datatype().expect("a value") {
        Type::MapIndef => {
            cbor.map().expect("a map");
            let mut members = serde_json::Map::new();
            while cbor.datatype().expect("a member") != Type::Break {
                let name = cbor.str().expect("a name").to_owned();
                members.insert(name, from_cbor(cbor));
            }
            cbor.skip().expect("a break");
            Value::Object(members)
        }
        Type::ArrayIndef => {
            cbor.array().expect("a list");
            let mut items = Vec::new();
            while cbor.datatype().expect("an item") != Type::Break {
                items.push(from_cbor(cbor));
            }
            cbor.skip().expect("a break");
            Value::Array(items)
        }
        Type::String => cbor.str().expect("a text").into(),
        Type::Bytes => base64_simd::STANDARD.encode_to_string(cbor.bytes().expect("bytes")).into(),
        Type::Bool => cbor.bool().expect("a boolean").into(),
        Type::Tag => {
            assert_eq!(cbor.tag().expect("a tag").as_u64(), 1);
            #[expect(clippy::cast_precision_loss, reason = "moments are far below 2^53")]
            let seconds = cbor.u64().expect("milliseconds") as f64 / 1000.0;
            seconds.into()
        }
        _ => cbor.i64().expect("an integer").into(),
    }
}

fn conforms(value: &Value, shape: &str, shapes: &Value, path: &str) {
    let facts = &shapes[shape];
    let number = |what: bool| assert!(what, "{path} is {value}");
    match facts["type"].as_str().expect("a type") {
        "structure" => {
            let members = value.as_object().expect(path);
            for (name, member) in members {
                let shape =
                    facts["members"][name].as_str().unwrap_or_else(|| panic!("{path}.{name} is not the model's"));
                conforms(member, shape, shapes, &format!("{path}.{name}"));
            }
            for name in facts["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                assert!(members.contains_key(name), "{path}.{name} is missing");
            }
        }
        "list" => {
            let shape = facts["member"].as_str().expect("a member");
            for (index, item) in value.as_array().expect(path).iter().enumerate() {
                conforms(item, shape, shapes, &format!("{path}[{index}]"));
            }
        }
        "string" | "blob" => {
            let text = value.as_str().expect(path);
            let values = facts["enum"].as_array();
            assert!(values.is_none_or(|values| values.contains(&text.into())), "{path} is {text}");
        }
        "integer" | "long" => number(value.is_i64() || value.is_u64()),
        "timestamp" => number(value.is_number()),
        "boolean" => number(value.is_boolean()),
        other => panic!("{path} is of type {other}"),
    }
}

#[test]
fn answers_about_streams_are_as_recorded() {
    let metrics = vec![MetricsName::IncomingBytes, MetricsName::OutgoingRecords];
    check(
        "DescribeStream",
        &DescribeStreamOutput {
            arn: arn(),
            status: StreamStatus::Active,
            mode: StreamMode::Provisioned,
            shards: shards(),
            has_more_shards: true,
            retention_hours: 24,
            created: CREATED,
            metrics: Vec::new(),
        },
    );
    check(
        "DescribeStreamSummary",
        &DescribeStreamSummaryOutput {
            arn: arn(),
            id: StreamId::of(Incarnation([7; 16])),
            status: StreamStatus::Updating,
            mode: StreamMode::OnDemand,
            retention_hours: 8760,
            created: CREATED,
            metrics: metrics.clone(),
            open_shard_count: 4,
            consumer_count: 0,
            max_record_size_kib: 1024,
        },
    );
    let stream =
        StreamSummary { arn: arn(), status: StreamStatus::Active, mode: StreamMode::Provisioned, created: CREATED };
    check(
        "ListStreams",
        &ListStreamsOutput { streams: vec![stream], has_more_streams: true, next_token: Some("t".into()) },
    );
    check("EnableEnhancedMonitoring", &EnhancedMonitoringOutput { arn: arn(), current: Vec::new(), desired: metrics });
    check("UpdateShardCount", &UpdateShardCountOutput { arn: arn(), current: 4, target: 8 });
    let tags = [("a".to_owned(), "größe \"x\"\n\u{1}".to_owned()), ("b".to_owned(), String::new())].into();
    check("ListTagsForStream", &ListTagsForStreamOutput { tags, has_more_tags: false });
    check(
        "DescribeLimits",
        &DescribeLimitsOutput {
            shard_limit: 500,
            open_shard_count: 4,
            on_demand_stream_count: 0,
            on_demand_stream_count_limit: 50,
        },
    );
}

#[test]
fn answers_about_consumers_are_as_recorded() {
    check("RegisterStreamConsumer", &RegisterStreamConsumerOutput { consumer: consumer() });
    check("DescribeStreamConsumer", &DescribeStreamConsumerOutput { consumer: consumer() });
    check("ListStreamConsumers", &ListStreamConsumersOutput { consumers: vec![consumer()], next_token: None });
}

#[test]
fn answers_about_shards_and_records_are_as_recorded() {
    check("ListShards", &ListShardsOutput { shards: shards(), next_token: Some("token".to_owned()) });
    check("GetShardIterator", &GetShardIteratorOutput { iterator: "AAAAAAAAAAE=".to_owned() });
    check("PutRecord", &PutRecordOutput { shard: ShardId(3), sequence: sequence(3, 17) });
    let throttled = PutRecordsResult::Failed {
        code: ErrorCode::ProvisionedThroughputExceeded,
        message: "Rate exceeded for shard shardId-000000000003 in stream orders under account 123456789012.",
    };
    let results = [PutRecordsResult::Put { shard: ShardId(3), sequence: sequence(3, 18) }, throttled];
    check("PutRecords", &PutRecordsOutput { failed_record_count: 1, results: results.iter().copied() });
    let record = |counter, partition_key, data| ReadRecord {
        sequence: sequence(3, counter),
        arrived: ARRIVED,
        partition_key,
        data,
    };
    let records = [record(17, Some("schlüssel\\"), &b"abc"[..]), record(18, None, &[][..])];
    let answer = GetRecordsOutput {
        records: records.iter().copied(),
        next_iterator: Some("AAAAAAAAAAE="),
        millis_behind_latest: 0,
        child_shards: &[],
    };
    check("GetRecords", &answer);
}

#[test]
fn at_a_shards_end_there_are_children_and_no_next_iterator() {
    let children =
        [ChildShard { id: ShardId(2), parents: vec![ShardId(0), ShardId(1)], hash_keys: HashKeyRange::WHOLE }];
    let answer = GetRecordsOutput {
        records: std::iter::empty::<ReadRecord<'_>>(),
        next_iterator: None,
        millis_behind_latest: 0,
        child_shards: &children,
    };
    let mut bytes = Vec::new();
    wire::write(Encoding::Json, &answer, &mut bytes);
    assert_eq!(
        String::from_utf8(bytes).expect("UTF-8"),
        "{\"Records\":[],\"MillisBehindLatest\":0,\"ChildShards\":[{\"ShardId\":\"shardId-000000000002\",\
         \"ParentShards\":[\"shardId-000000000000\",\"shardId-000000000001\"],\"HashKeyRange\":\
         {\"StartingHashKey\":\"0\",\"EndingHashKey\":\"340282366920938463463374607431768211455\"}}]}"
    );
}
