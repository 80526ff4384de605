//! Manifests as the API server would judge them, and what a person is told of a wrong one.

use std::sync::LazyLock;

use forebay_api::manifest::{Admission, Document, Resource};
use forebay_api::{Limits, StreamMode};

/// One for all: making it costs more than using it.
static ADMISSION: LazyLock<Admission> = LazyLock::new(Admission::new);

/// A manifest of one stream with the given lines in its spec.
fn stream(spec: &str) -> String {
    let indented = format!("  {}\n", spec.replace('\n', "\n  "));
    let spec = if spec.is_empty() { " {}\n".to_owned() } else { format!("\n{indented}") };
    format!("apiVersion: forebay.dev/v1alpha1\nkind: Stream\nmetadata:\n  name: orders\nspec:{spec}")
}

fn consumer(spec: &str) -> String {
    stream(spec).replace("kind: Stream", "kind: Consumer")
}

fn read(text: &str) -> Result<Vec<Document>, String> {
    ADMISSION.read("f.yaml", text).map_err(|problems| problems.to_string())
}

fn one(text: &str) -> Resource {
    read(text).unwrap_or_else(|problems| panic!("{problems}")).remove(0).resource
}

#[test]
fn a_stream_gets_the_defaults_of_its_definition() {
    let Resource::Stream(stream) = one(&stream("")) else { panic!("not a stream") };
    assert_eq!(stream.stream_name(), "orders");
    assert_eq!((stream.spec.retention_period_hours, stream.spec.max_record_size_in_kib), (24, 1024));
    assert_eq!((stream.spec.limits, stream.spec.mode()), (Limits::Aws, StreamMode::OnDemand));
    assert_eq!(stream.status, None);
}

#[test]
fn valid_manifests_are_accepted() {
    for spec in [
        "shardCount: 4",
        "name: Orders.v1_x\nshardCount: 10000",
        "streamModeDetails: {streamMode: ON_DEMAND}",
        "streamModeDetails: {streamMode: PROVISIONED}\nshardCount: 1",
        "streamModeDetails: {streamMode: ON_DEMAND}\nshardCount: null",
        "retentionPeriodHours: 8760\nmaxRecordSizeInKiB: 10240",
        "desiredShardLevelMetrics: [IncomingBytes, ALL]",
        "tags: {team: shop, aws: a, 'Aws:x': b, 'größe 1': '', 𝒂: b}\nlimits: 'off'",
        "limits: off",
    ] {
        assert_eq!(read(&stream(spec)).map(|documents| documents.len()), Ok(1), "{spec}");
    }
    for spec in [
        "streamRef: {name: orders}\nconsumerName: Analytics",
        "streamARN: arn:aws:kinesis:eu-west-1:123456789012:stream/orders\ntags: {a: b}",
    ] {
        assert_eq!(read(&consumer(spec)).map(|documents| documents.len()), Ok(1), "{spec}");
    }
}

#[test]
fn the_examples_are_valid() {
    for (name, kinds) in
        [("orders.yaml", vec!["Stream orders", "Consumer orders-analytics"]), ("on-demand.yaml", vec!["Stream clicks"])]
    {
        let path = format!("{}/../../examples/{name}", env!("CARGO_MANIFEST_DIR"));
        let documents = ADMISSION.read(name, &std::fs::read_to_string(path).unwrap()).unwrap();
        let labels: Vec<_> = documents.iter().map(|document| document.resource.label()).collect();
        assert_eq!(labels, kinds);
    }
}

/// A spec that is wrong and what is said after `f.yaml:LINE:COLUMN: document 1, Stream orders: `.
const WRONG_STREAMS: &[(&str, &str)] = &[
    ("shardCount: 0", "6:15 spec.shardCount: 0 is below the minimum, 1"),
    ("shardCount: 10001", "6:15 spec.shardCount: 10001 is above the maximum, 10000"),
    ("shardCount: four", "6:15 spec.shardCount: \"four\" is not an integer from 1 to 10000"),
    ("shardCount: 1.5", "6:15 spec.shardCount: 1.5 is not an integer from 1 to 10000"),
    ("shardCount: [1]", "6:15 spec.shardCount: a list is not an integer from 1 to 10000"),
    ("shardcount: 1", "6:3 spec.shardcount: unknown field; did you mean shardCount?"),
    (
        "streamMode: ON_DEMAND",
        "6:3 spec.streamMode: unknown field here; it belongs at spec.streamModeDetails.streamMode",
    ),
    (
        "replicas: 3",
        "6:3 spec.replicas: unknown field; known here: desiredShardLevelMetrics, limits, maxRecordSizeInKiB, name, \
         retentionPeriodHours, shardCount, streamModeDetails, tags",
    ),
    (
        "streamModeDetails: {}",
        "6:22 spec.streamModeDetails.streamMode: missing; one of PROVISIONED, ON_DEMAND is required",
    ),
    (
        "streamModeDetails: {streamMode: on-demand}",
        "6:35 spec.streamModeDetails.streamMode: \"on-demand\" is not one of PROVISIONED, ON_DEMAND; did you mean \
         ON_DEMAND?",
    ),
    ("streamModeDetails: {streamMode: PROVISIONED}", "6:3 spec.shardCount: a PROVISIONED stream needs shardCount"),
    (
        "streamModeDetails: {streamMode: ON_DEMAND}\nshardCount: 4",
        "7:15 spec.shardCount: shardCount is for PROVISIONED streams; the shards of an ON_DEMAND stream are not set by \
         hand",
    ),
    ("retentionPeriodHours: 23", "6:25 spec.retentionPeriodHours: 23 is below the minimum, 24"),
    ("retentionPeriodHours: 8761", "6:25 spec.retentionPeriodHours: 8761 is above the maximum, 8760"),
    ("maxRecordSizeInKiB: 1023", "6:23 spec.maxRecordSizeInKiB: 1023 is below the minimum, 1024"),
    ("name: a b", "6:9 spec.name: \"a b\" does not match ^[a-zA-Z0-9_.-]+$"),
    ("tags: {a: 1}", "6:13 spec.tags.a: 1 is not a string"),
    (
        "tags: {a: ä%}",
        "6:13 spec.tags.a: \"ä%\" does not match ^[ a-zA-Z0-9_.:/=+@\\-\\x{C0}-\\x{1FFF}\\x{2C00}-\\x{D7FF}\\x{10000}-\\x{10FFFF}]*$",
    ),
    ("tags: {'': a}", "6:9 spec.tags: a tag's key has 1 to 128 letters, digits, spaces or _ . : / = + - @"),
    (
        "tags: {aws: b, Aws:x: c, 'aws:y': d}",
        "6:9 spec.tags: a tag's key may not begin with aws:, which AWS keeps for its own tags; give it another prefix",
    ),
    ("tags: {a%: a}", "6:9 spec.tags: a tag's key has 1 to 128 letters, digits, spaces or _ . : / = + - @"),
    (
        "desiredShardLevelMetrics: [IncomingByte]",
        "6:30 spec.desiredShardLevelMetrics[0]: \"IncomingByte\" is not one of IncomingBytes, IncomingRecords, \
         OutgoingBytes, OutgoingRecords, WriteProvisionedThroughputExceeded, ReadProvisionedThroughputExceeded, \
         IteratorAgeMilliseconds, ALL; did you mean IncomingBytes?",
    ),
    ("desiredShardLevelMetrics: [ALL, ALL]", "6:35 spec.desiredShardLevelMetrics[1]: \"ALL\" is listed twice"),
    ("limits: none", "6:11 spec.limits: \"none\" is not one of aws, off"),
    ("limits: false", "6:11 spec.limits: false is not one of aws, off"),
];

#[test]
fn a_wrong_stream_is_refused_with_its_field_and_what_would_be_right() {
    for (spec, said) in WRONG_STREAMS {
        let (place, message) = said.split_once(' ').unwrap();
        let expected = format!("f.yaml:{place}: document 1, Stream orders: {message}");
        assert_eq!(read(&stream(spec)), Err(expected), "{spec}");
    }
}

#[test]
fn a_consumer_names_exactly_one_stream() {
    for spec in ["", "streamRef: {name: a}\nstreamARN: arn:aws:kinesis:eu-west-1:123456789012:stream/orders"] {
        let said = read(&consumer(spec)).unwrap_err();
        assert!(said.ends_with("spec: exactly one of streamRef and streamARN says whose consumer this is"), "{said}");
    }
    let said = read(&consumer("streamARN: orders")).unwrap_err();
    assert!(said.contains("spec.streamARN: \"orders\" does not match"), "{said}");
}

#[test]
fn documents_that_are_no_resources_of_ours_are_refused() {
    for (from, to, said) in [
        (
            "forebay.dev/v1alpha1",
            "forebay.dev/v1",
            "f.yaml:1:13: document 1, Stream orders: apiVersion: \"forebay.dev/v1\" is not read here; read here: forebay.dev/v1alpha1",
        ),
        (
            "forebay.dev/v1alpha1",
            "forebay.dev/v1alpha2",
            "f.yaml:1:13: document 1, Stream orders: apiVersion: \"forebay.dev/v1alpha2\" is not read here; did you mean forebay.dev/v1alpha1?",
        ),
        (
            "apiVersion: forebay.dev/v1alpha1\n",
            "",
            "f.yaml:1:1: document 1, Stream orders: apiVersion: missing; read here: forebay.dev/v1alpha1",
        ),
        (
            "kind: Stream",
            "kind: stream",
            "f.yaml:2:7: document 1, stream orders: kind: \"stream\" is not read here; did you mean Stream?",
        ),
        (
            "kind: Stream",
            "kind: Topic",
            "f.yaml:2:7: document 1, Topic orders: kind: \"Topic\" is not read here; read here: Stream and Consumer",
        ),
        (
            "  name: orders",
            "  labels: {}",
            "f.yaml:4:3: document 1, Stream: metadata.name: missing; a string is required",
        ),
        ("metadata:\n  name: orders\n", "", "f.yaml:1:1: document 1, Stream: metadata: missing; a map is required"),
        ("spec: {}\n", "", "f.yaml:1:1: document 1, Stream orders: spec: missing; a map is required"),
        (
            "spec: {}",
            "spec: {}\ndata: 1",
            "f.yaml:6:1: document 1, Stream orders: data: unknown field; known here: apiVersion, kind, metadata, spec, status",
        ),
    ] {
        let text = stream("").replace(from, to);
        assert_eq!(read(&text), Err(said.to_owned()), "{text}");
    }
    assert_eq!(
        read("- 1"),
        Err("f.yaml:1:1: document 1: not a resource; a document begins with apiVersion: forebay.dev/v1alpha1"
            .to_owned())
    );
}

#[test]
fn an_object_name_leaves_room_for_what_is_named_after_it() {
    for (name, valid) in [
        ("a", true),
        ("orders-2", true),
        (&"a".repeat(40), true),
        (&"a".repeat(41), false),
        ("2-orders", false),
        ("orders.v1", false),
        ("orders-", false),
        ("Orders", false),
    ] {
        let text = stream("").replace("name: orders", &format!("name: {name}"));
        assert_eq!(ADMISSION.read("f", &text).is_ok(), valid, "{name}");
    }
}

#[test]
fn every_problem_of_every_document_is_told_at_once() {
    let text =
        format!("{}---\n{}---\n{}", stream("shardCount: 0\nx: 1"), stream("").replace("orders", "ok"), consumer(""));
    let said = read(&text).unwrap_err();
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(lines[0].contains("document 1, Stream orders: spec.shardCount"), "{said}");
    assert!(lines[1].contains("document 1, Stream orders: spec.x"), "{said}");
    assert!(lines[2].contains("document 3, Consumer orders: spec: exactly one"), "{said}");
}

#[test]
fn text_that_is_no_yaml_is_refused_with_its_place() {
    let said = read("apiVersion: [\nkind: Stream\n").unwrap_err();
    assert_eq!(said, "f.yaml:1:13: unclosed bracket '['");
    let said = read("a: 1\na: 2\n").unwrap_err();
    assert_eq!(said, "f.yaml:2:1: duplicate mapping key `a` is not allowed here");
}

#[test]
fn an_object_or_an_aws_name_given_twice_is_refused() {
    let a = stream("");
    let same_stream = stream("name: orders").replace("  name: orders\nspec", "  name: other\nspec");
    let said = ADMISSION.read_all([("a", a.as_str()), ("b", a.as_str())]).unwrap_err().to_string();
    assert_eq!(said, "b:4:9: document 1, Stream orders: metadata.name: Stream orders is already given at a:1");
    let said = ADMISSION.read_all([("a", a.as_str()), ("b", same_stream.as_str())]).unwrap_err().to_string();
    assert_eq!(said, "b:6:3: document 1, Stream other: spec: the stream orders is already given at a:1");
    let elsewhere = a.replace("  name: orders", "  name: orders\n  namespace: other");
    assert!(ADMISSION.read_all([("a", a.as_str()), ("b", elsewhere.as_str())]).is_ok());
}

#[test]
fn what_may_not_change_is_refused_on_update_alone() {
    let changed = |kind: fn(&str) -> String, old: &str, new: &str| {
        let (old, new) = (one(&kind(old)), one(&kind(new)));
        assert_eq!(ADMISSION.create(&new), Ok(()), "{new:?}");
        ADMISSION.update(&old, &new).map_err(|problems| problems.to_string())
    };
    let refused = |path: &str, message: &str| Err(format!("{path}: {message}"));
    let name = |kind: &str| format!("{kind} orders: spec");
    let (a_stream, a_consumer) = (name("Stream"), name("Consumer"));
    let another = "immutable; another name is another stream";
    assert_eq!(changed(stream, "name: a", "name: b"), refused(&format!("{a_stream}.name"), another));
    assert_eq!(changed(stream, "", "name: b"), refused(&format!("{a_stream}.name"), another));
    assert_eq!(changed(stream, "name: b", ""), refused(&format!("{a_stream}.name"), another));
    let mode = "adding or removing shardCount changes the mode: name it in streamModeDetails.streamMode";
    assert_eq!(changed(stream, "", "shardCount: 4"), refused(&format!("{a_stream}.streamModeDetails"), mode));
    assert_eq!(changed(stream, "shardCount: 4", ""), refused(&format!("{a_stream}.streamModeDetails"), mode));
    let named = "streamModeDetails: {streamMode: PROVISIONED}\nshardCount: 4";
    assert_eq!(changed(stream, "", named), Ok(()));
    assert_eq!(changed(stream, "shardCount: 16", "shardCount: 4"), Ok(()));
    assert_eq!(changed(stream, "limits: aws", "limits: 'off'\ntags: {a: b}"), Ok(()));
    let again = "immutable; delete the Consumer and make another";
    let arn = "streamARN: arn:aws:kinesis:eu-west-1:123456789012:stream/orders";
    assert_eq!(
        changed(consumer, "streamRef: {name: a}", "streamRef: {name: b}"),
        refused(&format!("{a_consumer}.streamRef"), again)
    );
    assert!(changed(consumer, "streamRef: {name: a}", arn).is_err());
    let renamed = "streamRef: {name: a}\nconsumerName: b";
    assert_eq!(
        changed(consumer, "streamRef: {name: a}", renamed),
        refused(&format!("{a_consumer}.consumerName"), again)
    );
    assert_eq!(changed(consumer, "streamRef: {name: a}", "streamRef: {name: a}\ntags: {a: b}"), Ok(()));
}

#[test]
fn a_status_in_a_manifest_is_left_behind() {
    let text = format!("{}status:\n  openShardCount: 7\n", stream(""));
    let Resource::Stream(stream) = one(&text) else { panic!("not a stream") };
    assert_eq!(stream.status, None);
}
