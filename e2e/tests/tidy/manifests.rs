//! The manifests: lints in one place, versions in one place, no dependency without a user, no exception without reason.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::tree::Tree;

const DEPENDENCY_TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Crates of the workspace whose lints or dependency versions are their own, and versions no crate takes.
fn scattered(tree: &Tree) -> Vec<String> {
    let root = parse(tree, "Cargo.toml");
    let versions = value(&root, &["workspace", "dependencies"]).and_then(Value::as_table);
    let mut unused: BTreeSet<&str> = versions.into_iter().flat_map(Table::keys).map(String::as_str).collect();
    let mut found = Vec::new();
    for path in member_manifests(tree) {
        let manifest = parse(tree, path);
        if value(&manifest, &["lints", "workspace"]).and_then(Value::as_bool) != Some(true) {
            found.push(format!("{path}: no `[lints] workspace = true`"));
        }
        for (name, entry) in dependencies(&manifest) {
            unused.remove(name);
            // A crate may take itself, with features that only its tests have.
            let itself = entry.get("path").and_then(Value::as_str) == Some(".");
            if !itself && entry.get("workspace").and_then(Value::as_bool) != Some(true) {
                found.push(format!("{path}: {name} has a version of its own; write `{name}.workspace = true`"));
            }
        }
    }
    found.extend(unused.iter().map(|name| format!("Cargo.toml: no crate takes {name} of [workspace.dependencies]")));
    found
}

/// Dependencies whose name stands in no Rust file of the crate.
fn idle(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for path in member_manifests(tree) {
        let folder = path.trim_end_matches("Cargo.toml");
        let nested: Vec<&str> = member_manifests(tree)
            .map(|other| other.trim_end_matches("Cargo.toml"))
            .filter(|other| *other != folder && other.starts_with(folder))
            .collect();
        let own = |file: &str| file.starts_with(folder) && !nested.iter().any(|deeper| file.starts_with(deeper));
        let manifest = parse(tree, path);
        for (name, _) in dependencies(&manifest) {
            let word = name.replace('-', "_");
            if !tree.with_extension("rs").any(|(file, text)| own(file) && text.contains(&word)) {
                found.push(format!("{path}: no file of the crate names {word}"));
            }
        }
    }
    found
}

/// Entries of `deny.toml` that let something pass and do not say why, and `allow` attributes without a reason.
fn exceptions_without_reason(tree: &Tree) -> Vec<String> {
    let deny = parse(tree, "deny.toml");
    let lists = [(["advisories", "ignore"], "id"), (["bans", "skip"], "crate"), (["bans", "skip-tree"], "crate")];
    let mut found = Vec::new();
    for (path, key) in lists {
        let Some(entries) = value(&deny, &path).and_then(Value::as_array) else { continue };
        let silent =
            entries.iter().filter(|entry| entry.get("reason").is_none_or(|reason| reason.as_str() == Some("")));
        found.extend(silent.map(|entry| {
            let name = entry.get(key).map_or_else(|| entry.to_string(), Value::to_string);
            format!("deny.toml: {}.{} {name} has no reason", path[0], path[1])
        }));
    }
    for (path, text) in tree.with_extension("rs") {
        let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim_start()));
        let silent = lines.filter(|(_, line)| {
            let lint = ["#[allow(", "#![allow(", "#[expect(", "#![expect("].iter().any(|head| line.starts_with(head));
            lint && line.ends_with(")]") && !line.contains("reason = ")
        });
        found.extend(silent.map(|(at, line)| format!("{path}:{at}: `{line}` has no reason")));
    }
    found
}

fn member_manifests(tree: &Tree) -> impl Iterator<Item = &str> {
    tree.files().map(|(path, _)| path).filter(|path| path.ends_with("/Cargo.toml"))
}

fn parse(tree: &Tree, path: &str) -> Table {
    let text = tree.text(path).unwrap_or_default();
    text.parse().unwrap_or_else(|error| panic!("{path} is no TOML: {error}"))
}

/// The value at a path of keys.
fn value<'a>(manifest: &'a Table, keys: &[&str]) -> Option<&'a Value> {
    let (last, tables) = keys.split_last()?;
    let mut at = manifest;
    for key in tables {
        at = at.get(*key)?.as_table()?;
    }
    at.get(*last)
}

fn dependencies(manifest: &Table) -> Vec<(&str, &Value)> {
    let tables = DEPENDENCY_TABLES.iter().filter_map(|name| manifest.get(*name)).filter_map(Value::as_table);
    tables.flatten().map(|(name, value)| (name.as_str(), value)).collect()
}

#[test]
fn lints_and_versions_live_once() {
    crate::assert_none(&scattered(&Tree::of_project()));
}

#[test]
fn every_dependency_has_a_user() {
    crate::assert_none(&idle(&Tree::of_project()));
}

#[test]
fn every_exception_has_a_reason() {
    crate::assert_none(&exceptions_without_reason(&Tree::of_project()));
}

#[cfg(test)]
mod samples {
    use super::*;

    const ROOT: (&str, &str) = ("Cargo.toml", "[workspace.dependencies]\nbytes = \"1\"\n");

    #[test]
    fn a_version_and_lints_of_a_crate_s_own_are_found() {
        let good = "[dependencies]\nbytes.workspace = true\n[lints]\nworkspace = true\n";
        crate::assert_none(&scattered(&Tree::sample(&[ROOT, ("a/Cargo.toml", good)])));
        let own = format!("{good}[dev-dependencies]\nhttp = \"1\"\n");
        crate::assert_one(&scattered(&Tree::sample(&[ROOT, ("a/Cargo.toml", &own)])), "http has a version of its own");
        let lax = "[dependencies]\nbytes.workspace = true\n";
        crate::assert_one(&scattered(&Tree::sample(&[ROOT, ("a/Cargo.toml", lax)])), "no `[lints]");
    }

    #[test]
    fn a_version_that_no_crate_takes_is_found() {
        let lone = "[lints]\nworkspace = true\n";
        crate::assert_one(&scattered(&Tree::sample(&[ROOT, ("a/Cargo.toml", lone)])), "no crate takes bytes");
    }

    #[test]
    fn a_dependency_without_a_user_is_found_though_a_nested_crate_uses_it() {
        let tree = Tree::sample(&[
            ("a/Cargo.toml", "[dependencies]\naes-gcm.workspace = true\n"),
            ("a/b/Cargo.toml", "[dependencies]\naes-gcm.workspace = true\n"),
            ("a/b/src/lib.rs", "use aes_gcm::Aes;"),
        ]);
        crate::assert_one(&idle(&tree), "a/Cargo.toml: no file of the crate names aes_gcm");
    }

    #[test]
    fn an_exception_without_a_reason_is_found() {
        let deny = "[bans]\nskip = [{ crate = \"a@1\", reason = \"b still takes it\" }, { crate = \"c@1\" }]\n";
        crate::assert_one(&exceptions_without_reason(&Tree::sample(&[("deny.toml", deny)])), "c@1");
        let tree = Tree::sample(&[("deny.toml", ""), ("a.rs", "#[allow(dead_code)]\n#[expect(x, reason = \"y\")]\n")]);
        crate::assert_one(&exceptions_without_reason(&tree), "a.rs:1");
    }
}
