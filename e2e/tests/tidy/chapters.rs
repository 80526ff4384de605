//! Every Rust file opens with its chapter line; a crate's says what it forbids; a `mod.rs` is a table of contents.

use crate::rust_tokens::{tokens, top_level_items};
use crate::tree::Tree;

/// Words with which a crate's first paragraph says what it forbids.
const BANS: [&str; 6] = ["forbids", "may not", "must not", "never", "does not", "knows nothing"];

/// What a `mod.rs` may hold besides at most one function, the one that names the folder.
const CONTENTS: [&str; 3] = ["mod", "use", "extern"];

fn without_chapter_line(tree: &Tree) -> Vec<String> {
    let silent = tree.with_extension("rs").filter(|(_, text)| !text.starts_with("//! "));
    silent.map(|(path, _)| format!("{path}: its first line is no `//!` that says what it is")).collect()
}

fn crates_that_forbid_nothing(tree: &Tree) -> Vec<String> {
    let roots = tree.with_extension("rs").filter(|(path, _)| path.ends_with("src/lib.rs"));
    let lax = roots.filter(|(_, text)| {
        let paragraph: String = text.lines().take_while(|line| *line != "//!" && !line.is_empty()).collect();
        !BANS.iter().any(|ban| paragraph.contains(ban))
    });
    lax.map(|(path, _)| format!("{path}: its first paragraph says nothing of what the crate forbids ({BANS:?})"))
        .collect()
}

fn crowded_mod_files(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in tree.with_extension("rs").filter(|(path, _)| path.ends_with("/mod.rs")) {
        let items = top_level_items(&tokens(text));
        let functions = items.iter().filter(|item| *item == "fn").count();
        let others = items.iter().filter(|item| *item != "fn" && !CONTENTS.contains(&item.as_str()));
        found.extend(others.map(|item| format!("{path}: holds a `{item}`; a mod.rs holds mod and use lines")));
        if functions > 1 {
            found.push(format!("{path}: {functions} functions; at most the one that names the folder"));
        }
    }
    found
}

#[test]
fn every_rust_file_opens_with_its_chapter_line() {
    crate::assert_none(&without_chapter_line(&Tree::of_project()));
}

#[test]
fn every_crate_says_what_it_forbids() {
    crate::assert_none(&crates_that_forbid_nothing(&Tree::of_project()));
}

#[test]
fn a_mod_file_is_a_table_of_contents() {
    crate::assert_none(&crowded_mod_files(&Tree::of_project()));
}

#[cfg(test)]
mod samples {
    use super::*;

    #[test]
    fn a_file_without_a_chapter_line_is_found() {
        let tree = Tree::sample(&[("a.rs", "//! What it is.\n"), ("b.rs", "use std::fmt;\n//! Too late.\n")]);
        crate::assert_one(&without_chapter_line(&tree), "b.rs");
    }

    #[test]
    fn a_crate_that_forbids_nothing_is_found() {
        let tree = Tree::sample(&[
            ("a/src/lib.rs", "//! All sorts.\n//!\n//! It never\n"),
            ("b/src/lib.rs", "//! May not.\n"),
        ]);
        // Case counts: the paragraph of `b` opens with the ban's words but is no sentence about a crate.
        let found = crates_that_forbid_nothing(&tree);
        assert_eq!(found.len(), 2, "{found:?}");
        crate::assert_none(&crates_that_forbid_nothing(&Tree::sample(&[("c/src/lib.rs", "//! C; forbids I/O.\n")])));
    }

    #[test]
    fn a_type_or_a_second_function_in_a_mod_file_is_found() {
        let tree = Tree::sample(&[("a/mod.rs", "//! A.\nmod b;\npub use b::{C, D};\npub struct E;\nfn f() {}\n")]);
        crate::assert_one(&crowded_mod_files(&tree), "holds a `struct`");
        crate::assert_one(&crowded_mod_files(&Tree::sample(&[("a/mod.rs", "fn f() {}\nfn g() {}")])), "2 functions");
    }
}
