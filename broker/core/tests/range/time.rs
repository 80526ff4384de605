//! Time under a range: clocks that step, splits within a second, parents before children, retention taken back.

use forebay_core::admission::Numbered;
use forebay_core::change::Change;
use forebay_core::retention::{RetentionOutOfBounds, Segment, Space, Trim};
use forebay_protocol::words::{ShardId, TimestampMs};

use crate::rig::{HOUR_MS, Rig, START_MS, sequence};

const MINUTE_MS: u64 = 60_000;

fn arrivals(rig: &mut Rig, wall_steps_ms: &[i64]) -> Vec<u64> {
    let put = |step: &i64| {
        rig.step_wall_ms(*step);
        rig.pass_ms(10);
        rig.put(0, 1).arrived.0 - START_MS
    };
    wall_steps_ms.iter().map(put).collect()
}

/// Each row: steps of the wall clock, one before each put, 10 ms apart; and when the puts arrive, since the start.
#[test]
fn a_wall_clock_that_steps_during_puts_never_turns_arrivals_back() {
    let hour = HOUR_MS.cast_signed();
    let table: [(&str, &[i64], &[u64]); 6] = [
        ("no step", &[0, 0, 0], &[10, 20, 30]),
        ("a second back", &[0, -1000, 0], &[10, 10, 10]),
        ("an hour back", &[0, -hour, 0, 0], &[10, 10, 10, 10]),
        ("a minute ahead", &[0, 60_000, 0], &[10, 60_020, 60_030]),
        ("an hour ahead is not believed yet", &[0, hour, 0], &[10, 20, 30]),
        ("ahead and back again", &[0, hour, 0, -hour], &[10, 20, 30, 40]),
    ];
    for (name, steps, expected) in table {
        assert_eq!(arrivals(&mut Rig::new(1), steps), expected, "{name}");
    }
}

#[test]
fn a_step_ahead_counts_once_it_has_stood_for_ten_minutes() {
    let mut rig = Rig::new(1);
    rig.step_wall_ms(HOUR_MS.cast_signed());
    for minute in 0..10 {
        assert_eq!(rig.put(0, 1).arrived.0, START_MS + minute * MINUTE_MS, "minute {minute}");
        let now = rig.now();
        assert_eq!(rig.range.read_clock(now).held_back_ms, Some(HOUR_MS));
        rig.pass_ms(MINUTE_MS);
    }
    assert_eq!(rig.put(0, 1).arrived.0, START_MS + HOUR_MS + 10 * MINUTE_MS);
}

#[test]
fn splits_within_one_second_have_creation_seconds_of_their_own() {
    let mut rig = Rig::new(1);
    let mut shard = 0;
    let mut last = rig.put(0, 1);
    let mut last_sequence = sequence(0, last, 0);
    for _ in 0..5 {
        let parent = rig.shard(shard).clone();
        rig.split_in_half(shard);
        let child = rig.open_shards()[0];
        assert!(rig.shard(child).created_s > parent.created_s.max(last.arrived.seconds()));
        last = rig.put(child, 1);
        let child_sequence = sequence(child, last, 0);
        assert!(child_sequence > last_sequence, "sequence numbers ascend from parent to child");
        assert!(child_sequence.to_string() > last_sequence.to_string(), "as texts too");
        (shard, last_sequence) = (child, child_sequence);
    }
    assert!(last.arrived.0 <= START_MS + 6000, "each split puts arrivals at most a second ahead");
}

#[test]
fn a_child_begins_after_its_parents_even_when_the_wall_clock_has_stepped_back() {
    for back_ms in [0, 1000, 90_000, HOUR_MS.cast_signed()] {
        let mut rig = Rig::new(2);
        rig.pass_ms(2 * MINUTE_MS);
        let of_parents = [rig.put(0, 1), rig.put(1, 1)];
        rig.step_wall_ms(-back_ms);
        rig.merge(0, 1);
        let of_child = rig.put(2, 1);
        let is_later = |parent: &Numbered| of_child.arrived > parent.arrived && of_child.created_s > parent.created_s;
        assert!(of_parents.iter().all(is_later), "{back_ms}");
        let child = rig.shard(2);
        assert!(of_child.arrived >= child.opened());
        let closed = rig.shard(0).closing.as_ref().expect("closed").closed;
        assert!(of_parents[0].arrived <= closed && closed < child.opened(), "{back_ms}");
    }
}

/// AT_TIMESTAMP reads of a parent and of its child: at any moment one of them holds what arrived from then on, and a
/// reader who takes the parent first and the child after sees arrivals ascend.
#[test]
fn no_moment_falls_between_a_parent_and_its_child() {
    let mut rig = Rig::new(1);
    rig.put(0, 1);
    rig.pass_ms(1500);
    rig.split_in_half(0);
    let topology = &rig.range.state().topology;
    let parent = rig.shard(0);
    assert_eq!(topology.ended(parent), Some(rig.shard(1).opened()));
    assert_eq!(topology.ended(rig.shard(1)), None);
}

/// Puts a record, passes an hour, and so on: a record an hour, in segments of one record each.
fn rig_of_hours(hours: u64) -> (Rig, Vec<Segment>) {
    let mut rig = Rig::new(1);
    let segments = (0..hours)
        .map(|hour| {
            let arrived = rig.put(0, 1).arrived;
            rig.pass_ms(HOUR_MS);
            Segment { last_index: hour * 10, newest: Some(arrived) }
        })
        .collect();
    (rig, segments)
}

fn trim(rig: &mut Rig, space: Space, segments: &[Segment]) -> Option<Trim> {
    let now = rig.now();
    match rig.range.decide_trim(now, space, segments) {
        Some(Change::Trim(trim)) => Some(trim),
        None => None,
        Some(other) => panic!("{other:?}"),
    }
}

fn oldest_readable_hour(rig: &mut Rig) -> u64 {
    let now = rig.now();
    rig.range.horizon(now).0.saturating_sub(START_MS).div_ceil(HOUR_MS)
}

#[test]
fn what_is_older_than_the_retention_is_hidden_and_removed() {
    let (mut rig, segments) = rig_of_hours(30);
    assert_eq!(oldest_readable_hour(&mut rig), 6);
    let trimmed = trim(&mut rig, Space::Ample, &segments).expect("six segments are over");
    assert_eq!(trimmed.before_index, 51);
    assert_eq!(trimmed.readable_from, TimestampMs(START_MS + 5 * HOUR_MS + 1));
    assert_eq!(trimmed.forgotten, []);
}

#[test]
fn a_decrease_hides_at_once_and_removes_after_a_day() {
    let (mut rig, segments) = rig_of_hours(1);
    rig.set_retention(72);
    rig.pass_ms(47 * HOUR_MS);
    assert_eq!(oldest_readable_hour(&mut rig), 0);
    rig.set_retention(24);
    assert_eq!(oldest_readable_hour(&mut rig), 24);
    rig.pass_ms(23 * HOUR_MS);
    assert_eq!(trim(&mut rig, Space::Ample, &segments), None, "72 hours were in force within the last day");
    assert!(trim(&mut rig, Space::Low, &segments).is_some(), "with little space the present retention decides");
    rig.pass_ms(HOUR_MS);
    assert!(trim(&mut rig, Space::Ample, &segments).is_some());
}

#[test]
fn a_mistaken_decrease_can_be_taken_back_for_a_day() {
    let (mut rig, _) = rig_of_hours(1);
    rig.set_retention(72);
    rig.pass_ms(59 * HOUR_MS);
    rig.set_retention(24);
    assert_eq!(oldest_readable_hour(&mut rig), 36);
    rig.pass_ms(6 * HOUR_MS);
    rig.set_retention(72);
    assert_eq!(oldest_readable_hour(&mut rig), 0, "all of it is back");
}

#[test]
fn what_was_removed_for_want_of_space_is_not_promised_again() {
    let (mut rig, segments) = rig_of_hours(40);
    rig.set_retention(72);
    rig.pass_ms(HOUR_MS);
    rig.set_retention(24);
    let trimmed = trim(&mut rig, Space::Low, &segments).expect("the present retention decides");
    assert_eq!(trimmed.before_index, 161, "up to the record of hour 16");
    rig.apply(&Change::Trim(trimmed));
    rig.set_retention(72);
    assert_eq!(oldest_readable_hour(&mut rig), 17);
}

#[test]
fn an_increase_brings_nothing_back_that_had_expired() {
    let (mut rig, _) = rig_of_hours(1);
    rig.pass_ms(39 * HOUR_MS);
    rig.set_retention(72);
    assert_eq!(oldest_readable_hour(&mut rig), 16, "as with 24 hours, because those were in force");
    rig.pass_ms(HOUR_MS);
    assert_eq!(oldest_readable_hour(&mut rig), 16, "and it grows from there");
    rig.set_retention(24);
    rig.pass_ms(25 * HOUR_MS);
    rig.set_retention(72);
    assert_eq!(oldest_readable_hour(&mut rig), 42, "a decrease of more than a day ago is not taken back");
}

#[test]
fn what_had_expired_stays_so_when_the_wall_clock_steps_back() {
    let (mut rig, _) = rig_of_hours(30);
    assert_eq!(oldest_readable_hour(&mut rig), 6);
    rig.step_wall_ms(-5 * HOUR_MS.cast_signed());
    assert_eq!(oldest_readable_hour(&mut rig), 6);
}

#[test]
fn a_wall_clock_far_ahead_removes_nothing_and_hides_nothing_until_it_has_stood() {
    let (mut rig, segments) = rig_of_hours(20);
    rig.step_wall_ms(1000 * HOUR_MS.cast_signed());
    assert_eq!(trim(&mut rig, Space::Low, &segments), None);
    assert_eq!(oldest_readable_hour(&mut rig), 0);
}

#[test]
fn nothing_is_removed_in_the_first_ten_minutes() {
    let mut rig = Rig::new(1);
    let old = [Segment { last_index: 9, newest: Some(TimestampMs(START_MS - 1000 * HOUR_MS)) }];
    rig.pass_ms(10 * MINUTE_MS - 1);
    assert_eq!(trim(&mut rig, Space::Low, &old), None);
    rig.pass_ms(1);
    assert_eq!(trim(&mut rig, Space::Low, &old).map(|trim| trim.before_index), Some(10));
}

#[test]
fn a_segment_that_is_not_over_keeps_those_behind_it() {
    let mut rig = Rig::new(1);
    rig.pass_ms(HOUR_MS);
    let old = TimestampMs(START_MS - 100 * HOUR_MS);
    let segment = |last_index, newest| Segment { last_index, newest };
    let segments =
        [segment(3, None), segment(5, Some(old)), segment(7, Some(TimestampMs(START_MS))), segment(9, Some(old))];
    let trimmed = trim(&mut rig, Space::Ample, &segments).expect("two are over");
    assert_eq!((trimmed.before_index, trimmed.readable_from), (6, TimestampMs(old.0 + 1)));
}

#[test]
fn a_closed_shard_is_kept_for_the_retention_after_its_end_records_or_not() {
    let mut rig = Rig::new(2);
    rig.pass_ms(HOUR_MS);
    rig.split_in_half(0);
    rig.pass_ms(24 * HOUR_MS);
    assert_eq!(trim(&mut rig, Space::Ample, &[]), None);
    rig.pass_ms(2000);
    let trimmed = trim(&mut rig, Space::Ample, &[]).expect("its time is over");
    assert_eq!((trimmed.before_index, trimmed.forgotten.as_slice()), (0, [ShardId(0)].as_slice()));
    rig.apply(&Change::Trim(trimmed));
    let topology = &rig.range.state().topology;
    assert_eq!(topology.shard(ShardId(0)), None);
    assert!(topology.tiles());
    assert_eq!(rig.range.lane_end(ShardId(0)), None);
    assert_eq!(trim(&mut rig, Space::Ample, &[]), None, "an open shard is never forgotten");
}

#[test]
fn only_retentions_of_aws_are_taken() {
    let mut rig = Rig::new(1);
    let now = rig.now();
    for hours in [0, 23, 8761] {
        assert_eq!(rig.range.decide_retention(now, hours), Err(RetentionOutOfBounds(hours)));
    }
    assert_eq!(rig.range.decide_retention(now, 24), Ok(None));
    assert!(matches!(rig.range.decide_retention(now, 8760), Ok(Some(_))));
}
