//! Verification in two steps: the headers before a byte of the body is read, the body's hash after.

use http::header::{AUTHORIZATION, DATE, HOST};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::authorization::{CredentialScope, DateHeader};
use super::canonical::{AUTHORITY_OF_HTTP2, canonical_head, from_hex, hex, string_to_sign_head};
use super::signing_key::SigningKeyCache;
use super::{AmzDate, Authorization, Credential, RequestHead, SignatureError, SigningKey, SigningScope, TERMINATOR};
use crate::limits::SIGNATURE_SKEW_MAX_MS;
use crate::words::TimestampMs;

const AMZ_DATE: &str = "x-amz-date";
const CONTENT_SHA256: &str = "x-amz-content-sha256";
const SECURITY_TOKEN: &str = "x-amz-security-token";

/// Verifies the requests of one region and service. Shared between threads; keeps derived keys.
#[derive(Debug)]
pub struct Verifier {
    region: Box<str>,
    service: Box<str>,
    keys: SigningKeyCache,
}

/// A request whose headers are right as far as they can be judged without the body.
#[derive(Debug)]
#[must_use = "the body is not verified yet"]
pub struct Pending {
    credential: Credential,
    body: PendingBody,
}

#[derive(Debug)]
enum PendingBody {
    /// The headers declare the body's hash, and their signature is right.
    Declared([u8; 32]),
    /// The signature covers a hash that only the body gives.
    Undeclared(Box<SignedHead>),
}

/// A signature and all it covers, but for the body's hash.
#[derive(Debug)]
struct SignedHead {
    canonical_head: Vec<u8>,
    string_to_sign_head: Vec<u8>,
    key: SigningKey,
    signature: [u8; 32],
}

impl Verifier {
    /// A verifier of `region` and `service`.
    pub fn new(region: &str, service: &str) -> Self {
        Self { region: region.into(), service: service.into(), keys: SigningKeyCache::default() }
    }

    /// Judges a request by its headers. Refused here, in this order: no or an incomplete Authorization, a malformed
    /// date, a scope of elsewhere, a time more than five minutes from `now`, a key that `lookup` does not know or a
    /// session token not its own, an unsigned host, an unsigned body, and, where the headers declare the body's hash, a
    /// wrong signature.
    pub fn verify_headers(
        &self,
        head: &RequestHead<'_>,
        now: TimestampMs,
        lookup: impl FnOnce(&str) -> Option<Credential>,
    ) -> Result<Pending, SignatureError> {
        let authorization = authorization(head)?;
        let date = request_date(head)?;
        self.check_scope(&authorization.credential, &date)?;
        check_skew(date, now)?;
        let credential = lookup(authorization.credential.access_key_id).ok_or(SignatureError::UnknownToken)?;
        check_session_token(head, &credential)?;
        if !authorization.signed_headers.split(';').any(|name| name == HOST.as_str() || name == AUTHORITY_OF_HTTP2) {
            return Err(SignatureError::HostNotSigned);
        }
        let declared = declared_body_hash(head)?;
        let signed = SignedHead {
            canonical_head: canonical_head(head, authorization.signed_headers),
            string_to_sign_head: string_to_sign_head(&date, self.scope()),
            key: self.keys.get(&credential, &date, self.scope()),
            signature: from_hex(authorization.signature.as_bytes()).ok_or(SignatureError::Mismatch)?,
        };
        let body = if let Some(DeclaredHash { text, hash }) = declared {
            signed.check(text)?;
            PendingBody::Declared(hash)
        } else {
            PendingBody::Undeclared(Box::new(signed))
        };
        Ok(Pending { credential, body })
    }

    fn scope(&self) -> SigningScope<'_> {
        SigningScope { region: &self.region, service: &self.service }
    }

    fn check_scope(&self, given: &CredentialScope<'_>, date: &AmzDate) -> Result<(), SignatureError> {
        let CredentialScope { day, region, service, terminator, .. } = *given;
        let (our_service, signed_day) = (&self.service, date.day());
        let faults = [
            (region != &*self.region)
                .then(|| format!("Credential should be scoped to a valid region, not '{region}'. ")),
            (service != &**our_service)
                .then(|| format!("Credential should be scoped to correct service: '{our_service}'. ")),
            (terminator != TERMINATOR).then(|| {
                format!("Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'. ")
            }),
            (day != signed_day).then(|| {
                format!(
                    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                     '{day}' != '{signed_day}', from '{date}'. "
                )
            }),
        ];
        let faults: String = faults.into_iter().flatten().collect();
        if faults.is_empty() { Ok(()) } else { Err(SignatureError::Scope(faults)) }
    }
}

impl Pending {
    /// Whose request it is, if the body proves right.
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// Judges the body by its SHA-256. Only now is the request genuine.
    pub fn verify_body(self, body_sha256: &[u8; 32]) -> Result<Credential, SignatureError> {
        match self.body {
            PendingBody::Declared(declared) => check_equal(&declared, body_sha256)?,
            PendingBody::Undeclared(signed) => signed.check(&hex(body_sha256))?,
        }
        Ok(self.credential)
    }
}

impl SignedHead {
    /// Whether the signature is right if this is the body's hash, in hexadecimal as the signer wrote it.
    fn check(mut self, body_hash: &[u8]) -> Result<(), SignatureError> {
        self.canonical_head.extend_from_slice(body_hash);
        self.string_to_sign_head.extend_from_slice(&hex(&Sha256::digest(&self.canonical_head).into()));
        check_equal(&self.key.sign(&self.string_to_sign_head), &self.signature)
    }
}

fn authorization<'a>(head: &RequestHead<'a>) -> Result<Authorization<'a>, SignatureError> {
    let query_form = head.query.split('&').any(|parameter| {
        let name = parameter.split_once('=').map_or(parameter, |(name, _)| name);
        name == "X-Amz-Algorithm"
    });
    let header = match (head.headers.get(AUTHORIZATION), query_form) {
        (Some(_), true) => return Err(SignatureError::BothForms),
        (None, true) => return Err(SignatureError::QueryForm),
        (None, false) => return Err(SignatureError::Missing),
        (Some(header), false) => header,
    };
    let dated = head.headers.contains_key(AMZ_DATE) || head.headers.contains_key(DATE);
    let date = if dated { DateHeader::Present } else { DateHeader::Absent };
    // A header that is no text has no parameters.
    Authorization::parse(header.to_str().unwrap_or_default(), date)
}

fn request_date(head: &RequestHead<'_>) -> Result<AmzDate, SignatureError> {
    let refused = |text: &[u8]| SignatureError::DateFormat(String::from_utf8_lossy(text).into_owned());
    if let Some(date) = head.headers.get(AMZ_DATE) {
        return AmzDate::parse_basic(date.as_bytes()).ok_or_else(|| refused(date.as_bytes()));
    }
    let date = head.headers.get(DATE).map_or(&[][..], |date| date.as_bytes());
    AmzDate::parse_basic(date).or_else(|| AmzDate::parse_http(date)).ok_or_else(|| refused(date))
}

fn check_skew(signed: AmzDate, now: TimestampMs) -> Result<(), SignatureError> {
    let signed_ms = signed.seconds() * 1000;
    let now_ms = (now.seconds() * 1000).cast_signed();
    let skew_ms = SIGNATURE_SKEW_MAX_MS.cast_signed();
    if signed_ms < now_ms - skew_ms {
        return Err(SignatureError::Expired { signed, now: AmzDate::of(now) });
    }
    if signed_ms > now_ms + skew_ms {
        return Err(SignatureError::NotYetCurrent { signed, now: AmzDate::of(now) });
    }
    Ok(())
}

fn check_session_token(head: &RequestHead<'_>, credential: &Credential) -> Result<(), SignatureError> {
    match (head.headers.get(SECURITY_TOKEN), &credential.session_token) {
        (None, None) => Ok(()),
        (Some(given), Some(token)) if token.is(given.as_bytes()) => Ok(()),
        _ => Err(SignatureError::UnknownToken),
    }
}

/// What x-amz-content-sha256 says of the body.
struct DeclaredHash<'a> {
    /// As it was written, because that is what is signed.
    text: &'a [u8],
    hash: [u8; 32],
}

fn declared_body_hash<'a>(head: &RequestHead<'a>) -> Result<Option<DeclaredHash<'a>>, SignatureError> {
    let Some(declared) = head.headers.get(CONTENT_SHA256) else {
        return Ok(None);
    };
    let refused = || SignatureError::Payload(String::from_utf8_lossy(declared.as_bytes()).into_owned());
    let hash = from_hex(declared.as_bytes()).ok_or_else(refused)?;
    Ok(Some(DeclaredHash { text: declared.as_bytes(), hash }))
}

fn check_equal(ours: &[u8; 32], given: &[u8; 32]) -> Result<(), SignatureError> {
    if ours.ct_eq(given).into() { Ok(()) } else { Err(SignatureError::Mismatch) }
}
