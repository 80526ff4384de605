//! How large a file, a function and an inline test module may be. What does not fit a screen hides its own flaws.

use crate::rust_tokens::{blocks, tokens};
use crate::tree::{Tree, extension};

/// A file over 400 asks to be split; at this it must be.
const FILE_CODE_LINES_MAX: usize = 500;
/// The same number as `too-many-lines-threshold` in `clippy.toml`, held here for macros and scripts as well.
const FUNCTION_CODE_LINES_MAX: usize = 70;
/// Longer tests move to their own file, so that the code and not its tests is what a reader opens.
const INLINE_TESTS_CODE_LINES_MAX: usize = 200;

/// The languages people write here, each with what opens a comment line. Generated files and data have no limit.
const LANGUAGES: [(&str, &str); 6] =
    [("rs", "//"), ("py", "#"), ("sh", "#"), ("java", "//"), ("js", "//"), ("mjs", "//")];

fn findings(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in tree.files() {
        let Some(comment) = comment_of(path, text) else { continue };
        let lines = code_lines(text.lines(), comment);
        if lines > FILE_CODE_LINES_MAX {
            found.push(format!("{path}: {lines} code lines, {FILE_CODE_LINES_MAX} at most"));
        }
        if extension(path) == Some("rs") {
            found.extend(rust_blocks_too_long(path, text));
        } else {
            found.extend(script_functions_too_long(path, text, comment));
        }
    }
    found
}

/// What opens a comment in this file, or `None` for what is no code. A script may have no extension but has `#!`.
fn comment_of(path: &str, text: &str) -> Option<&'static str> {
    let known = LANGUAGES.iter().find(|(language, _)| Some(*language) == extension(path)).map(|(_, comment)| *comment);
    known.or_else(|| text.starts_with("#!").then_some("#"))
}

fn code_lines<'a>(lines: impl Iterator<Item = &'a str>, comment: &str) -> usize {
    lines.filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with(comment)).count()
}

fn rust_blocks_too_long(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for block in blocks(&tokens(text)) {
        let span = text.lines().skip(block.first_line - 1).take(block.last_line - block.first_line + 1);
        let lines = code_lines(span, "//");
        let most = match (block.keyword, block.name.as_str()) {
            ("fn", _) => FUNCTION_CODE_LINES_MAX,
            ("mod", "tests") => INLINE_TESTS_CODE_LINES_MAX,
            _ => continue,
        };
        if lines > most {
            let (keyword, name, line) = (block.keyword, block.name, block.first_line);
            found.push(format!("{path}:{line}: {keyword} {name} has {lines} code lines, {most} at most"));
        }
    }
    found
}

/// Functions of Python and of the shell: from `def name(` to the next line at its depth, from `name() {` to `}`.
fn script_functions_too_long(path: &str, text: &str, comment: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let head = line.trim_start();
        let depth = line.len() - head.len();
        let is_function = head.starts_with("def ") || head.starts_with("async def ") || head.ends_with("() {");
        if !is_function {
            continue;
        }
        let after = lines[at + 1..].iter();
        let body = after.take_while(|next| {
            next.trim().is_empty() || next.len() - next.trim_start().len() > depth || next.trim_start().starts_with(')')
        });
        let count = 1 + code_lines(body.copied(), comment);
        if count > FUNCTION_CODE_LINES_MAX {
            found.push(format!("{path}:{}: {head} {count} code lines, {FUNCTION_CODE_LINES_MAX} at most", at + 1));
        }
    }
    found
}

#[test]
fn files_and_functions_are_short() {
    crate::assert_none(&findings(&Tree::of_project()));
}

#[cfg(test)]
mod samples {
    use super::*;

    #[test]
    fn a_long_file_is_found_and_its_comments_do_not_count() {
        let long = "const A: u8 = 0;\n".repeat(FILE_CODE_LINES_MAX + 1);
        crate::assert_one(&findings(&Tree::sample(&[("a.rs", &long)])), "501 code lines");
        let prose = "// Why.\n\n".repeat(FILE_CODE_LINES_MAX + 1);
        crate::assert_none(&findings(&Tree::sample(&[("a.rs", &prose)])));
    }

    #[test]
    fn a_long_function_is_found_in_rust_python_and_the_shell() {
        let rust = format!("fn f() {{\n{}}}\n", "    g();\n".repeat(FUNCTION_CODE_LINES_MAX));
        crate::assert_one(&findings(&Tree::sample(&[("a.rs", &rust)])), "fn f has 72 code lines");
        let python = format!("def f():\n{}\nf()\n", "    g()\n".repeat(FUNCTION_CODE_LINES_MAX));
        crate::assert_one(&findings(&Tree::sample(&[("a.py", &python)])), "71 code lines");
        let shell = format!("#!/bin/sh\nf() {{\n{}}}\n", "    g\n".repeat(FUNCTION_CODE_LINES_MAX));
        crate::assert_one(&findings(&Tree::sample(&[("run", &shell)])), "71 code lines");
    }

    #[test]
    fn a_long_inline_test_module_is_found() {
        let short = "    #[test]\n    fn a() {}\n".repeat(INLINE_TESTS_CODE_LINES_MAX / 2);
        let text = format!("#[cfg(test)]\nmod tests {{\n{short}}}\n");
        crate::assert_one(&findings(&Tree::sample(&[("a.rs", &text)])), "mod tests has 202 code lines");
    }
}
