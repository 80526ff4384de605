//! Deliberate faults, compiled in only for the test that proves that the model checker notices them.
//!
//! A build with `--cfg forebay_mutations` takes the one named by `FOREBAY_MUTATION`; any other build has none.

/// Whether the named fault is to be committed.
#[cfg(forebay_mutations)]
pub(crate) fn is(name: &str) -> bool {
    use std::sync::OnceLock;
    static CHOSEN: OnceLock<String> = OnceLock::new();
    CHOSEN.get_or_init(|| std::env::var("FOREBAY_MUTATION").unwrap_or_default()) == name
}

/// Whether the named fault is to be committed: never.
#[cfg(not(forebay_mutations))]
#[inline]
pub(crate) const fn is(_name: &str) -> bool {
    false
}
