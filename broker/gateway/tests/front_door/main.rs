//! The front door through real sockets: every rule it holds to, as a client sees it. Behind it stands a stub, because
//! what operations do is not its business.

mod admission;
mod bodies;
mod client;
mod closing;
mod heads;
mod http2;
mod signatures;
mod slow;
mod stub;
