//! Signing a request, as a client does.

use http::header::InvalidHeaderValue;
use http::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

use super::canonical::{canonical_head, hex, string_to_sign_head};
use super::{ALGORITHM, AmzDate, RequestHead, SigningKey, TERMINATOR};

/// Where a signature is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SigningScope<'a> {
    /// The region, such as `eu-central-1`.
    pub region: &'a str,
    /// The service: `kinesis`.
    pub service: &'a str,
}

/// What signs.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    /// The access key's id.
    pub access_key_id: &'a str,
    /// The key derived from its secret for the scope and the day of the request's date.
    pub key: &'a SigningKey,
    /// The key's scope.
    pub scope: SigningScope<'a>,
}

/// The Authorization header of a request. Its headers must hold X-Amz-Date with `date`; `signed_headers` are sorted
/// lower-case names joined by semicolons, `host` and `x-amz-date` among them.
pub fn sign(
    signer: Signer<'_>,
    head: &RequestHead<'_>,
    signed_headers: &str,
    date: &AmzDate,
    body_sha256: &[u8; 32],
) -> Result<(HeaderName, HeaderValue), InvalidHeaderValue> {
    let Signer { access_key_id, key, scope } = signer;
    let mut canonical = canonical_head(head, signed_headers);
    canonical.extend_from_slice(&hex(body_sha256));
    let mut string_to_sign = string_to_sign_head(date, scope);
    string_to_sign.extend_from_slice(&hex(&Sha256::digest(&canonical).into()));
    let signature = hex(&key.sign(&string_to_sign));
    let signature = String::from_utf8_lossy(&signature);
    let (day, region, service) = (date.day(), scope.region, scope.service);
    let value = format!(
        "{ALGORITHM} Credential={access_key_id}/{day}/{region}/{service}/{TERMINATOR}, \
         SignedHeaders={signed_headers}, Signature={signature}"
    );
    Ok((http::header::AUTHORIZATION, HeaderValue::try_from(value)?))
}
