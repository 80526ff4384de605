//! The AWS wire onto [`ranges::Ranges`] and [`catalog::Catalog`]; forbids knowing how either stores anything.

pub mod actions;
pub mod catalog;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod front_door;
pub mod ranges;
