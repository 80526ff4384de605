//! HTTP/1.1 as little as a load generator needs, without I/O: where an endpoint is, how a request's head is written,
//! where an answer ends, and how a request is signed. It may not interpret a body.

pub(crate) mod answer_frame;
pub(crate) mod endpoint;
pub(crate) mod request_head;
pub(crate) mod signature;
