//! Files nobody reaches: a `.rs` file that no `mod` names, a document, script or data file that no other file names.

use std::collections::BTreeSet;

use crate::metadata;
use crate::rust_tokens::{ModuleFile, module_files, tokens};
use crate::tree::{Tree, extension};

/// Read by their tools or by people, by convention and unnamed.
const FOUND_BY_CONVENTION: [&str; 14] = [
    ".ci/run",
    ".gitattributes",
    ".gitignore",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "clippy.toml",
    "deny.toml",
    "package-lock.json",
    "package.json",
    "pom.xml",
    "rustfmt.toml",
];

/// Folders whose every file is read by listing the folder: by people, tests, `crdgen` or proptest.
const READ_AS_A_FOLDER: [&str; 4] = ["crds/", "docs/adr/", "/golden/", "/proptest-regressions/"];

/// How pytest, unittest and Node's runner find what they run.
fn is_found_by_a_test_runner(name: &str) -> bool {
    name == "conftest.py" || (name.starts_with("test_") && extension(name) == Some("py")) || name.contains(".test.")
}

/// `.rs` files that are reachable from no crate root.
fn unreached(tree: &Tree, roots: &[String]) -> Vec<String> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<String> = roots.to_vec();
    // Bounded by the number of files: each enters `reached` once.
    while let Some(path) = waiting.pop() {
        let Some(text) = tree.text(&path) else { continue };
        if reached.insert(path.clone()) {
            let children = module_files(&tokens(text));
            waiting.extend(children.iter().flat_map(|module| places(&path, roots.contains(&path), module)));
        }
    }
    let rust = tree.with_extension("rs").map(|(path, _)| path);
    rust.filter(|path| !reached.contains(*path)).map(|path| format!("{path}: no `mod` reaches it")).collect()
}

/// The two places where the file of a `mod name;` may lie, or the one that `#[path]` gives.
fn places(parent: &str, parent_is_root: bool, module: &ModuleFile) -> Vec<String> {
    let (folder, file) = parent.rsplit_once('/').unwrap_or(("", parent));
    if let Some(path) = &module.path {
        return vec![normalised(&format!("{folder}/{path}"))];
    }
    let mut parts = vec![folder.to_owned()];
    if !parent_is_root && file != "mod.rs" {
        parts.push(file.trim_end_matches(".rs").to_owned());
    }
    parts.extend(module.inline_folders.iter().cloned());
    parts.push(module.name.trim_start_matches("r#").to_owned());
    let stem = normalised(&parts.join("/"));
    vec![format!("{stem}.rs"), format!("{stem}/mod.rs")]
}

/// A path without `.`, `..` and empty parts.
fn normalised(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    parts.join("/")
}

/// Files other than Rust's that no other file names, by its name if that is unique and telling, else by folder and
/// name.
fn unnamed(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (path, _) in tree.files() {
        let name = path.rsplit('/').next().unwrap_or(path);
        let by_convention = FOUND_BY_CONVENTION.iter().any(|known| path == *known || name == *known)
            || READ_AS_A_FOLDER.iter().any(|folder| path.contains(folder))
            || is_found_by_a_test_runner(name)
            || extension(path) == Some("rs");
        let names = names_of(tree, path);
        if !by_convention && !tree.files().any(|(other, text)| other != path && names_any(text, &names)) {
            found.push(format!("{path}: no other file names it"));
        }
    }
    found
}

/// How others may name a file: `folder/name` always; `name` alone when no other file has it and it has an extension;
/// the class alone in Java; the import in Python.
fn names_of(tree: &Tree, path: &str) -> Vec<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let name = parts[parts.len() - 1];
    let mut names = vec![parts[parts.len().saturating_sub(2)..].join("/")];
    let unique = tree.files().filter(|(other, _)| other.rsplit('/').next() == Some(name)).count() == 1;
    if unique && name.contains('.') {
        names.push(name.to_owned());
    }
    if let (true, Some(class)) = (unique, name.strip_suffix(".java")) {
        names.push(class.to_owned());
    }
    if let Some(module) = name.strip_suffix(".py") {
        names.extend([format!("from {module} import"), format!("import {module}\n")]);
    }
    names
}

fn names_any(text: &str, names: &[String]) -> bool {
    names.iter().any(|name| text.contains(name.as_str()))
}

#[test]
fn every_rust_file_is_reached_from_a_crate() {
    crate::assert_none(&unreached(&Tree::of_project(), &metadata::target_roots()));
}

#[test]
fn every_document_and_script_is_named_by_another_file() {
    crate::assert_none(&unnamed(&Tree::of_project()));
}

#[cfg(test)]
mod samples {
    use super::*;

    #[test]
    fn a_rust_file_that_no_mod_names_is_found() {
        let tree = Tree::sample(&[
            ("a/src/lib.rs", "mod b; mod e { mod f; }"),
            ("a/src/b/mod.rs", "mod c;"),
            ("a/src/b/c.rs", "mod d;"),
            ("a/src/b/c/d.rs", ""),
            ("a/src/e/f.rs", ""),
            ("a/src/dead.rs", ""),
        ]);
        crate::assert_one(&unreached(&tree, &["a/src/lib.rs".to_owned()]), "a/src/dead.rs");
    }

    #[test]
    fn a_script_that_nothing_names_is_found() {
        let tree = Tree::sample(&[
            ("README.md", "Run `bench/compare`, see docs/formats.md."),
            ("bench/compare", "#!/bin/sh"),
            ("docs/formats.md", "Byte by byte."),
            ("bench/run", "#!/bin/sh"),
        ]);
        crate::assert_one(&unnamed(&tree), "bench/run");
    }
}
