//! The head of a request: everything before its body, as an AWS SDK writes it.

use super::signature::Signer;

/// How bodies are written, both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Encoding {
    /// JSON 1.1.
    Json,
    /// CBOR, as the Java SDK speaks by default.
    Cbor,
}

impl Encoding {
    /// The value of `content-type`.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/x-amz-json-1.1",
            Self::Cbor => "application/x-amz-cbor-1.1",
        }
    }
}

/// What a head says of its request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestFacts<'a> {
    /// The operation's name, such as `PutRecords`.
    pub(crate) operation: &'a str,
    /// How the body is encoded.
    pub(crate) encoding: Encoding,
    /// The body's length in bytes.
    pub(crate) body_bytes: usize,
    /// SHA-256 of the body; read only when requests are signed.
    pub(crate) body_sha256: &'a [u8; 32],
    /// The second since 1970 the signature is dated with.
    pub(crate) wall_s: u64,
}

impl RequestFacts<'_> {
    /// The value of `x-amz-target`.
    pub(crate) fn target(&self) -> String {
        format!("Kinesis_20131202.{}", self.operation)
    }
}

/// The head, signed as the signer does.
pub(crate) fn request_head(authority: &str, signer: &mut Signer, request: RequestFacts<'_>) -> Vec<u8> {
    let RequestFacts { encoding, body_bytes, .. } = request;
    let target = request.target();
    let content_type = encoding.content_type();
    let authorization = signer.headers(authority, &request);
    format!(
        "POST / HTTP/1.1\r\nhost: {authority}\r\ncontent-type: {content_type}\r\n\
         x-amz-target: {target}\r\ncontent-length: {body_bytes}\r\n{authorization}\r\n"
    )
    .into_bytes()
}
