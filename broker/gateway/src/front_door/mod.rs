//! The front door: HTTP to typed requests and back. What may come in, how much of it at a time and in whose turn is
//! decided here; what a request means is not.
//!
//! A request goes through, in this order: its headers ([`head`]), its signature as far as headers show it, a permit for
//! all of its bytes ([`admission`]), its body ([`body`]), the body's hash, its dialect, its operation. Whatever refuses
//! it, the client gets an answer it can read ([`answer`]), and the connection does not outlive a body nobody read.

mod admission;
mod answer;
mod body;
mod bounds;
mod connection;
mod door;
mod dues;
mod framing;
mod head;
mod host;
mod interior;
mod permits;
mod refusal;
mod request_id;
mod rim;
mod serve;
mod socket;

pub use answer::Durability;
pub use bounds::{Bounds, CONNECTION_BYTES, MemoryTooSmall};
pub use door::{FrontDoor, Surroundings};
pub use interior::Interior;
pub use request_id::RequestId;
pub use rim::{AnsweredRequest, Clock, ConnectionLimit, Observe, RequestIds};
pub use serve::serve;
