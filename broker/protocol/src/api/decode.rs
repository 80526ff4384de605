//! From a body to a typed request: quickly where the request is valid and common, with AWS's full explanation where
//! it is not.

use super::{ApiError, Request};
use crate::api::Operation;
use crate::wire::{self, Encoding, Fields, Shape};

/// A typed request and the shape it is read by.
pub(super) trait Input<'a>: Sized {
    /// Its input in the model.
    const SHAPE: &'static Shape;

    /// The request of members that keep every limit of the shape.
    fn from_fields(fields: Fields<'a>) -> Result<Self, ApiError>;
}

/// Reads the body of a request. An absent operation's is not read at all.
pub fn decode(operation: Operation, encoding: Encoding, body: &[u8]) -> Result<Request<'_>, ApiError> {
    Request::read(operation, encoding, body)
}

/// Why a body whose base64 would not decode is refused: [`decode`] leaves that to whoever needs the bytes.
pub fn explain(operation: Operation, encoding: Encoding, body: &[u8]) -> ApiError {
    match Request::read(operation, encoding, body) {
        Err(error) => error,
        Ok(_) => unreachable!("the checks read all base64"),
    }
}

/// Reads by the shape.
pub(super) fn read<'a, R: Input<'a>>(encoding: Encoding, body: &'a [u8]) -> Result<R, ApiError> {
    R::from_fields(wire::read(encoding, body, R::SHAPE)?)
}
