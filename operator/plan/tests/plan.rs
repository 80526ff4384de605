//! From what a stream is to what its manifest says, as a table.

use std::collections::BTreeSet;

use forebay_api::{Limits, ShardLevelMetric, StreamMode, StreamModeDetails, StreamSpec};
use forebay_plan::quota::{Account, QuotaExceeded};
use forebay_plan::window::WindowFull;
use forebay_plan::{Hold, Init, Intent, Observed, ObservedStream, Plan, Settings, Step, plan};
use forebay_protocol::limits::HOUR_MS;
use forebay_protocol::words::{ConsumerName, TimestampMs};

const NOW: TimestampMs = TimestampMs(1_000 * HOUR_MS);

fn provisioned(shards: u32) -> StreamSpec {
    let stream_mode_details = Some(StreamModeDetails { stream_mode: StreamMode::Provisioned });
    StreamSpec { stream_mode_details, shard_count: Some(shards), ..StreamSpec::default() }
}

/// A stream as its spec says, with so many open shards.
fn stream(spec: &StreamSpec, open_shards: u32) -> ObservedStream {
    ObservedStream {
        settings: Settings::of(spec),
        open_shards,
        scaling_to: None,
        consumers: BTreeSet::new(),
        mode_switches: Vec::new(),
        shard_count_updates: Vec::new(),
    }
}

fn consumers(names: impl IntoIterator<Item = impl ToString>) -> BTreeSet<ConsumerName> {
    names.into_iter().map(|name| name.to_string().parse().expect("a consumer name")).collect()
}

/// The plan for a stream without consumers, in an account of nothing else.
fn planned(spec: &StreamSpec, done: Option<&StreamSpec>, stream: &ObservedStream) -> Plan {
    let counted = done.and_then(|done| done.shard_count);
    let intent = Intent::Present { spec, counted, consumers: &BTreeSet::new() };
    let open_shards = if stream.settings.mode == StreamMode::Provisioned { stream.open_shards } else { 0 };
    let account = Account { open_shards, ..Account::default() };
    plan(intent, &Observed::Stream(stream.clone()), &account, NOW)
}

fn steps(steps: impl IntoIterator<Item = Step>) -> Plan {
    Plan { steps: steps.into_iter().collect(), holds: Vec::new() }
}

fn held(hold: Hold) -> Plan {
    Plan { steps: Vec::new(), holds: vec![hold] }
}

fn scales(counts: &[u32]) -> Plan {
    steps(counts.iter().map(|&shards| Step::ScaleTo { shards }))
}

#[test]
fn a_new_stream_begins_with_its_settings_shards_and_consumers() {
    let none = BTreeSet::new();
    let two = consumers(["b", "a"]);
    let on_demand = StreamSpec::default();
    for (spec, shards, consumers) in [(provisioned(3), 3, &none), (on_demand, 4, &two)] {
        let intent = Intent::Present { spec: &spec, counted: None, consumers };
        let init = Step::Init(Init { settings: Settings::of(&spec), shards });
        let registered = consumers.iter().cloned().map(Step::RegisterConsumer);
        let expected = steps([init].into_iter().chain(registered));
        assert_eq!(plan(intent, &Observed::Nothing, &Account::default(), NOW), expected);
    }
}

#[test]
fn an_account_at_its_limit_gets_no_new_stream() {
    let none = BTreeSet::new();
    let account = Account { open_shards: 498, on_demand_streams: 50, ..Account::default() };
    let shards = QuotaExceeded::Shards { open: 498, additional: 3, limit: 500 };
    let streams = QuotaExceeded::OnDemandStreams { streams: 50, limit: 50 };
    for (spec, exceeded) in [(provisioned(3), shards), (StreamSpec::default(), streams)] {
        let intent = Intent::Present { spec: &spec, counted: None, consumers: &none };
        assert_eq!(plan(intent, &Observed::Nothing, &account, NOW), held(Hold::Quota(exceeded)));
    }
}

#[test]
fn an_absent_stream_is_deleted_once() {
    let there = Observed::Stream(stream(&provisioned(4), 4));
    assert_eq!(plan(Intent::Absent, &there, &Account::default(), NOW), steps([Step::Delete]));
    assert_eq!(plan(Intent::Absent, &Observed::Nothing, &Account::default(), NOW), Plan::default());
}

#[test]
fn each_setting_is_brought_to_what_the_manifest_says() {
    let is = provisioned(4);
    let metrics = BTreeSet::from([ShardLevelMetric::IncomingBytes]);
    for (wanted, step) in [
        (StreamSpec { retention_period_hours: 48, ..is.clone() }, Step::SetRetention { hours: 48 }),
        (StreamSpec { max_record_size_in_kib: 2048, ..is.clone() }, Step::SetMaxRecordSize { kib: 2048 }),
        (StreamSpec { limits: Limits::Off, ..is.clone() }, Step::SetLimits(Limits::Off)),
        (
            StreamSpec { desired_shard_level_metrics: metrics.clone(), ..is.clone() },
            Step::SetMonitoring(metrics.clone()),
        ),
        (
            StreamSpec { desired_shard_level_metrics: [ShardLevelMetric::All].into(), ..is.clone() },
            Step::SetMonitoring(ShardLevelMetric::EACH.into()),
        ),
    ] {
        assert_eq!(planned(&wanted, Some(&is), &stream(&is, 4)), steps([step]));
        assert_eq!(planned(&wanted, Some(&is), &stream(&wanted, 4)), Plan::default());
    }
}

#[test]
fn a_changed_shard_count_is_walked_and_an_unchanged_one_undoes_no_split() {
    for (done, wanted, open, counts) in [
        (4, 4, 4, &[][..]),
        (4, 4, 5, &[]),
        (4, 8, 4, &[8]),
        (4, 8, 5, &[8]),
        (4, 16, 4, &[8, 16]),
        (16, 4, 16, &[8, 4]),
        (4, 5, 5, &[]),
    ] {
        let plan = planned(&provisioned(wanted), Some(&provisioned(done)), &stream(&provisioned(done), open));
        assert_eq!(plan, scales(counts), "{done} to {wanted} with {open} open");
    }
    let anew = planned(&provisioned(4), None, &stream(&provisioned(4), 5));
    assert_eq!(anew, scales(&[4]));
}

#[test]
fn a_scale_that_has_begun_is_ended_whatever_the_day_allows() {
    let full: Vec<_> = (0..10).map(|hour| TimestampMs(NOW.0 - hour * HOUR_MS)).collect();
    let begun = |open_shards, scaling_to| ObservedStream {
        scaling_to,
        shard_count_updates: full.clone(),
        ..stream(&provisioned(4), open_shards)
    };
    let plan = |stream: &ObservedStream| planned(&provisioned(8), Some(&provisioned(4)), stream);
    assert_eq!(plan(&begun(6, Some(8))), scales(&[8]));
    // The right count by accident, the parts still unequal.
    assert_eq!(plan(&begun(8, Some(8))), scales(&[8]));
    let opens = TimestampMs(NOW.0 + 15 * HOUR_MS);
    let hold = || held(Hold::ShardCountUpdates(WindowFull { uses: 10, opens }));
    assert_eq!(plan(&begun(4, None)), hold());
    assert_eq!(plan(&begun(6, Some(2))), hold());
}

#[test]
fn scaling_up_is_held_by_the_accounts_quota() {
    let (is, wanted) = (provisioned(4), provisioned(8));
    let none = BTreeSet::new();
    let intent = Intent::Present { spec: &wanted, counted: is.shard_count, consumers: &none };
    let account = Account { open_shards: 497, ..Account::default() };
    let exceeded = QuotaExceeded::Shards { open: 497, additional: 4, limit: 500 };
    let observed = Observed::Stream(stream(&is, 4));
    assert_eq!(plan(intent, &observed, &account, NOW), held(Hold::Quota(exceeded)));
    let fits = Account { open_shards: 496, ..account };
    assert_eq!(plan(intent, &observed, &fits, NOW), scales(&[8]));
}

#[test]
fn a_switch_of_the_mode_keeps_the_shards_and_happens_twice_a_day() {
    let on_demand = StreamSpec::default();
    let four = provisioned(4);
    assert_eq!(planned(&on_demand, Some(&four), &stream(&four, 4)), steps([Step::SetMode(StreamMode::OnDemand)]));
    let to_provisioned = planned(&provisioned(16), Some(&on_demand), &stream(&on_demand, 4));
    let expected = [Step::SetMode(StreamMode::Provisioned), Step::ScaleTo { shards: 8 }, Step::ScaleTo { shards: 16 }];
    assert_eq!(to_provisioned, steps(expected));
    let switched = |hours: [u64; 2], spec: &StreamSpec| ObservedStream {
        mode_switches: hours.map(|hour| TimestampMs(NOW.0 - hour * HOUR_MS)).into(),
        ..stream(spec, 4)
    };
    let opens = TimestampMs(NOW.0 + HOUR_MS);
    let hold = held(Hold::ModeSwitches(WindowFull { uses: 2, opens }));
    assert_eq!(planned(&on_demand, Some(&four), &switched([23, 1], &four)), hold);
    assert_eq!(planned(&provisioned(16), Some(&on_demand), &switched([23, 1], &on_demand)), hold);
    assert!(planned(&on_demand, Some(&four), &switched([24, 1], &four)).holds.is_empty());
}

#[test]
fn a_held_switch_holds_nothing_else_up() {
    let four = provisioned(4);
    let wanted = StreamSpec { retention_period_hours: 48, ..StreamSpec::default() };
    let switched = ObservedStream { mode_switches: vec![NOW, NOW], ..stream(&four, 4) };
    let plan = planned(&wanted, Some(&four), &switched);
    assert_eq!(plan.steps, [Step::SetRetention { hours: 48 }]);
    assert_eq!(plan.holds.len(), 1);
    assert_eq!(plan.holds[0].until(), Some(TimestampMs(NOW.0 + 24 * HOUR_MS)));
    assert!(!plan.settles_shard_count());
}

#[test]
fn a_switch_to_provisioned_brings_its_shards_into_the_quota() {
    let on_demand = StreamSpec::default();
    let none = BTreeSet::new();
    let observed = Observed::Stream(stream(&on_demand, 40));
    let account = Account { open_shards: 450, on_demand_streams: 1, ..Account::default() };
    let wanted = |shards| {
        let spec = provisioned(shards);
        plan(Intent::Present { spec: &spec, counted: None, consumers: &none }, &observed, &account, NOW)
    };
    assert_eq!(wanted(40), steps([Step::SetMode(StreamMode::Provisioned)]));
    assert_eq!(wanted(50).steps.len(), 2);
    let exceeded = QuotaExceeded::Shards { open: 490, additional: 11, limit: 500 };
    assert_eq!(wanted(51).holds, [Hold::Quota(exceeded)]);
}

#[test]
fn consumers_are_those_of_their_objects_up_to_twenty() {
    let four = provisioned(4);
    let with = |registered: &BTreeSet<_>, wanted: &BTreeSet<_>| {
        let observed = ObservedStream { consumers: registered.clone(), ..stream(&four, 4) };
        let intent = Intent::Present { spec: &four, counted: Some(4), consumers: wanted };
        plan(intent, &Observed::Stream(observed), &Account::default(), NOW)
    };
    let named = |name: &str| name.parse::<ConsumerName>().unwrap();
    assert_eq!(
        with(&consumers(["a", "b"]), &consumers(["b", "c"])),
        steps([Step::DeregisterConsumer(named("a")), Step::RegisterConsumer(named("c"))])
    );
    let twenty = consumers(10..30);
    let mut more = twenty.clone();
    more.extend(consumers(["a", "b"]));
    assert_eq!(with(&twenty, &more), held(Hold::Consumers(consumers(["a", "b"]))));
    assert!(with(&twenty, &more).settles_shard_count());
    let replaced = &(&more - &consumers([10, 11])) - &consumers(["b"]);
    let plan = with(&twenty, &replaced);
    let (out, new) = (consumers([10, 11]), named("a"));
    let expected = out.into_iter().map(Step::DeregisterConsumer).chain([Step::RegisterConsumer(new)]);
    assert_eq!(plan, steps(expected));
}
