//! What a client is told when a request fails: AWS's error types, statuses and form on the wire.

use std::borrow::Cow;

use crate::iterator::OpenIteratorError;
use crate::wire::{Encoding, Output, Refusal, Writer};

/// A refusal or failure, as the client sees it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// Its type.
    pub code: ErrorCode,
    /// Its text; empty where AWS sends none.
    pub message: Cow<'static, str>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident $name:literal $status:literal,)+) => {
        /// Every error type that an answer can carry.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* $code,)+
        }

        impl ErrorCode {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// The name on the wire.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)+
                }
            }

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$code => $status,)+
                }
            }
        }
    };
}

codes! {
    /// Not allowed, such as another account's resource.
    AccessDenied "AccessDeniedException" 400,
    /// The request would have succeeded, had it not asked to be tried only.
    DryRunOperation "DryRunOperationException" 400,
    /// The iterator is older than five minutes.
    ExpiredIterator "ExpiredIteratorException" 400,
    /// The pagination token is older than five minutes.
    ExpiredNextToken "ExpiredNextTokenException" 400,
    /// Authorization lacks a part.
    IncompleteSignature "IncompleteSignatureException" 400,
    /// Not the client's fault; SDKs retry.
    InternalFailure "InternalFailure" 500,
    /// A value is wrong in a way that the model's limits do not tell.
    InvalidArgument "InvalidArgumentException" 400,
    /// The signature does not match, or is of another time or place.
    InvalidSignature "InvalidSignatureException" 400,
    /// More of something than the account or the stream may have, or a call too often.
    LimitExceeded "LimitExceededException" 400,
    /// No Authorization.
    MissingAuthenticationToken "MissingAuthenticationTokenException" 400,
    /// A shard's limit is used up; SDKs retry.
    ProvisionedThroughputExceeded "ProvisionedThroughputExceededException" 400,
    /// The body is larger than any request.
    RequestEntityTooLarge "RequestEntityTooLargeException" 413,
    /// It exists already, or is not in a state for this.
    ResourceInUse "ResourceInUseException" 400,
    /// There is no such stream, shard, consumer or other resource.
    ResourceNotFound "ResourceNotFoundException" 400,
    /// The body cannot be read, or a member is of the wrong type.
    Serialization "SerializationException" 400,
    /// No room for the request now; SDKs retry.
    ServiceUnavailable "ServiceUnavailableException" 503,
    /// Too many calls; SDKs retry.
    Throttling "ThrottlingException" 400,
    /// No operation of this name, or one that is not implemented.
    UnknownOperation "UnknownOperationException" 400,
    /// No such access key, or a wrong session token.
    UnrecognizedClient "UnrecognizedClientException" 400,
    /// A member breaks a limit of the model.
    Validation "ValidationException" 400,
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl ApiError {
    /// An error with a text.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into() }
    }

    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        self.code.status()
    }

    /// The body of the answer, in the dialect of the request.
    pub fn encode(&self, encoding: Encoding) -> Vec<u8> {
        let mut body = Vec::with_capacity(self.message.len() + 96);
        crate::wire::write(encoding, self, &mut body);
        body
    }
}

impl Output for ApiError {
    fn write(&self, writer: &mut impl Writer) {
        // SerializationException alone spells it with a capital.
        let message = if self.code == ErrorCode::Serialization { "Message" } else { "message" };
        writer.begin_map();
        writer.member("__type", self.code.name());
        writer.optional(message, (!self.message.is_empty()).then_some(&*self.message));
        writer.end_map();
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unreadable => Self::new(ErrorCode::Serialization, ""),
            Refusal::Type(text) => Self::new(ErrorCode::Serialization, text),
            Refusal::Constraint(text) => Self::new(ErrorCode::Validation, text),
        }
    }
}

impl From<OpenIteratorError> for ApiError {
    fn from(error: OpenIteratorError) -> Self {
        let code = match error {
            OpenIteratorError::Invalid => ErrorCode::InvalidArgument,
            OpenIteratorError::Expired(_) => ErrorCode::ExpiredIterator,
        };
        Self::new(code, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(error: &ApiError) -> String {
        String::from_utf8(error.encode(Encoding::Json)).expect("UTF-8")
    }

    #[test]
    fn an_error_is_its_type_and_its_text() {
        let error = ApiError::new(ErrorCode::ResourceNotFound, "Stream \"a\" not found.");
        assert_eq!(json(&error), r#"{"__type":"ResourceNotFoundException","message":"Stream \"a\" not found."}"#);
        assert_eq!(error.status(), 400);
    }

    #[test]
    fn a_serialization_error_spells_message_with_a_capital() {
        let error = ApiError::from(Refusal::Type("Expected null".to_owned()));
        assert_eq!(json(&error), r#"{"__type":"SerializationException","Message":"Expected null"}"#);
        assert_eq!(json(&Refusal::Unreadable.into()), r#"{"__type":"SerializationException"}"#);
    }

    #[test]
    fn the_same_error_in_cbor_is_a_map_of_texts() {
        let error = ApiError::new(ErrorCode::InternalFailure, "x");
        let expected = b"\xbf\x66__type\x6fInternalFailure\x67message\x61x\xff";
        assert_eq!(error.encode(Encoding::Cbor), expected);
        assert_eq!(error.status(), 500);
    }

    #[test]
    fn every_type_has_its_own_name() {
        let names: std::collections::BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), ErrorCode::ALL.len());
    }
}
