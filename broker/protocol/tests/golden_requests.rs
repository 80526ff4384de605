//! Requests as Amazon's SDKs send them (golden/make_requests.py says how they were made), read into typed ones.

mod golden;

use std::borrow::Cow;
use std::fmt::Debug;
use std::str::FromStr;

use forebay_protocol::api::{
    self, AddTagsToStream, ConsumerRef, CreateStream, DeleteStream, DescribeLimits, DescribeStream,
    DescribeStreamConsumer, DescribeStreamSummary, EnableEnhancedMonitoring, GetRecords, GetShardIterator, ListShards,
    ListShardsStart, ListStreams, MergeShards, MetricsName, Parsed, PutRecord, PutRecords, PutRecordsEntry,
    RegisterStreamConsumer, Request, ShardFilter, SplitShard, StartingPosition, StreamMode, StreamRef, Tags,
    UntagResource, UpdateShardCount, UpdateStreamMode,
};
use forebay_protocol::wire::{Blob, Encoding};
use forebay_protocol::words::{HashKey, ShardId, TimestampMs};

const ARN: &str = "arn:aws:kinesis:eu-central-1:123456789012:stream/orders";
const AT: TimestampMs = TimestampMs(1_795_350_645_678);

fn parse<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().expect(text)
}

fn orders() -> StreamRef {
    StreamRef::Name(parse("orders"))
}

fn by_arn() -> StreamRef {
    StreamRef::Arn(parse(ARN))
}

fn tags(tags: &[(&str, &str)]) -> Tags {
    tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn shard(index: u32) -> Parsed<ShardId> {
    Parsed::Valid(ShardId(index))
}

fn blob(encoding: Encoding, bytes: &[u8]) -> Blob<'static> {
    match encoding {
        Encoding::Json => Blob::Base64(Cow::Owned(base64_simd::STANDARD.encode_type(bytes))),
        Encoding::Cbor => Blob::Raw(Cow::Owned(bytes.to_owned())),
    }
}

fn entry(encoding: Encoding, data: &[u8], key: &'static str) -> PutRecordsEntry<'static> {
    PutRecordsEntry { data: blob(encoding, data), partition_key: Cow::Borrowed(key), explicit_hash_key: None }
}

/// What each golden request means.
fn streams() -> Vec<Request<'static>> {
    vec![
        Request::CreateStream(CreateStream {
            name: parse("orders"),
            shard_count: 4,
            mode: StreamMode::Provisioned,
            tags: tags(&[("team", "a")]),
            max_record_size_kib: 2048,
        }),
        Request::DeleteStream(DeleteStream { stream: by_arn(), enforce_consumer_deletion: true }),
        Request::DescribeStream(DescribeStream { stream: orders(), limit: 10, exclusive_start: Some(shard(3)) }),
        Request::DescribeStreamSummary(DescribeStreamSummary {
            stream: StreamRef::Id(parse("abcdefghij0123456789-xyz")),
        }),
        Request::ListStreams(ListStreams { limit: 7, exclusive_start: Some(parse("a")), next_token: None }),
        Request::UpdateStreamMode(UpdateStreamMode { stream: parse(ARN), mode: StreamMode::OnDemand }),
        Request::AddTagsToStream(AddTagsToStream {
            stream: orders(), tags: tags(&[("team", "größe"), ("empty", "")])
        }),
        Request::UntagResource(UntagResource {
            resource: parse(&format!("{ARN}/consumer/analytics:1700000000")),
            keys: vec!["a".to_owned(), "b".to_owned()],
        }),
        Request::DescribeLimits(DescribeLimits),
        Request::EnableEnhancedMonitoring(EnableEnhancedMonitoring {
            stream: orders(),
            metrics: vec![MetricsName::IncomingBytes, MetricsName::All],
        }),
        Request::RegisterStreamConsumer(RegisterStreamConsumer {
            stream: parse(ARN),
            name: parse("analytics"),
            tags: tags(&[("a", "b")]),
        }),
        Request::DescribeStreamConsumer(DescribeStreamConsumer {
            consumer: ConsumerRef::Named(by_arn(), parse("analytics")),
        }),
    ]
}

fn shards() -> Vec<Request<'static>> {
    vec![
        Request::ListShards(ListShards {
            start: ListShardsStart::Stream {
                stream: by_arn(),
                exclusive_start: None,
                filter: ShardFilter::FromTimestamp(AT),
                created: None,
            },
            max_results: 5,
        }),
        Request::SplitShard(SplitShard {
            stream: orders(),
            shard: shard(0),
            new_starting_hash_key: Parsed::Valid(HashKey(170)),
        }),
        Request::MergeShards(MergeShards { stream: orders(), shard: shard(0), adjacent: shard(1) }),
        Request::UpdateShardCount(UpdateShardCount { stream: orders(), target: 8 }),
        Request::GetShardIterator(GetShardIterator {
            stream: orders(),
            shard: shard(0),
            start: Ok(StartingPosition::AtTimestamp(AT)),
            dry_run: false,
        }),
        Request::GetRecords(GetRecords {
            iterator: "AAAAAAAAAAE=".into(),
            limit: 100,
            stream: Some(by_arn()),
            dry_run: false,
        }),
    ]
}

fn puts(encoding: Encoding) -> Vec<Request<'static>> {
    let bytes: Vec<u8> = (0..=255).collect();
    let keyed = PutRecordsEntry {
        explicit_hash_key: Some(Parsed::Valid(HashKey(u128::MAX))),
        ..entry(encoding, &bytes, "schlüssel")
    };
    vec![
        Request::PutRecord(PutRecord {
            stream: orders(),
            record: entry(encoding, b"abc", "customer-7"),
            sequence_number_for_ordering: Some(Parsed::Valid(parse(
                "49590338271490256608559692538361571095921575989136588898",
            ))),
            dry_run: false,
        }),
        Request::PutRecords(PutRecords {
            stream: by_arn(),
            records: vec![entry(encoding, b"abc", "customer-7"), keyed],
            dry_run: false,
        }),
    ]
}

#[test]
fn a_request_as_amazons_sdks_send_it_means_what_it_says() {
    for encoding in golden::ENCODINGS {
        for expected in [streams(), shards(), puts(encoding)].concat() {
            let path = golden::path(expected.operation().name(), "request", encoding);
            let body = std::fs::read(&path).expect("a golden file");
            let request = api::decode(expected.operation(), encoding, &body);
            assert_eq!(request, Ok(expected), "{}", path.display());
        }
    }
}
