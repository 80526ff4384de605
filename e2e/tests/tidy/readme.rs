//! What the README promises exists: its commands' files and packages, its links, and those of every other document.

use crate::metadata;
use crate::tree::Tree;

/// The two commands that must stand in the README, word by word.
const PROMISED: [&str; 2] = ["cargo run --release -- standalone -f examples/orders.yaml", "cargo test --workspace"];

fn missing_promises(tree: &Tree) -> Vec<String> {
    let readme = tree.text("README.md").unwrap_or_default();
    let missing = PROMISED.iter().filter(|command| !commands(readme).any(|line| line.contains(*command)));
    missing.map(|command| format!("README.md: no code block has `{command}`")).collect()
}

/// Words of commands that look like paths into the repository and lead nowhere, and `-p` packages that do not exist.
fn dead_commands(tree: &Tree, packages: &[String]) -> Vec<String> {
    let folders: Vec<&str> = tree.files().filter_map(|(path, _)| path.split_once('/').map(|(top, _)| top)).collect();
    let mut found = Vec::new();
    for (document, text) in tree.with_extension("md") {
        for line in commands(text) {
            let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_start_matches("./")).collect();
            for (at, word) in words.iter().enumerate() {
                let is_path = word.split_once('/').is_some_and(|(top, _)| folders.contains(&top));
                if is_path && !tree.exists(word) {
                    found.push(format!("{document}: `{line}` names {word}, which is not here"));
                }
                let is_package = at > 0 && words[0] == "cargo" && ["-p", "--package"].contains(&words[at - 1]);
                if is_package && !packages.iter().any(|package| package == word) {
                    found.push(format!("{document}: `{line}` names the package {word}, which is not here"));
                }
            }
        }
    }
    found
}

/// The lines of fenced code blocks.
fn commands(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        inside && !fence
    })
}

/// Relative links of documents that lead nowhere.
fn dead_links(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (document, text) in tree.with_extension("md") {
        let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split([')', '#', ' ']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") && !tree.exists(&joined(folder, target)) {
                found.push(format!("{document}: links to {target}, which is not here"));
            }
        }
    }
    found
}

fn joined(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = if target.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for part in target.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            other => parts.push(other),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("/")
}

/// The changelog has a heading for the version the workspace has, or for what comes next.
fn changelog_gaps(tree: &Tree) -> Vec<String> {
    let Some(changelog) = tree.text("CHANGELOG.md") else { return vec!["CHANGELOG.md is not here".to_owned()] };
    let version = env!("CARGO_PKG_VERSION");
    let headed = changelog
        .lines()
        .any(|line| line.starts_with("## ") && (line.contains(version) || line.to_lowercase().contains("unreleased")));
    if headed {
        Vec::new()
    } else {
        vec![format!("CHANGELOG.md: no heading for {version}, nor for what is unreleased")]
    }
}

#[test]
fn the_readme_has_the_two_commands() {
    crate::assert_none(&missing_promises(&Tree::of_project()));
}

#[test]
fn commands_in_documents_name_what_exists() {
    let packages: Vec<String> = metadata::members().into_keys().collect();
    crate::assert_none(&dead_commands(&Tree::of_project(), &packages));
}

#[test]
fn links_in_documents_lead_somewhere() {
    crate::assert_none(&dead_links(&Tree::of_project()));
}

#[test]
fn the_changelog_knows_this_version() {
    crate::assert_none(&changelog_gaps(&Tree::of_project()));
}

#[cfg(test)]
mod samples {
    use super::*;

    #[test]
    fn a_promised_command_outside_a_code_block_is_missing() {
        let text = "cargo test --workspace\n```\ncargo run --release -- standalone -f examples/orders.yaml\n```\n";
        crate::assert_one(&missing_promises(&Tree::sample(&[("README.md", text)])), "cargo test --workspace");
    }

    #[test]
    fn a_command_with_a_path_or_a_package_that_is_not_here_is_found() {
        let text = "```\n./bench/compare --quick\n./bench/contrast\ncargo run -p forebay-bench -- load\n```\n";
        let tree = Tree::sample(&[("README.md", text), ("bench/compare", "")]);
        crate::assert_one(&dead_commands(&tree, &["forebay-bench".to_owned()]), "bench/contrast");
        let tree = Tree::sample(&[("README.md", "```\ncargo run -p forebay-bank\n```\n")]);
        crate::assert_one(&dead_commands(&tree, &["forebay-bench".to_owned()]), "forebay-bank");
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        let text = "[a](../README.md#words) [b](formats.md) [c](https://docs.rs/c) [d](adr/)";
        let tree = Tree::sample(&[("README.md", ""), ("docs/a.md", text), ("docs/adr/1.md", "")]);
        crate::assert_one(&dead_links(&tree), "formats.md");
    }

    #[test]
    fn a_changelog_without_this_version_is_found() {
        crate::assert_one(&changelog_gaps(&Tree::sample(&[("CHANGELOG.md", "## 0.0.1\n")])), "no heading");
        crate::assert_none(&changelog_gaps(&Tree::sample(&[("CHANGELOG.md", "## Unreleased\n")])));
    }
}
