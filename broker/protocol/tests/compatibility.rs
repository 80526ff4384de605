//! docs/compatibility.md, held against the operations that are implemented.

use forebay_protocol::api::{Operation, Support};

/// Operation, state and remark of each row.
fn rows() -> Vec<(&'static str, &'static str, &'static str)> {
    let page = include_str!("../../../docs/compatibility.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix('|'));
    let cells = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    let rows: Vec<_> = cells.filter_map(|cells| cells.try_into().ok()).map(|[a, b, c]: [_; 3]| (a, b, c)).collect();
    assert_eq!(rows.first().map(|row| row.0), Some("operation"), "the table's head");
    rows[1..].to_vec()
}

#[test]
fn the_page_lists_every_operation_once_by_name() {
    let mut names: Vec<_> = Operation::ALL.iter().map(|operation| operation.name()).collect();
    names.sort_unstable();
    assert_eq!(rows().iter().map(|row| row.0).collect::<Vec<_>>(), names);
}

#[test]
fn the_page_calls_absent_what_is_absent_and_says_how_the_rest_differs() {
    for (name, state, remark) in rows() {
        let operation = Operation::of_name(name).expect(name);
        match (operation.support(), state) {
            (Support::Implemented, "done") => assert_eq!(remark, "", "{name}"),
            (Support::Implemented, "differs") | (Support::Absent, "absent") => assert_ne!(remark, "", "{name}"),
            (support, state) => panic!("{name} is {support:?}, the page says {state}"),
        }
    }
}
