//! The AWS wire onto [`ranges::Ranges`] and [`catalog::Catalog`]; forbids knowing how either stores anything.

pub mod actions;
pub mod catalog;
pub mod front_door;
pub mod ranges;
