//! Signatures against AWS's published examples, against requests that botocore signed, and against every way to be
//! refused.

use forebay_protocol::sigv4::{
    AmzDate, Credential, RequestHead, Secret, SignatureError, Signer, SigningKey, SigningScope, Verifier, sign,
};
use forebay_protocol::words::TimestampMs;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const REGION: &str = "eu-central-1";
/// When botocore signed: 2026-11-22T12:34:56Z.
const SIGNED: TimestampMs = TimestampMs(1_795_350_896_000);

struct Request {
    name: String,
    path: String,
    query: String,
    authority: Option<String>,
    headers: HeaderMap,
    body: Vec<u8>,
    session_token: Option<String>,
}

impl Request {
    fn head(&self) -> RequestHead<'_> {
        RequestHead {
            method: "POST",
            path: &self.path,
            query: &self.query,
            authority: self.authority.as_deref(),
            headers: &self.headers,
        }
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.headers.insert(name, HeaderValue::from_str(value).expect("a header's value"));
    }

    fn replace_in_authorization(&mut self, from: &str, to: &str) {
        let authorization = self.headers[AUTHORIZATION].to_str().expect("text").replace(from, to);
        self.set("authorization", &authorization);
    }

    fn verify(&self, now: TimestampMs) -> Result<Credential, SignatureError> {
        let pending = Verifier::new(REGION, "kinesis").verify_headers(&self.head(), now, |id| self.lookup(id))?;
        pending.verify_body(&Sha256::digest(&self.body).into())
    }

    fn lookup(&self, access_key_id: &str) -> Option<Credential> {
        (access_key_id == KEY_ID).then(|| Credential {
            access_key_id: KEY_ID.into(),
            secret_access_key: Secret::new(SECRET),
            session_token: self.session_token.as_deref().map(Secret::new),
        })
    }
}

fn botocore_requests() -> Vec<Request> {
    let requests: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("golden/sigv4/requests.json")).expect("the file is JSON");
    requests.iter().map(request).collect()
}

fn request(value: &serde_json::Value) -> Request {
    let text = |name: &str| value[name].as_str().expect(name).to_owned();
    let header = |(name, value): (&String, &serde_json::Value)| {
        let name: HeaderName = name.parse().expect("a header's name");
        (name, HeaderValue::from_bytes(value.as_str().expect("text").as_bytes()).expect("a header's value"))
    };
    let body = text("body_hex");
    let byte = |at: usize| u8::from_str_radix(&body[at..at + 2], 16).expect("hexadecimal");
    Request {
        name: text("name"),
        path: text("path"),
        query: text("query"),
        authority: None,
        headers: value["headers"].as_object().expect("headers").iter().map(header).collect(),
        body: (0..body.len()).step_by(2).map(byte).collect(),
        session_token: value["session_token"].as_str().map(str::to_owned),
    }
}

fn put() -> Request {
    botocore_requests().swap_remove(0)
}

fn refusal(change: impl FnOnce(&mut Request)) -> SignatureError {
    let mut request = put();
    change(&mut request);
    request.verify(SIGNED).expect_err("refused")
}

#[test]
fn what_botocore_signs_is_genuine() {
    for request in botocore_requests() {
        let credential = request.verify(SIGNED).unwrap_or_else(|error| panic!("{}: {error}", request.name));
        assert_eq!(&*credential.access_key_id, KEY_ID);
    }
}

#[test]
fn a_changed_body_is_noticed_whether_its_hash_was_declared_or_not() {
    for mut request in botocore_requests() {
        request.body.push(b' ');
        assert_eq!(request.verify(SIGNED).expect_err("refused"), SignatureError::Mismatch, "{}", request.name);
    }
}

#[test]
fn a_changed_signed_header_is_noticed_and_an_unsigned_one_is_not() {
    assert_eq!(
        refusal(|request| request.set("x-amz-target", "Kinesis_20131202.ListStreams")),
        SignatureError::Mismatch
    );
    let mut request = put();
    request.set("user-agent", "anything");
    assert!(request.verify(SIGNED).is_ok());
}

#[test]
fn a_declared_hash_lets_a_wrong_signature_be_refused_before_the_body() {
    let mut request = botocore_requests().swap_remove(2);
    assert_eq!(request.name, "a declared hash");
    request.replace_in_authorization("Signature=1", "Signature=2");
    let verifier = Verifier::new(REGION, "kinesis");
    let refused = verifier.verify_headers(&request.head(), SIGNED, |id| request.lookup(id));
    assert_eq!(refused.expect_err("refused"), SignatureError::Mismatch);
}

#[test]
fn the_authority_of_http_2_stands_in_for_the_host() {
    let mut request = put();
    let host = request.headers.remove("host").expect("a host");
    assert_eq!(request.verify(SIGNED).expect_err("refused"), SignatureError::Mismatch);
    request.authority = Some(host.to_str().expect("text").to_owned());
    assert!(request.verify(SIGNED).is_ok());
}

#[test]
fn a_client_may_sign_the_authority_by_its_name_in_http_2() {
    let mut request = put();
    request.headers = HeaderMap::new();
    request.authority = Some("localhost:4567".to_owned());
    request.set("x-amz-date", "20261122T123456Z");
    let scope = SigningScope { region: REGION, service: "kinesis" };
    let key = SigningKey::derive(&Secret::new(SECRET), "20261122", scope);
    let signer = Signer { access_key_id: KEY_ID, key: &key, scope };
    let date = AmzDate::parse_basic(b"20261122T123456Z").expect("a date");
    let body: [u8; 32] = Sha256::digest(&request.body).into();
    let (_, authorization) = sign(signer, &request.head(), ":authority;x-amz-date", &date, &body).expect("a header");
    request.headers.insert(AUTHORIZATION, authorization);
    assert!(request.verify(SIGNED).is_ok());
    request.authority = Some("example.com".to_owned());
    assert_eq!(request.verify(SIGNED).expect_err("another authority"), SignatureError::Mismatch);
}

#[test]
fn a_signature_is_good_for_five_minutes_either_way() {
    let request = put();
    for seconds in [-300_i64, -1, 0, 1, 300] {
        assert!(request.verify(TimestampMs(SIGNED.0.saturating_add_signed(seconds * 1000))).is_ok(), "{seconds}");
    }
    let text = |seconds: i64| {
        let now = TimestampMs(SIGNED.0.saturating_add_signed(seconds * 1000));
        request.verify(now).expect_err("refused").to_string()
    };
    assert_eq!(
        text(301),
        "Signature expired: 20261122T123456Z is now earlier than 20261122T123457Z (20261122T123957Z - 5 min.)"
    );
    assert_eq!(
        text(-301),
        "Signature not yet current: 20261122T123456Z is still later than 20261122T123455Z (20261122T122955Z + 5 min.)"
    );
}

type Change = fn(&mut Request);

/// What is done to a genuine request, and the type and text it is then refused with.
const REFUSALS: [(Change, &str, &str); 12] = [
    (
        |request| drop(request.headers.remove(AUTHORIZATION)),
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    ),
    (
        |request| request.query.push_str("X-Amz-Algorithm=AWS4-HMAC-SHA256"),
        "InvalidSignatureException",
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    ),
    (
        |request| request.set("authorization", "Bearer abc"),
        "IncompleteSignatureException",
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
             Authorization header requires 'SignedHeaders' parameter. Authorization=Bearer abc",
    ),
    (
        |request| request.set("x-amz-date", "yesterday"),
        "IncompleteSignatureException",
        "Date must be in ISO-8601 'basic format'. Got 'yesterday'. See http://en.wikipedia.org/wiki/ISO_8601",
    ),
    (
        |request| request.replace_in_authorization("eu-central-1", "mars-1"),
        "InvalidSignatureException",
        "Credential should be scoped to a valid region, not 'mars-1'. ",
    ),
    (
        |request| request.replace_in_authorization("kinesis/aws4_request", "s3/aws5_request"),
        "InvalidSignatureException",
        "Credential should be scoped to correct service: 'kinesis'. Credential should be scoped with a valid \
             terminator: 'aws4_request', not 'aws5_request'. ",
    ),
    (
        |request| request.replace_in_authorization("20261122", "20261121"),
        "InvalidSignatureException",
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261121' != \
             '20261122', from '20261122T123456Z'. ",
    ),
    (
        |request| request.replace_in_authorization(KEY_ID, "AKIDUNKNOWN"),
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    ),
    (
        |request| request.set("x-amz-security-token", "of nobody"),
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    ),
    (
        |request| request.replace_in_authorization(";host", ""),
        "InvalidSignatureException",
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    ),
    (
        |request| request.set("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        "InvalidSignatureException",
        "The value 'UNSIGNED-PAYLOAD' of x-amz-content-sha256 is not supported. The payload must be signed.",
    ),
    (
        |request| request.replace_in_authorization("Signature=d", "Signature=e"),
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details.",
    ),
];

#[test]
fn refusals_are_typed_and_worded_as_aws_has_them() {
    for (change, code, text) in REFUSALS {
        let error = refusal(change);
        assert_eq!((error.code(), error.to_string().as_str()), (code, text));
    }
}

#[test]
fn what_we_sign_is_what_aws_publishes_for_its_example() {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8"));
    headers.insert("host", HeaderValue::from_static("iam.amazonaws.com"));
    headers.insert("x-amz-date", HeaderValue::from_static("20150830T123600Z"));
    let head = RequestHead {
        method: "GET",
        path: "/",
        query: "Action=ListUsers&Version=2010-05-08",
        authority: None,
        headers: &headers,
    };
    let scope = SigningScope { region: "us-east-1", service: "iam" };
    let key = SigningKey::derive(&Secret::new(SECRET), "20150830", scope);
    let signer = Signer { access_key_id: "AKIDEXAMPLE", key: &key, scope };
    let date = AmzDate::parse_basic(b"20150830T123600Z").expect("a date");
    let (_, authorization) =
        sign(signer, &head, "content-type;host;x-amz-date", &date, &Sha256::digest(b"").into()).expect("a header");
    assert_eq!(
        authorization,
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date, \
         Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    );
}

#[test]
fn what_we_sign_is_what_the_suite_of_aws_expects_of_the_plainest_request() {
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("example.amazonaws.com"));
    headers.insert("x-amz-date", HeaderValue::from_static("20150830T123600Z"));
    let head = RequestHead { method: "GET", path: "/", query: "", authority: None, headers: &headers };
    let scope = SigningScope { region: "us-east-1", service: "service" };
    let key = SigningKey::derive(&Secret::new(SECRET), "20150830", scope);
    let signer = Signer { access_key_id: "AKIDEXAMPLE", key: &key, scope };
    let date = AmzDate::parse_basic(b"20150830T123600Z").expect("a date");
    let (_, authorization) =
        sign(signer, &head, "host;x-amz-date", &date, &Sha256::digest(b"").into()).expect("a header");
    let authorization = authorization.to_str().expect("text");
    assert!(
        authorization.ends_with("Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        "{authorization}"
    );
}

proptest! {
    #[test]
    fn no_header_makes_verification_panic_or_succeed(
        authorization in "(AWS4-HMAC-SHA256 )?.{0,40}(Credential=AKIAIOSFODNN7EXAMPLE/20261122/eu-central-1/kinesis/aws4_request)?\
                          [ ,](SignedHeaders=host;.{0,9})?[ ,](Signature=[0-9a-f]{60,66})?.{0,9}",
        date in "20261122T1[0-9]{5}Z|.{0,20}",
        hash in prop::option::of(".{0,70}"),
        path in ".{0,30}",
        query in ".{0,30}",
    ) {
        let mut request = put();
        let mut set = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                request.headers.insert(name, value);
            }
        };
        set("authorization", &authorization);
        set("x-amz-date", &date);
        if let Some(hash) = hash {
            set("x-amz-content-sha256", &hash);
        }
        request.headers.remove("x-amz-target");
        (request.path, request.query) = (path, query);
        prop_assert!(request.verify(SIGNED).is_err());
    }
}
