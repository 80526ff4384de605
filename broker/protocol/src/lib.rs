//! The AWS wire of Kinesis: its words, limits, shapes, errors, both encodings and signatures; forbids I/O, clocks
//! and async.

pub mod api;
pub mod expiry;
pub mod iterator;
pub mod limits;
pub mod record;
pub mod sigv4;
pub mod wire;
pub mod words;
