//! Every Rust file opens with its chapter line; a crate's says what it forbids; a `mod.rs` opens its folder.

use crate::tree::Tree;

/// Words with which a crate's first paragraph says what it forbids.
const BANS: [&str; 6] = ["forbids", "may not", "must not", "never", "does not", "knows nothing"];

/// What a `mod.rs` may hold besides `mod` and `use` lines: a page of what the folder is named after. Where there is more,
/// a reader looks for it in a file of its own name.
const MOD_FILE_CODE_LINES_MAX: usize = 100;

fn without_chapter_line(tree: &Tree) -> Vec<String> {
    // Tests moved out of a file carry its name.
    let of_their_own = tree.with_extension("rs").filter(|(path, _)| !path.ends_with("tests.rs"));
    let silent = of_their_own.filter(|(_, text)| !text.starts_with("//! "));
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
        let lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("//"));
        let own = lines.filter(|line| !is_contents(line)).count();
        if own > MOD_FILE_CODE_LINES_MAX {
            found.push(format!("{path}: {own} code lines of its own, {MOD_FILE_CODE_LINES_MAX} at most"));
        }
    }
    found
}

/// A `mod` or `use` line, whatever its visibility.
fn is_contents(line: &str) -> bool {
    let item = line.strip_prefix("pub").map_or(line, |rest| rest.split_once(' ').map_or("", |(_, item)| item));
    item.starts_with("mod ") || item.starts_with("use ")
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
fn a_mod_file_opens_its_folder_and_holds_a_page_at_most() {
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
    fn a_mod_file_of_more_than_a_page_is_found() {
        let page = "const A: u8 = 0;\n".repeat(MOD_FILE_CODE_LINES_MAX);
        let full = format!("//! A.\n\nmod b;\npub(crate) use b::C;\n{page}");
        crate::assert_none(&crowded_mod_files(&Tree::sample(&[("a/mod.rs", &full)])));
        let more = format!("{full}fn f() {{}}\n");
        crate::assert_one(&crowded_mod_files(&Tree::sample(&[("a/mod.rs", &more)])), "101 code lines of its own");
    }
}
