//! Answers as HTTP: the headers AWS sends with every one, errors in the request's own format, and bodies that hold
//! their permit until they are written.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use forebay_protocol::wire::{self, Encoding, Output, Writer};
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;

use super::admission::Permit;
use super::dues::AnswerDue;
use super::refusal::Failure;
use super::request_id::RequestId;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ID_2: HeaderName = HeaderName::from_static("x-amz-id-2");
const DURABILITY: HeaderName = HeaderName::from_static("x-forebay-durability");

/// Whether acknowledged records are on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// They are.
    Disk,
    /// They are in memory only; every answer says so.
    Memory,
}

/// Whether the connection goes on after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// A next request may come.
    KeepAlive,
    /// HTTP/1.1 is told that it is the last; on HTTP/2 only the stream ends.
    Close,
}

/// What an answer is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// A dialect of the API.
    Of(Encoding),
    /// The form AWS keeps for requests whose dialect it cannot tell.
    Xml,
    /// The form AWS keeps for `application/json`.
    PlainJson,
}

/// An answer's status and body.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status.
    pub(super) status: StatusCode,
    /// What the body is written in.
    pub(super) format: Format,
    /// The body.
    pub(super) body: Bytes,
}

/// Bytes of an answer that give their permit back once nobody holds them: written, or their connection gone.
struct Held {
    bytes: Vec<u8>,
    _permit: Arc<Permit>,
    _due: AnswerDue,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Answer {
    /// An operation's answer. What it was admitted for beyond its length is given back at once.
    pub(super) fn success(
        encoding: Encoding,
        bytes: Vec<u8>,
        permit: Arc<Permit>,
        due: impl FnOnce(u64) -> AnswerDue,
    ) -> Self {
        let body = if bytes.is_empty() {
            Bytes::new()
        } else {
            permit.shrink_to(bytes.capacity() as u64);
            let due = due(bytes.len() as u64);
            Bytes::from_owner(Held { bytes, _permit: permit, _due: due })
        };
        Self { status: StatusCode::OK, format: Format::Of(encoding), body }
    }

    /// An error, in the request's dialect if it is in one.
    pub(super) fn failure(encoding: Option<Encoding>, failure: &Failure) -> Self {
        let format = encoding.map_or(failure.otherwise, Format::Of);
        let status = StatusCode::from_u16(failure.status).expect("every failure has a status of HTTP");
        let mut body = Vec::new();
        match format {
            Format::Of(encoding) => wire::write(encoding, failure, &mut body),
            Format::PlainJson => wire::write(Encoding::Json, &Enveloped(failure), &mut body),
            Format::Xml => body.extend_from_slice(xml(failure).as_bytes()),
        }
        Self { status, format, body: body.into() }
    }

    /// The answer with its headers.
    pub(super) fn into_response(self, id: RequestId, durability: Durability, after: After) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, id.header());
        headers.insert(ID_2, id.id_2());
        if let Some(content_type) = self.format.content_type() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        if durability == Durability::Memory {
            headers.insert(DURABILITY, HeaderValue::from_static("memory"));
        }
        if after == After::Close {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl Format {
    fn content_type(self) -> Option<&'static str> {
        match self {
            Self::Of(encoding) => Some(encoding.content_type()),
            Self::PlainJson => Some("application/json"),
            Self::Xml => None,
        }
    }
}

impl Output for Failure {
    fn write(&self, writer: &mut impl Writer) {
        // SerializationException alone spells it with a capital.
        let message = if self.code == "SerializationException" { "Message" } else { "message" };
        writer.begin_map();
        writer.member("__type", self.code);
        writer.optional(message, (!self.message.is_empty()).then_some(&*self.message));
        writer.end_map();
    }
}

/// `{"Output":{…},"Version":"1.0"}`.
struct Enveloped<'a>(&'a Failure);

impl Output for Enveloped<'_> {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_map();
        writer.member("Output", self.0);
        writer.member("Version", "1.0");
        writer.end_map();
    }
}

fn xml(failure: &Failure) -> Cow<'static, str> {
    let Failure { code, message, .. } = failure;
    if message.is_empty() {
        return format!("<{code}/>\n").into();
    }
    let escaped = message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<{code}>\n  <Message>{escaped}</Message>\n</{code}>\n").into()
}
