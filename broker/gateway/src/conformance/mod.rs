//! What every implementation of [`Ranges`] and [`Catalog`] keeps, as checks that each of them runs over itself. They may
//! ask only through the two traits, so what they find holds for the actions too. Built for tests alone, behind the
//! feature `conformance`.
//!
//! A check begins with a fresh [`World`] and panics at what does not hold. Throughput limits are off in it: what is
//! throttled when is decided, and checked, below these traits.

mod addresses;
mod appends;
mod changes;
mod expired;
mod orders;
mod places;
mod quotas;
mod reads;
mod reshards;
mod streams;

use crate::catalog::Catalog;
use crate::ranges::Ranges;

/// An implementation under test: no streams yet, and clocks that only the checks move.
pub trait World {
    /// The ranges.
    type Ranges: Ranges;
    /// The catalog, whose streams lie in those ranges.
    type Catalog: Catalog;

    /// The ranges.
    fn ranges(&self) -> &Self::Ranges;

    /// The catalog.
    fn catalog(&self) -> &Self::Catalog;

    /// Lets time pass, on every clock.
    fn pass_ms(&self, elapsed_ms: u64);

    /// Sets the wall clock back.
    fn step_back_ms(&self, by_ms: u64);

    /// What a future of the ranges or the catalog comes to. A scaling that goes on beside gets no further than that
    /// needs.
    fn answer<T: Send>(&self, future: impl Future<Output = T> + Send) -> T;
}

/// Checks ranges, each check in a fresh world.
///
/// # Panics
/// At the first thing that does not hold.
pub fn check_ranges<W: World>(fresh: impl Fn() -> W) {
    let checks = [addresses::check, appends::check, expired::check, places::check, reads::check, reshards::check];
    for check in checks {
        check(&fresh);
    }
}

/// Checks a catalog, each check in a fresh world.
///
/// # Panics
/// At the first thing that does not hold.
pub fn check_catalog<W: World>(fresh: impl Fn() -> W) {
    for check in [changes::check, quotas::check, streams::check] {
        check(&fresh);
    }
}
