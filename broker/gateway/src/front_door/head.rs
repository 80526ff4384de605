//! What is decided on a request's headers alone, in the order in which AWS and the front door's own rules look at them.

use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, Method};

use forebay_protocol::api::{ApiError, Operation};
use forebay_protocol::wire::Encoding;
use forebay_protocol::words::AccountId;

use super::bounds::Bounds;
use super::host;
use super::refusal::{OtherContentType, Refusal, Target};

const TARGET: &str = "x-amz-target";

/// Declares the hash of the body, which is then covered by the signature of the headers.
pub(super) const CONTENT_SHA256: &str = "x-amz-content-sha256";

/// What separates a header's name from its value, and ends its line.
const SEPARATORS_BYTES: usize = 4;

/// What a connection and its listener say of every request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances {
    /// Which hosts are served.
    pub(super) hosts: Hosts,
    /// Whether the connection has sent a length twice.
    pub(super) framing_refused: bool,
    /// The body's length, if it is known.
    pub(super) length: Option<u64>,
    /// What X-Amz-Target names.
    pub(super) target: Target,
}

/// Which hosts are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hosts {
    /// All: requests are signed.
    Any,
    /// This machine's own names: requests need no signature.
    Loopback,
}

/// Checks a head; what is let in has a dialect.
pub(super) fn check(head: &Parts, given: Circumstances, bounds: &Bounds) -> Result<Encoding, Refusal> {
    if size_bytes(head) > bounds.head_bytes_max {
        return Err(Refusal::HeadTooLarge);
    }
    if given.framing_refused {
        return Err(Refusal::BothFramings);
    }
    if head.headers.contains_key(CONTENT_ENCODING) {
        return Err(Refusal::ContentEncoding);
    }
    if given.length.is_some_and(|length| length > bounds.body_bytes_max) {
        return Err(Refusal::BodyTooLarge);
    }
    if head.method != Method::POST {
        return Err(Refusal::Method);
    }
    if given.hosts == Hosts::Loopback && !host::is_loopback(head) {
        return Err(Refusal::Host);
    }
    if given.length == Some(0) {
        return Err(Refusal::NoBody(given.target));
    }
    encoding(head).ok_or_else(|| Refusal::ContentType(other_content_type(&head.headers)))
}

/// The dialect that Content-Type names.
pub(super) fn encoding(head: &Parts) -> Option<Encoding> {
    Encoding::of_content_type(text(&head.headers, CONTENT_TYPE.as_str()))
}

/// The operation that X-Amz-Target names, or why it is unknown.
pub(super) fn operation(head: &Parts) -> Result<Operation, ApiError> {
    Operation::of_target(text(&head.headers, TARGET))
}

/// The account that Authorization's access key id is, if it is one; nothing else of the header is looked at.
pub(super) fn account(head: &Parts) -> Option<AccountId> {
    let (_, credential) = text(&head.headers, AUTHORIZATION.as_str()).split_once("Credential=")?;
    let (access_key_id, _) = credential.split_once('/')?;
    access_key_id.parse().ok()
}

fn other_content_type(headers: &HeaderMap) -> OtherContentType {
    let media_type = text(headers, CONTENT_TYPE.as_str()).split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/json") {
        OtherContentType::PlainJson
    } else if text(headers, TARGET)
        .split_once('.')
        .is_some_and(|(service, name)| !service.is_empty() && !name.is_empty())
    {
        OtherContentType::Targeted
    } else {
        OtherContentType::Untargeted
    }
}

fn size_bytes(head: &Parts) -> usize {
    let target = head.uri.path_and_query().map_or(0, |target| target.as_str().len());
    let headers = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + SEPARATORS_BYTES);
    head.method.as_str().len() + target + headers.sum::<usize>()
}

/// A header's text; empty if it is absent or no text, which no header looked at here may be.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
