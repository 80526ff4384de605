//! Why a signature is refused: the error types and texts of AWS.

use super::AmzDate;
use crate::limits::SIGNATURE_SKEW_MAX_MS;

const SKEW_MINUTES: u64 = SIGNATURE_SKEW_MAX_MS / 60_000;

/// A refused signature; its text is the error's message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Signed in the header and in the query string.
    #[error("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")]
    BothForms,
    /// Not signed at all.
    #[error("Missing Authentication Token")]
    Missing,
    /// Signed in the query string, which no Kinesis client does.
    #[error("Signatures in the query string are not supported. Sign the request in the Authorization header.")]
    QueryForm,
    /// The header lacks parameters, or no date is given.
    #[error("{}Authorization={authorization}", missing_parameters(.missing))]
    Incomplete {
        /// What lacks, in AWS's order.
        missing: Vec<MissingParameter>,
        /// The header as it was sent.
        authorization: String,
    },
    /// The header is signed by another algorithm.
    #[error("Unsupported AWS 'algorithm': '{0}'.")]
    Algorithm(String),
    /// The credential is not of five parts.
    #[error("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{0}'")]
    CredentialParts(String),
    /// The date is not of the format.
    #[error("Date must be in ISO-8601 'basic format'. Got '{0}'. See http://en.wikipedia.org/wiki/ISO_8601")]
    DateFormat(String),
    /// The credential's scope is not this installation's; every fault is named.
    #[error("{0}")]
    Scope(String),
    /// Signed too long ago.
    #[error(
        "Signature expired: {signed} is now earlier than {limit} ({now} - {SKEW_MINUTES} min.)",
        limit = .now.plus_seconds(-skew_seconds())
    )]
    Expired {
        /// When it was signed.
        signed: AmzDate,
        /// When it was verified.
        now: AmzDate,
    },
    /// Signed in the future.
    #[error(
        "Signature not yet current: {signed} is still later than {limit} ({now} + {SKEW_MINUTES} min.)",
        limit = .now.plus_seconds(skew_seconds())
    )]
    NotYetCurrent {
        /// When it was signed.
        signed: AmzDate,
        /// When it was verified.
        now: AmzDate,
    },
    /// The host is not among the signed headers.
    #[error("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")]
    HostNotSigned,
    /// The body is declared as unsigned or streamed.
    #[error("The value '{0}' of x-amz-content-sha256 is not supported. The payload must be signed.")]
    Payload(String),
    /// No such access key, or its session token is another.
    #[error("The security token included in the request is invalid.")]
    UnknownToken,
    /// The signature, or the body against its declared hash, is wrong.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
         Key and signing method. Consult the service documentation for details."
    )]
    Mismatch,
}

/// A parameter an Authorization header must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingParameter {
    /// `Credential=`.
    Credential,
    /// `Signature=`.
    Signature,
    /// `SignedHeaders=`.
    SignedHeaders,
    /// Neither X-Amz-Date nor Date.
    Date,
}

impl SignatureError {
    /// The error's type, as `__type` carries it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "MissingAuthenticationTokenException",
            Self::Incomplete { .. } | Self::Algorithm(_) | Self::CredentialParts(_) | Self::DateFormat(_) => {
                "IncompleteSignatureException"
            }
            Self::UnknownToken => "UnrecognizedClientException",
            Self::BothForms
            | Self::QueryForm
            | Self::Scope(_)
            | Self::Expired { .. }
            | Self::NotYetCurrent { .. }
            | Self::HostNotSigned
            | Self::Payload(_)
            | Self::Mismatch => "InvalidSignatureException",
        }
    }

    /// The HTTP status: as recorded, 403 for what is incomplete and 400 for the rest.
    pub fn status(&self) -> u16 {
        match self {
            Self::Incomplete { .. } | Self::Algorithm(_) | Self::CredentialParts(_) | Self::DateFormat(_) => 403,
            Self::Missing
            | Self::UnknownToken
            | Self::BothForms
            | Self::QueryForm
            | Self::Scope(_)
            | Self::Expired { .. }
            | Self::NotYetCurrent { .. }
            | Self::HostNotSigned
            | Self::Payload(_)
            | Self::Mismatch => 400,
        }
    }
}

fn skew_seconds() -> i64 {
    (SIGNATURE_SKEW_MAX_MS / 1000).cast_signed()
}

fn missing_parameters(missing: &[MissingParameter]) -> String {
    missing.iter().map(|parameter| parameter.sentence()).collect()
}

impl MissingParameter {
    fn sentence(self) -> &'static str {
        match self {
            Self::Credential => "Authorization header requires 'Credential' parameter. ",
            Self::Signature => "Authorization header requires 'Signature' parameter. ",
            Self::SignedHeaders => "Authorization header requires 'SignedHeaders' parameter. ",
            Self::Date => "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ",
        }
    }
}
