//! One request, from its headers to its answer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use forebay_protocol::api::{self, ApiError, Operation};
use forebay_protocol::sigv4::{self, Pending, RequestHead, Secret, SignatureError, Verifier};
use forebay_protocol::wire::Encoding;
use forebay_protocol::words::{AccountId, TimestampMs};
use http::request::Parts;
use http::{Request, Response, Version};
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use tokio::time::timeout;
use tracing::{Instrument, debug_span, warn};

use super::admission::{Admission, Permit};
use super::answer::{After, Answer, Durability};
use super::body::{self, Hash, Whole};
use super::bounds::{BODY_FACTOR, Bounds, GET_RECORDS_BYTES, LIST_BYTES, REQUEST_BYTES};
use super::connection::Connection;
use super::head::{self, Circumstances, Hosts};
use super::interior::Interior;
use super::permits::{Client, Standing};
use super::refusal::{Failure, Refusal, Target};
use super::request_id::RequestId;
use super::rim::{AnsweredRequest, Clock, Observe, RequestIds};
use crate::actions::{Caller, Received};
use crate::ranges::Held;

/// What the process lends the front door.
pub struct Surroundings {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Names for requests.
    pub request_ids: Arc<dyn RequestIds>,
    /// Who counts.
    pub observe: Arc<dyn Observe>,
}

/// The front door of one interior, for any number of listeners.
pub struct FrontDoor<I> {
    pub(super) bounds: Arc<Bounds>,
    pub(super) observe: Arc<dyn Observe>,
    pub(super) admission: Arc<Admission>,
    interior: I,
    clock: Arc<dyn Clock>,
    request_ids: Arc<dyn RequestIds>,
    durability: Durability,
    verifier: Verifier,
}

/// The service's name in credential scopes.
const SERVICE: &str = "kinesis";

/// A request before anything of its body is read.
struct Asking<'a> {
    connection: &'a Connection,
    head: &'a Parts,
    id: RequestId,
    now: TimestampMs,
    /// What X-Amz-Target names, or why it is unknown, which is said once the body has been read.
    operation: Result<Operation, ApiError>,
}

/// A request whose signature is right, if one is asked for.
struct Genuine {
    account: AccountId,
    body: Bytes,
    permit: Permit,
}

impl<I: Interior> FrontDoor<I> {
    /// A front door that holds to `bounds`.
    pub fn new(interior: I, bounds: Bounds, durability: Durability, surroundings: Surroundings) -> Self {
        let Surroundings { clock, request_ids, observe } = surroundings;
        let verifier = Verifier::new(interior.installation().region.as_str(), SERVICE);
        let admission = Admission::new(bounds.admitted_bytes_max, bounds.waiting_max, bounds.permit_wait_max);
        Self {
            bounds: Arc::new(bounds),
            observe,
            interior,
            clock,
            request_ids,
            durability,
            verifier,
            admission: Arc::new(admission),
        }
    }

    /// What lies behind it.
    pub fn interior(&self) -> &I {
        &self.interior
    }

    /// Bytes that requests and answers hold now.
    pub fn admitted_bytes(&self) -> u64 {
        self.admission.held_bytes()
    }

    /// Requests that wait for bytes now.
    pub fn waiting_requests(&self) -> usize {
        self.admission.waiting()
    }

    /// Answers a request, whatever it is.
    pub(super) async fn answer(&self, connection: &Connection, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let begun_us = self.clock.monotonic_us();
        let running = connection.dues.begin();
        let (head, mut body) = request.into_parts();
        let id = RequestId(self.request_ids.next());
        let asking = Asking { connection, head: &head, id, now: self.clock.wall(), operation: head::operation(&head) };
        let operation = asking.operation.as_ref().ok().map(|operation| operation.name());
        let length = body.size_hint().exact();
        let span = debug_span!("request", %id, operation);
        let (answer, error) = match self.pass(asking, &mut body).instrument(span).await {
            Ok(answer) => (answer, None),
            Err(failure) => (Answer::failure(head::encoding(&head), &failure), Some(failure.code)),
        };
        let left = body.size_hint().exact();
        let after = self.dispose(&head, body);
        let answered = AnsweredRequest {
            operation,
            status: answer.status,
            error,
            received_bytes: length.zip(left).map_or(0, |(length, left)| length - left),
            answered_bytes: answer.body.len() as u64,
            took: Duration::from_micros(self.clock.monotonic_us().saturating_sub(begun_us)),
        };
        self.observe.answered(&answered);
        if answered.status.is_server_error() {
            warn!(%id, operation, status = answered.status.as_u16(), error, "request failed");
        }
        drop(running);
        answer.into_response(id, self.durability, after)
    }

    async fn pass(&self, asking: Asking<'_>, body: &mut Incoming) -> Result<Answer, Failure> {
        let encoding = self.check(&asking, body)?;
        let Genuine { account, body, mut permit } = self.genuine(&asking, body).await?;
        let Asking { connection, id, now, operation, .. } = asking;
        if body.is_empty() {
            return Err(Refusal::NoBody(Target::of(&operation)).into());
        }
        let operation = operation.map_err(|unknown| unreadable_or(unknown, encoding, &body))?;
        let beyond_the_body = answer_bytes(operation);
        if beyond_the_body > 0 {
            permit.grow_to(charge(body.len() as u64) + beyond_the_body).await?;
        }
        let caller = Caller { account, request_id: id.0 };
        let permit = Arc::new(permit);
        let held = Held::from(Arc::clone(&permit));
        let received = Received { operation, encoding, body: &body, held: &held };
        let answer = timeout(self.bounds.operation_max, self.interior.answer(caller, received, now)).await;
        let answer = answer.map_err(|_| Refusal::OperationTooSlow)??;
        Ok(Answer::success(encoding, answer, permit, |length| connection.dues.answer(length)))
    }

    fn check(&self, asking: &Asking<'_>, body: &Incoming) -> Result<Encoding, Refusal> {
        let given = Circumstances {
            hosts: if self.interior.requires_signatures() { Hosts::Any } else { Hosts::Loopback },
            framing_refused: asking.connection.dues.framing_refused(),
            length: body.size_hint().exact(),
            target: Target::of(&asking.operation),
        };
        head::check(asking.head, given, &self.bounds)
    }

    /// Reads a body and finds whose it is. The signature is judged by the headers before a permit is asked for, and by
    /// the body before anybody parses it.
    async fn genuine(&self, asking: &Asking<'_>, body: &mut Incoming) -> Result<Genuine, Failure> {
        let client = asking.connection.client;
        if !self.interior.requires_signatures() {
            let account = head::account(asking.head).unwrap_or(self.interior.installation().default_account);
            let (whole, permit) = self.admit(client, Standing::Verified, body, Hash::None).await?;
            return Ok(Genuine { account, body: whole.bytes, permit });
        }
        let (pending, account) = self.verify_headers(asking.head, asking.now)?;
        // A signature over a declared hash has been verified with the headers.
        let declared = asking.head.headers.contains_key(head::CONTENT_SHA256);
        let standing = if declared { Standing::Verified } else { Standing::Unverified };
        let (whole, mut permit) = self.admit(client, standing, body, Hash::Sha256).await?;
        let sha256 = whole.sha256.expect("asked for above");
        pending.verify_body(&sha256)?;
        permit.verified();
        Ok(Genuine { account, body: whole.bytes, permit })
    }

    fn verify_headers(&self, head: &Parts, now: TimestampMs) -> Result<(Pending, AccountId), SignatureError> {
        let head = RequestHead {
            method: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query().unwrap_or_default(),
            authority: head.uri.authority().map(http::uri::Authority::as_str),
            headers: &head.headers,
        };
        let mut account = self.interior.installation().default_account;
        let pending = self.verifier.verify_headers(&head, now, |access_key_id| {
            let credential = self.interior.credential(access_key_id)?;
            account = credential.account;
            Some(sigv4::Credential {
                access_key_id: access_key_id.into(),
                secret_access_key: Secret::new(&credential.secret_access_key),
                session_token: credential.session_token.as_deref().map(Secret::new),
            })
        })?;
        Ok((pending, account))
    }

    async fn admit(
        &self,
        client: Client,
        standing: Standing,
        body: &mut Incoming,
        hash: Hash,
    ) -> Result<(Whole, Permit), Refusal> {
        let length = body.size_hint().exact();
        let charged = charge(length.unwrap_or(self.bounds.body_bytes_max));
        let permit = self.admission.acquire(client, standing, charged).await?;
        let whole = body::read(body, length, hash, &self.bounds).await?;
        permit.shrink_to(charge(whole.bytes.len() as u64));
        Ok((whole, permit))
    }

    /// Lets go of a body. What is left of it is read away on HTTP/1.1, because closing a socket on unread bytes takes the
    /// answer from the client as well; on HTTP/2 dropping it resets the stream.
    fn dispose(&self, head: &Parts, body: Incoming) -> After {
        if head.version == Version::HTTP_2 || body.is_end_stream() {
            return After::KeepAlive;
        }
        let bounds = Arc::clone(&self.bounds);
        tokio::spawn(async move { body::discard(body, &bounds).await });
        After::Close
    }
}

impl<I> fmt::Debug for FrontDoor<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrontDoor").field("bounds", &self.bounds).finish_non_exhaustive()
    }
}

/// What a request with a body of `length` bytes is charged.
fn charge(length: u64) -> u64 {
    REQUEST_BYTES + length.saturating_mul(BODY_FACTOR)
}

/// What an operation's answer may hold beyond what its body was charged.
fn answer_bytes(operation: Operation) -> u64 {
    match operation {
        Operation::GetRecords => GET_RECORDS_BYTES,
        Operation::ListShards | Operation::ListStreams | Operation::ListStreamConsumers | Operation::DescribeStream => {
            LIST_BYTES
        }
        _ => 0,
    }
}

/// An unknown operation is said to be unknown only of a body that can be read.
fn unreadable_or(unknown: ApiError, encoding: Encoding, body: &[u8]) -> ApiError {
    // It has no members, so any document will do for it.
    match api::decode(Operation::DescribeAccountSettings, encoding, body) {
        Ok(_) => unknown,
        Err(unreadable) => unreadable,
    }
}
