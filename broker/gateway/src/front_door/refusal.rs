//! What the front door itself refuses, before an operation sees the request: the types, statuses and texts.

use std::borrow::Cow;

use forebay_protocol::api::{ApiError, Operation};
use forebay_protocol::sigv4::SignatureError;
use forebay_protocol::wire::Encoding;

use super::admission::NoPermit;
use super::answer::Format;
use super::body::BodyFault;

/// A request that is refused at the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The request line and headers together are too large.
    HeadTooLarge,
    /// Both Content-Length and Transfer-Encoding.
    BothFramings,
    /// Any Content-Encoding.
    ContentEncoding,
    /// A body beyond the longest.
    BodyTooLarge,
    /// Not a POST: what load balancers and browsers probe with.
    Method,
    /// No credentials are asked for, and the Host is not this machine.
    Host,
    /// No body, whatever the target.
    NoBody(Target),
    /// A Content-Type that is neither dialect's.
    ContentType(OtherContentType),
    /// No room within the time it waited.
    NoPermit,
    /// The body came too slowly.
    BodyTooSlow,
    /// The client went away before the body's end.
    BodyBroken,
    /// The operation did not answer in time.
    OperationTooSlow,
}

/// Whether X-Amz-Target names an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// One of the 57.
    Known,
    /// None, or another.
    Unknown,
}

impl Target {
    /// What a target was found to name.
    pub(super) fn of<E>(operation: &Result<Operation, E>) -> Self {
        if operation.is_ok() { Self::Known } else { Self::Unknown }
    }
}

/// A Content-Type that is neither dialect's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OtherContentType {
    /// `application/json`, for which AWS keeps an error form of its own.
    PlainJson,
    /// Any other, with a target.
    Targeted,
    /// Any other, without a target.
    Untargeted,
}

/// An error as a client sees it, apart from the format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// The HTTP status.
    pub(super) status: u16,
    /// `__type`.
    pub(super) code: &'static str,
    /// The text; empty where AWS sends none.
    pub(super) message: Cow<'static, str>,
    /// What it is written in if the request is in neither dialect.
    pub(super) otherwise: Format,
}

const UNDETERMINED: &str = "Unable to determine service/operation name to be authorized";
const LOOPBACK_ONLY: &str = "Without credentials only requests to a loopback name or address, such as localhost, are \
                             served. Configure credentials to serve others.";

impl Refusal {
    /// What the client is told.
    pub(super) fn failure(&self) -> Failure {
        let (status, code, message) = match self {
            Self::HeadTooLarge => {
                (431, "MalformedHttpRequestException", "The request's headers are larger than 16 KiB.")
            }
            Self::BothFramings => (
                400,
                "MalformedHttpRequestException",
                "The request has both a Content-Length and a Transfer-Encoding header.",
            ),
            Self::ContentEncoding => (
                400,
                "MalformedHttpRequestException",
                "The request has a Content-Encoding header; send the body as it is.",
            ),
            Self::BodyTooLarge => (413, "RequestEntityTooLargeException", "The request's body is too large."),
            Self::Method | Self::ContentType(OtherContentType::Untargeted) => {
                (403, "AccessDeniedException", UNDETERMINED)
            }
            Self::Host => (403, "AccessDeniedException", LOOPBACK_ONLY),
            Self::NoBody(Target::Known) => (400, "SerializationException", ""),
            Self::NoBody(Target::Unknown) => (400, "UnknownOperationException", ""),
            Self::ContentType(OtherContentType::Targeted) => (404, "UnknownOperationException", ""),
            Self::ContentType(OtherContentType::PlainJson) => {
                (400, "com.amazon.coral.service#UnknownOperationException", "")
            }
            Self::NoPermit => {
                (503, "ServiceUnavailable", "There is no room for the request now. Reduce the rate and try again.")
            }
            Self::BodyTooSlow => (408, "RequestTimeoutException", "The request's body arrived too slowly."),
            Self::BodyBroken => (400, "RequestAbortedException", "The request's body ended before its length."),
            Self::OperationTooSlow => (500, "InternalFailure", "The operation took too long; its outcome is unknown."),
        };
        Failure { status, code, message: message.into(), otherwise: self.otherwise() }
    }

    /// AWS's own habits: CBOR where there is nothing to tell by.
    fn otherwise(&self) -> Format {
        match self {
            Self::NoBody(_) => Format::Of(Encoding::Cbor),
            Self::ContentType(OtherContentType::PlainJson) => Format::PlainJson,
            Self::HeadTooLarge
            | Self::BothFramings
            | Self::ContentEncoding
            | Self::BodyTooLarge
            | Self::Method
            | Self::Host
            | Self::ContentType(OtherContentType::Targeted | OtherContentType::Untargeted)
            | Self::NoPermit
            | Self::BodyTooSlow
            | Self::BodyBroken
            | Self::OperationTooSlow => Format::Xml,
        }
    }
}

impl From<BodyFault> for Refusal {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge => Self::BodyTooLarge,
            BodyFault::TooSlow => Self::BodyTooSlow,
            BodyFault::Broken => Self::BodyBroken,
        }
    }
}

impl From<NoPermit> for Refusal {
    fn from(_: NoPermit) -> Self {
        Self::NoPermit
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        refusal.failure()
    }
}

impl From<NoPermit> for Failure {
    fn from(none: NoPermit) -> Self {
        Refusal::from(none).failure()
    }
}

impl From<SignatureError> for Failure {
    fn from(error: SignatureError) -> Self {
        Self { status: error.status(), code: error.code(), message: error.to_string().into(), otherwise: Format::Xml }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self { status: error.status(), code: error.code.name(), message: error.message, otherwise: Format::Xml }
    }
}
