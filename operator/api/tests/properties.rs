//! Whatever the text, reading a manifest ends in documents or in problems that name a place.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use forebay_api::manifest::{Admission, Resource};
use forebay_api::{Limits, ShardLevelMetric, Stream, StreamMode, StreamModeDetails, StreamSpec};
use proptest::collection::{btree_map, btree_set};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// One for all: making it costs more than using it.
static ADMISSION: LazyLock<Admission> = LazyLock::new(Admission::new);

fn specs() -> impl Strategy<Value = StreamSpec> {
    let mode = prop_oneof![Just(None), Just(Some(StreamMode::Provisioned)), Just(Some(StreamMode::OnDemand))];
    let capacity = (mode, 1_u32..=10_000, any::<bool>());
    let tags = btree_map("[a-z]{1,8}", "[ a-zA-Z0-9_.:/=+@-]{0,12}", 0..5);
    let metrics = btree_set(select(&ShardLevelMetric::EACH[..]), 0..=7);
    let limits = prop_oneof![Just(Limits::Aws), Just(Limits::Off)];
    let name = proptest::option::of("[a-zA-Z0-9_.-]{1,128}");
    (name, capacity, 24_u32..=8760, 1024_u32..=10_240, metrics, tags, limits).prop_map(
        |(name, (mode, shards, counted), retention_period_hours, max_record_size_in_kib, metrics, tags, limits)| {
            let counts = mode == Some(StreamMode::Provisioned) || (mode.is_none() && counted);
            StreamSpec {
                name,
                stream_mode_details: mode.map(|stream_mode| StreamModeDetails { stream_mode }),
                shard_count: counts.then_some(shards),
                retention_period_hours,
                max_record_size_in_kib,
                desired_shard_level_metrics: metrics,
                tags,
                limits,
            }
        },
    )
}

/// Lines that manifests are made of, right and wrong.
const LINES: &[&str] = &[
    "apiVersion: forebay.dev/v1alpha1",
    "kind: Stream",
    "kind: Consumer",
    "metadata:",
    "  name: orders",
    "  labels: {a: b}",
    "  creationTimestamp: null",
    "  creationTimestamp: yesterday",
    "  ownerReferences: [{}]",
    "spec:",
    "spec: {}",
    "spec: []",
    "  shardCount: 4",
    "  shardCount: 99999999999999999999",
    "  shardCount: -1",
    "  shardCount: .inf",
    "  tags: {a: b}",
    "  tags: {1: 2}",
    "  tags: &a {x: *a}",
    "  streamRef: {name: a}",
    "  ? [complex, key]",
    "status: {conditions: [{type: Ready}, {type: Ready}]}",
    "---",
    "...",
    "\t",
    "- a",
    "! tagged",
    "null: null",
];

proptest! {
    #[test]
    fn a_valid_stream_survives_its_manifest(spec in specs()) {
        let stream = Stream::new("orders", spec);
        let text = serde_saphyr::to_string(&stream).unwrap();
        let documents = ADMISSION.read("f", &text).map_err(|problems| TestCaseError::fail(format!("{problems}\n{text}")))?;
        prop_assert_eq!(&documents[0].resource, &Resource::Stream(Box::new(stream)));
    }

    #[test]
    fn any_lines_end_in_documents_or_in_problems_with_a_place(lines in proptest::collection::vec(select(LINES), 0..14)) {
        let text = lines.join("\n");
        if let Err(problems) = ADMISSION.read("f", &text) {
            prop_assert!(problems.iter().all(|problem| problem.place.line > 0), "{text}\n{problems}");
        }
    }

    #[test]
    fn any_text_ends_in_documents_or_in_problems(text in "\\PC{0,80}", cut in any::<Index>()) {
        let manifest = include_str!("../../../examples/orders.yaml");
        let cut = manifest.floor_char_boundary(cut.index(manifest.len()));
        for text in [text.clone(), format!("{}{text}{}", &manifest[..cut], &manifest[cut..])] {
            let _ = ADMISSION.read("f", &text).map_err(|problems| problems.to_string());
        }
    }
}

#[test]
fn a_thousand_streams_are_read_in_one_go() {
    let names: BTreeMap<_, _> = (0..1000).map(|number| (format!("stream-{number}"), number)).collect();
    let stream = |name: &String| serde_saphyr::to_string(&Stream::new(name, StreamSpec::default())).unwrap();
    let text = names.keys().map(stream).collect::<Vec<_>>().join("---\n");
    let documents = ADMISSION.read("f", &text).unwrap();
    assert_eq!(documents.len(), 1000);
}
