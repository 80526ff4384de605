//! The project speaks of itself alone: no path of a machine, no host beside those a reader may need, no document that
//! is not here, no note to its authors.

use crate::tree::Tree;

/// Every host that a link or an example may name.
const HOSTS: [&str; 18] = [
    "127.0.0.1",
    "apache.org",
    "aws.amazon.com",
    "datatracker.ietf.org",
    "docs.aws.amazon.com",
    "docs.rs",
    "en.wikipedia.org",
    "doc.rust-lang.org",
    "github.com",
    "json-schema.org",
    "kinesis.us-east-1.amazonaws.com",
    "kubernetes.io",
    "maven.apache.org",
    "rustup.rs",
    "spec.graphql.org",
    "www.apache.org",
    "www.rfc-editor.org",
    "www.w3.org",
];

/// Endings of hosts reserved for examples.
const EXAMPLE_HOSTS: [&str; 4] = ["example.com", ".example", ".invalid", ".test"];

/// Folders that exist on somebody's machine and in no clone.
const MACHINE_PATHS: [&str; 6] = ["/work/", "/root/", "/home/", "/Users/", "/tmp/", "shared/reference"];

/// Notes to the authors, and words of a document that readers do not have.
const NOTES: [&str; 9] =
    ["TODO", "FIXME", "XXX:", "HACK:", "colleague", "the brief", "this issue", "DESIGN D", "DESIGN §"];

/// The checks and their samples have to spell what they refuse.
const THESE_CHECKS: &str = "e2e/tests/tidy/";

fn foreign_words(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (path, line, text) in lines(tree) {
        let words = MACHINE_PATHS.iter().chain(&NOTES).filter(|word| text.contains(**word));
        found.extend(words.map(|word| format!("{path}:{line}: says {word:?}")));
    }
    found
}

fn foreign_hosts(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (path, line, text) in lines(tree).filter(|(path, ..)| *path != "Cargo.lock") {
        let allowed = |host: &&str| !HOSTS.contains(host) && !EXAMPLE_HOSTS.iter().any(|end| host.ends_with(end));
        found.extend(hosts(text).filter(allowed).map(|host| format!("{path}:{line}: names the host {host}")));
    }
    found
}

/// Crates, npm packages and Maven artifacts come from where the reader's own client is set to look.
fn foreign_registries(tree: &Tree) -> Vec<String> {
    const HOME: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let mut found = Vec::new();
    for (path, line, text) in lines(tree) {
        let name = path.rsplit('/').next().unwrap_or(path);
        let foreign = match name {
            "Cargo.lock" => text.starts_with("source = ") && text != HOME,
            "package-lock.json" => text.contains("\"resolved\""),
            "pom.xml" => text.contains("<repositor") || text.contains("<pluginRepositor"),
            "requirements.txt" => text.starts_with('-') && !text.starts_with("--require-hashes"),
            _ => false,
        };
        if foreign {
            found.push(format!("{path}:{line}: names a registry: {}", text.trim()));
        }
    }
    found
}

/// Documents that a text names and that are not in the tree.
fn absent_documents(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (path, line, text) in lines(tree) {
        for name in text.split(|at: char| !(at.is_ascii_alphanumeric() || "._-".contains(at))) {
            let name = name.trim_end_matches('.');
            let is_document = name.strip_suffix(".md").is_some_and(|stem| !stem.is_empty());
            if is_document && !tree.files().any(|(file, _)| file.rsplit('/').next() == Some(name)) {
                found.push(format!("{path}:{line}: names {name}, which is not here"));
            }
        }
    }
    found
}

/// Every line of every file but these checks: path, 1-based number, text.
fn lines(tree: &Tree) -> impl Iterator<Item = (&str, usize, &str)> {
    let others = tree.files().filter(|(path, _)| !path.starts_with(THESE_CHECKS));
    others.flat_map(|(path, text)| text.lines().enumerate().map(move |(at, line)| (path, at + 1, line)))
}

/// The hosts of the URLs in a line; a variable, or a word without a dot, in the place of a host is none.
fn hosts(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("://").filter_map(|(at, _)| {
        let rest = &line[at + 3..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-')).unwrap_or(rest.len());
        let host = rest[..end].trim_end_matches('.');
        let is_web = line[..at].ends_with("http") || line[..at].ends_with("https");
        (is_web && host.contains('.')).then_some(host)
    })
}

#[test]
fn no_file_says_what_only_its_authors_understand() {
    crate::assert_none(&foreign_words(&Tree::of_project()));
}

#[test]
fn every_host_is_one_a_reader_may_need() {
    crate::assert_none(&foreign_hosts(&Tree::of_project()));
}

#[test]
fn no_lock_file_names_a_registry_of_somebody_s_own() {
    crate::assert_none(&foreign_registries(&Tree::of_project()));
}

#[test]
fn every_document_that_is_named_is_here() {
    crate::assert_none(&absent_documents(&Tree::of_project()));
}

#[cfg(test)]
mod samples {
    use super::*;

    #[test]
    fn a_path_of_a_machine_and_a_note_to_the_authors_are_found() {
        crate::assert_one(&foreign_words(&Tree::sample(&[("a.md", "See\n/home/me/x\n")])), "a.md:2");
        crate::assert_one(&foreign_words(&Tree::sample(&[("a.rs", "// TODO later\n")])), "TODO");
    }

    #[test]
    fn an_unknown_host_is_found_and_a_variable_is_none() {
        let text =
            "https://docs.rs/x http://127.0.0.1:4567 https://mirror.corp.net/simple http://{address}/ http://$1/";
        crate::assert_one(&foreign_hosts(&Tree::sample(&[("a.md", text)])), "mirror.corp.net");
    }

    #[test]
    fn a_registry_in_a_lock_file_is_found() {
        let good = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
        let tree = Tree::sample(&[("Cargo.lock", good), ("n/package-lock.json", "\"resolved\": \"x\"")]);
        crate::assert_one(&foreign_registries(&tree), "package-lock.json:1");
        let tree = Tree::sample(&[("Cargo.lock", "source = \"sparse+x\"")]);
        crate::assert_one(&foreign_registries(&tree), "Cargo.lock:1");
    }

    #[test]
    fn a_document_that_is_not_here_is_found() {
        let tree = Tree::sample(&[("docs/formats.md", "See formats.md and plans.md.")]);
        crate::assert_one(&absent_documents(&tree), "plans.md");
    }
}
