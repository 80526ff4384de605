//! From a body to a typed request: quickly where the request is valid and common, with AWS's full explanation where
//! it is not.

use super::{ApiError, ErrorCode, Request};
use crate::api::Operation;
use crate::wire::{self, Encoding, Fields, Shape};

/// A typed request and the shape it is read by.
pub(super) trait Input<'a>: Sized {
    /// Its input in the model.
    const SHAPE: &'static Shape;

    /// The request of members that keep every limit of the shape.
    fn from_fields(fields: Fields<'a>) -> Result<Self, ApiError>;

    /// The request of a body that is plainly valid, where there is a quicker way to tell.
    fn accept(_: Encoding, _: &'a [u8]) -> Option<Self> {
        None
    }
}

/// Reads the body of a request. An absent operation's is not read at all.
///
/// The base64 of a PutRecord or PutRecords may still turn out to be invalid: see [`explain`].
pub fn decode(operation: Operation, encoding: Encoding, body: &[u8]) -> Result<Request<'_>, ApiError> {
    Request::read(operation, encoding, body, Way::QuickFirst)
}

/// Why a body that [`decode`] took is refused after all: a record's base64 would not decode. AWS says so before it
/// looks for the stream, so whoever is about to refuse the request for another reason asks
/// [`Request::has_valid_data`] first.
pub fn explain(operation: Operation, encoding: Encoding, body: &[u8]) -> ApiError {
    let read = Request::read(operation, encoding, body, Way::ByShape);
    read.err().unwrap_or_else(|| ApiError::new(ErrorCode::InternalFailure, ""))
}

/// How to read a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The quick way where there is one, then by the shape.
    QuickFirst,
    /// By the shape.
    ByShape,
}

pub(super) fn read<'a, R: Input<'a>>(encoding: Encoding, body: &'a [u8], way: Way) -> Result<R, ApiError> {
    if way == Way::QuickFirst
        && let Some(request) = R::accept(encoding, body)
    {
        return Ok(request);
    }
    R::from_fields(wire::read(encoding, body, R::SHAPE)?)
}
