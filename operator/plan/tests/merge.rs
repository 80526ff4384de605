//! A manifest given again, after API calls: which of its values act.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use forebay_api::StreamSpec;
use forebay_api::manifest::{Admission, Document, Problems, Resource};
use forebay_plan::apply::{Change, Objects, apply};
use forebay_plan::merge::{Conflict, Last, Merged, stream};

/// One for all: making it costs more than using it.
static ADMISSION: LazyLock<Admission> = LazyLock::new(Admission::new);

fn manifest(spec: &str) -> String {
    format!("apiVersion: forebay.dev/v1alpha1\nkind: Stream\nmetadata: {{name: orders}}\nspec: {{{spec}}}\n")
}

fn document(text: &str) -> Document {
    ADMISSION.read("f", text).unwrap_or_else(|problems| panic!("{problems}")).remove(0)
}

fn spec(fields: &str) -> StreamSpec {
    let Resource::Stream(stream) = document(&manifest(fields)).resource else { panic!("not a stream") };
    stream.spec
}

const ON_DEMAND: &str = "streamModeDetails: {streamMode: ON_DEMAND}";
const FOUR: &str = "streamModeDetails: {streamMode: PROVISIONED}, shardCount: 4";
const EIGHT: &str = "streamModeDetails: {streamMode: PROVISIONED}, shardCount: 8";

/// Last applied, applied now, in force, and in force afterwards.
const MERGES: &[[&str; 4]] = &[
    // Nothing changed in the file: whatever the API did stands.
    [FOUR, FOUR, FOUR, FOUR],
    [FOUR, FOUR, EIGHT, EIGHT],
    [FOUR, FOUR, ON_DEMAND, ON_DEMAND],
    [ON_DEMAND, ON_DEMAND, EIGHT, EIGHT],
    ["retentionPeriodHours: 48", "retentionPeriodHours: 48", "retentionPeriodHours: 72", "retentionPeriodHours: 72"],
    ["limits: aws", "limits: aws", "limits: 'off'", "limits: 'off'"],
    ["tags: {a: '1'}", "tags: {a: '1'}", "tags: {a: '2', b: '3'}", "tags: {a: '2', b: '3'}"],
    ["tags: {a: '1'}", "tags: {a: '1'}", "", ""],
    // A changed value acts, and it alone.
    [FOUR, EIGHT, FOUR, EIGHT],
    [FOUR, "shardCount: 8", FOUR, EIGHT],
    ["shardCount: 4", "shardCount: 8", "shardCount: 4", "shardCount: 8"],
    [FOUR, EIGHT, "shardCount: 2", "shardCount: 8"],
    [
        "retentionPeriodHours: 48",
        "retentionPeriodHours: 72",
        "maxRecordSizeInKiB: 2048",
        "retentionPeriodHours: 72, maxRecordSizeInKiB: 2048",
    ],
    ["retentionPeriodHours: 48", "", "retentionPeriodHours: 72", ""],
    ["", "limits: 'off'", "retentionPeriodHours: 72", "retentionPeriodHours: 72, limits: 'off'"],
    ["tags: {a: '1'}", "tags: {a: '2'}", "tags: {a: '1', b: '3'}", "tags: {a: '2', b: '3'}"],
    ["tags: {a: '1', b: '1'}", "tags: {a: '1'}", "tags: {a: '9', b: '9', c: '9'}", "tags: {a: '9', c: '9'}"],
    ["tags: {a: '1'}", "tags: {a: '1', b: '2'}", "tags: {b: '9'}", "tags: {b: '2'}"],
    // The mode and the count that belongs to it.
    [FOUR, ON_DEMAND, EIGHT, ON_DEMAND],
    [ON_DEMAND, FOUR, ON_DEMAND, FOUR],
    [ON_DEMAND, FOUR, EIGHT, FOUR],
    ["", FOUR, "", FOUR],
    ["shardCount: 4", FOUR, ON_DEMAND, ON_DEMAND],
    // Metrics one by one, ALL written out.
    [
        "desiredShardLevelMetrics: [IncomingBytes]",
        "desiredShardLevelMetrics: [IncomingBytes, IncomingRecords]",
        "desiredShardLevelMetrics: [OutgoingBytes]",
        "desiredShardLevelMetrics: [IncomingRecords, OutgoingBytes]",
    ],
    ["desiredShardLevelMetrics: [ALL]", "", "desiredShardLevelMetrics: [ALL]", ""],
    [
        "desiredShardLevelMetrics: [ALL]",
        "desiredShardLevelMetrics: [ALL]",
        "desiredShardLevelMetrics: [IncomingBytes]",
        "desiredShardLevelMetrics: [IncomingBytes]",
    ],
];

#[test]
fn only_a_changed_value_acts() {
    for row @ [last, new, current, merged] in MERGES {
        let outcome = stream(&Last::Applied(&spec(last)), &spec(new), &spec(current));
        assert_eq!(outcome, Merged { spec: spec(merged), conflicts: Vec::new() }, "{row:?}");
    }
}

#[test]
fn a_count_for_a_stream_that_the_api_made_on_demand_is_told_and_does_not_act() {
    let last = spec(FOUR);
    let outcome = stream(&Last::Applied(&last), &spec(EIGHT), &spec(ON_DEMAND));
    assert_eq!(outcome.spec, spec(ON_DEMAND));
    assert_eq!(outcome.conflicts, [Conflict::ShardCountOfOnDemand { shard_count: 8 }]);
    assert!(outcome.conflicts[0].to_string().starts_with("spec.shardCount: 8 does not act"));
}

#[test]
fn the_first_manifest_of_a_stream_made_by_the_api_acts_where_it_states_something() {
    for (stated, current, merged) in [
        (vec!["retentionPeriodHours"], "retentionPeriodHours: 72", "retentionPeriodHours: 24"),
        (vec![], "retentionPeriodHours: 72", "retentionPeriodHours: 72"),
        (vec!["streamModeDetails"], "shardCount: 8", ON_DEMAND),
    ] {
        let stated: BTreeSet<_> = stated.into_iter().map(str::to_owned).collect();
        let outcome = stream(&Last::Never { stated: &stated }, &spec(""), &spec(current));
        assert_eq!(outcome.spec, spec(merged), "{stated:?}");
    }
}

fn objects(specs: &[&str]) -> Objects {
    let resources = specs.iter().map(|spec| document(&manifest(spec)).resource);
    resources.map(|resource| (resource.key(), resource)).collect()
}

fn applied(last: &[&str], new: &str, current: &[&str]) -> Result<Change, Problems> {
    let documents = [document(&manifest(new))];
    let outcomes = apply(&ADMISSION, &documents, &objects(last), &objects(current))?;
    Ok(outcomes.into_iter().next().expect("one outcome a document").change)
}

#[test]
fn a_document_makes_changes_or_leaves_its_object() {
    let object = |spec: &str| document(&manifest(spec)).resource;
    assert_eq!(applied(&[], FOUR, &[]), Ok(Change::Create(object(FOUR))));
    assert_eq!(applied(&[FOUR], FOUR, &[FOUR]), Ok(Change::Unchanged));
    assert_eq!(applied(&[FOUR], FOUR, &[EIGHT]), Ok(Change::Unchanged));
    assert_eq!(applied(&[FOUR], EIGHT, &[FOUR]), Ok(Change::Update(object(EIGHT))));
    assert_eq!(applied(&[FOUR], FOUR, &[]), Ok(Change::StaysDeleted));
    assert_eq!(applied(&[FOUR], EIGHT, &[]), Ok(Change::Create(object(EIGHT))));
    assert_eq!(applied(&[], FOUR, &[EIGHT]), Ok(Change::Update(object(FOUR))));
    assert_eq!(apply(&ADMISSION, &[], &objects(&[FOUR]), &objects(&[FOUR])), Ok(Vec::new()));
}

#[test]
fn what_is_immutable_is_refused_with_its_place() {
    let said = applied(&["name: a"], "name: b", &["name: a"]).unwrap_err().to_string();
    assert_eq!(said, "f:4:14: document 1, Stream orders: spec.name: immutable; another name is another stream");
    let deleted = applied(&["name: a"], "name: b", &[]);
    assert!(matches!(deleted, Ok(Change::Create(_))), "{deleted:?}");
}

#[test]
fn a_new_object_cannot_take_the_name_of_a_stream_that_is_there() {
    let text = manifest("name: orders").replace("name: orders}\nspec", "name: other}\nspec");
    let outcome = apply(&ADMISSION, &[document(&text)], &Objects::new(), &objects(&[""]));
    assert_eq!(
        outcome.unwrap_err().to_string(),
        "f:3:18: document 1, Stream other: metadata.name: the stream orders is there already, as Stream orders"
    );
}
