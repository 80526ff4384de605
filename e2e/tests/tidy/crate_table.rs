//! Who may depend on whom: a crate exists because it forbids something, and here each one's ban is held.

use std::collections::{BTreeMap, BTreeSet};

use crate::metadata::{self, Member};

/// A crate, its folder, the crates of ours it may link, and the packages that must not be found among all it links,
/// however deep.
struct Row {
    name: &'static str,
    folder: &'static str,
    may: &'static [&'static str],
    never: &'static [&'static [&'static str]],
}

/// An async runtime and what stands on one.
const ASYNC: &[&str] = &["tokio", "async-std", "smol", "hyper", "hyper-util", "tower", "tonic"];
/// Files, sockets and processes of the operating system. Its clock needs no package: `clippy.toml` bans reading it.
const SYSTEM: &[&str] = &["rustix", "nix", "mio", "socket2"];
/// What speaks to a Kubernetes API server.
const KUBE_CLIENT: &[&str] = &["kube-client", "kube-runtime"];
/// Kubernetes at all.
const KUBE: &[&str] = &["kube", "kube-core", "k8s-openapi"];
/// Record storage and decisions, which only the binary joins with the wire.
const RANGES: &[&str] = &["forebay-log", "forebay-core"];
/// Randomness that nobody passed in.
const RANDOM: &[&str] = &["rand", "fastrand"];

const TABLE: &[Row] = &[
    Row { name: "forebay-api", folder: "operator/api", may: &[], never: &[ASYNC, KUBE_CLIENT, SYSTEM, RANDOM] },
    Row { name: "forebay-protocol", folder: "broker/protocol", may: &[], never: &[ASYNC, SYSTEM, KUBE, RANDOM] },
    Row { name: "forebay-log", folder: "broker/log", may: &[], never: &[ASYNC, KUBE, RANDOM] },
    Row {
        name: "forebay-core",
        folder: "broker/core",
        may: &["forebay-protocol"],
        never: &[ASYNC, SYSTEM, KUBE, RANDOM],
    },
    Row {
        name: "forebay-plan",
        folder: "operator/plan",
        may: &["forebay-api", "forebay-protocol"],
        never: &[ASYNC, SYSTEM, KUBE_CLIENT, RANDOM],
    },
    Row {
        name: "forebay-gateway",
        folder: "broker/gateway",
        may: &["forebay-protocol"],
        never: &[KUBE, RANGES, &["tonic"]],
    },
    Row {
        name: "forebay",
        folder: "broker",
        may: &["forebay-api", "forebay-core", "forebay-gateway", "forebay-log", "forebay-plan", "forebay-protocol"],
        never: &[KUBE_CLIENT],
    },
    Row { name: "forebay-bench", folder: "broker/bench", may: &["forebay-protocol"], never: &[KUBE, RANGES] },
    Row { name: "forebay-e2e", folder: "e2e", may: &["forebay-api"], never: &[KUBE_CLIENT] },
];

/// Crates that are in the table or in the workspace but not in both, lie elsewhere, or link one of ours they may not.
fn own_edges_beside_the_table(members: &BTreeMap<String, Member>) -> Vec<String> {
    let mut found = Vec::new();
    for row in TABLE {
        let Some(member) = members.get(row.name) else {
            found.push(format!("{}: in the table and not in the workspace", row.name));
            continue;
        };
        if member.folder != row.folder {
            found.push(format!("{} lies in {}, the table says {}", row.name, member.folder, row.folder));
        }
        let beside = member.ours.iter().filter(|name| !row.may.contains(&name.as_str()));
        found.extend(beside.map(|name| format!("{} links {name}, which the table does not allow", row.name)));
    }
    let unknown = members.keys().filter(|name| !TABLE.iter().any(|row| row.name == *name));
    found.extend(unknown.map(|name| format!("{name}: in the workspace and not in the table")));
    found
}

/// What one crate links and never may.
fn forbidden(row: &Row, linked: &BTreeSet<String>) -> Vec<String> {
    let never = row.never.iter().copied().flatten();
    let hits = never.filter(|name| linked.contains(**name));
    hits.map(|name| format!("{} links {name}: cargo tree -p {} -e normal -i {name}", row.name, row.name)).collect()
}

#[test]
fn our_crates_depend_on_each_other_as_the_table_allows() {
    crate::assert_none(&own_edges_beside_the_table(&metadata::members()));
}

#[test]
fn no_crate_links_what_it_exists_to_forbid() {
    let found: Vec<String> = TABLE.iter().flat_map(|row| forbidden(row, &metadata::linked_by(row.name))).collect();
    crate::assert_none(&found);
}

#[cfg(test)]
mod samples {
    use super::*;

    fn as_the_table_says() -> BTreeMap<String, Member> {
        let member = |row: &Row| {
            let ours = row.may.iter().map(|name| (*name).to_owned()).collect();
            (row.name.to_owned(), Member { folder: row.folder.to_owned(), ours })
        };
        TABLE.iter().map(member).collect()
    }

    #[test]
    fn an_edge_beside_the_table_is_found() {
        let mut members = as_the_table_says();
        crate::assert_none(&own_edges_beside_the_table(&members));
        members.get_mut("forebay-log").expect("listed").ours.insert("forebay-protocol".to_owned());
        crate::assert_one(&own_edges_beside_the_table(&members), "forebay-log links forebay-protocol");
    }

    #[test]
    fn a_crate_missing_from_the_table_and_a_moved_one_are_found() {
        let mut members = as_the_table_says();
        members.insert("forebay-common".to_owned(), Member::default());
        crate::assert_one(&own_edges_beside_the_table(&members), "forebay-common: in the workspace and not in");
        members.remove("forebay-common");
        members.get_mut("forebay-log").expect("listed").folder = "log".to_owned();
        crate::assert_one(&own_edges_beside_the_table(&members), "forebay-log lies in log");
    }

    #[test]
    fn a_forbidden_package_is_found_however_deep() {
        let row = &TABLE[0];
        let linked = BTreeSet::from(["kube".to_owned(), "tokio".to_owned()]);
        crate::assert_one(&forbidden(row, &linked), "forebay-api links tokio");
    }

    #[test]
    fn cargo_tree_lists_what_is_linked_and_no_development_dependency() {
        assert!(metadata::linked_by("forebay-log").contains("crc-fast"), "a direct dependency is listed");
        assert!(!metadata::linked_by("forebay-e2e").contains("toml"), "a development dependency is not");
    }
}
