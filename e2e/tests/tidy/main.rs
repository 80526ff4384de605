//! What no compiler holds: sizes, dead files, who may depend on whom, and that the project speaks of itself alone.
//!
//! Each check is a pure function from a [`tree::Tree`] to findings, proven on a bad sample before it is trusted on the
//! project. It reads and never rewrites.

mod chapters;
mod crate_table;
mod dead_files;
mod manifests;
mod metadata;
mod readme;
mod rust_tokens;
mod sizes;
mod tree;
mod words;

/// Fails with every finding at once, so that one run shows all there is to mend.
#[track_caller]
fn assert_none(findings: &[String]) {
    assert!(findings.is_empty(), "{} finding(s):\n  {}", findings.len(), findings.join("\n  "));
}

/// Fails unless the sample's one flaw was found, and it alone.
#[track_caller]
fn assert_one(findings: &[String], fact: &str) {
    assert!(findings.len() == 1 && findings[0].contains(fact), "wanted one finding with {fact:?}, got {findings:#?}");
}
