//! Requests signed as a client of AWS signs them, over a body hash known beforehand: prebuilt bodies are hashed once, not
//! once a request, and what a signature costs here is two small hashes.

use forebay_protocol::sigv4::{AmzDate, RequestHead, Secret, Signer as KeyHolder, SigningKey, SigningScope, sign};
use forebay_protocol::words::TimestampMs;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::request_head::RequestFacts;

/// What requests are signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    /// The access key id.
    pub(crate) access_key_id: String,
    /// The secret access key.
    pub(crate) secret_access_key: String,
    /// Of temporary credentials, the session token.
    pub(crate) session_token: Option<String>,
}

/// Who a request says it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Auth {
    /// No `authorization` header at all.
    None,
    /// A well-formed header whose signature is wrong: for servers that want one and check nothing.
    Placeholder,
    /// A true signature.
    Signed(Credentials),
}

/// Signs requests for one region.
#[derive(Debug, Clone)]
pub(crate) struct Signer {
    auth: Auth,
    region: String,
    key: Option<DayKey>,
}

/// A signing key, good for one day.
#[derive(Debug, Clone)]
struct DayKey {
    day: String,
    key: SigningKey,
}

const SERVICE: &str = "kinesis";
const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const X_AMZ_TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const X_AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

impl Signer {
    /// A signer for Kinesis in a region.
    pub(crate) fn new(auth: Auth, region: String) -> Self {
        Self { auth, region, key: None }
    }

    /// The header lines that say who asks, each with its line end.
    pub(crate) fn headers(&mut self, authority: &str, request: &RequestFacts<'_>) -> String {
        let date = AmzDate::of(TimestampMs(request.wall_s * 1000));
        match self.auth.clone() {
            Auth::None => String::new(),
            Auth::Placeholder => placeholder(&date, &self.region),
            Auth::Signed(credentials) => self.signed(authority, request, &date, &credentials),
        }
    }

    fn signed(
        &mut self,
        authority: &str,
        request: &RequestFacts<'_>,
        date: &AmzDate,
        credentials: &Credentials,
    ) -> String {
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(request.encoding.content_type()));
        headers.insert(HOST, header_value(authority));
        headers.insert(X_AMZ_DATE, header_value(date.as_str()));
        headers.insert(X_AMZ_TARGET, header_value(&request.target()));
        let token = credentials.session_token.as_deref();
        let signed_headers = match token {
            None => "content-type;host;x-amz-date;x-amz-target",
            Some(_) => "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
        };
        if let Some(token) = token {
            headers.insert(X_AMZ_SECURITY_TOKEN, header_value(token));
        }
        let key = self.day_key(date.day(), &credentials.secret_access_key).clone();
        let scope = SigningScope { region: &self.region, service: SERVICE };
        let signer = KeyHolder { access_key_id: &credentials.access_key_id, key: &key, scope };
        let head = RequestHead { method: "POST", path: "/", query: "", authority: None, headers: &headers };
        let (_, authorization) = sign(signer, &head, signed_headers, date, request.body_sha256).expect(VISIBLE);
        let authorization = authorization.to_str().expect(VISIBLE);
        let token_line = token.map(|token| format!("x-amz-security-token: {token}\r\n")).unwrap_or_default();
        format!("x-amz-date: {}\r\n{token_line}authorization: {authorization}\r\n", date.as_str())
    }

    fn day_key(&mut self, day: &str, secret: &str) -> &SigningKey {
        if self.key.as_ref().is_none_or(|cached| cached.day != day) {
            let scope = SigningScope { region: &self.region, service: SERVICE };
            let key = SigningKey::derive(&Secret::new(secret), day, scope);
            self.key = Some(DayKey { day: day.to_owned(), key });
        }
        &self.key.as_ref().expect("just derived").key
    }
}

/// What the command line has made sure of, and why a header takes these texts.
const VISIBLE: &str = "hosts, regions and credentials are visible ASCII";

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect(VISIBLE)
}

fn placeholder(date: &AmzDate, region: &str) -> String {
    format!(
        "x-amz-date: {}\r\nauthorization: AWS4-HMAC-SHA256 Credential=placeholder/{}/{region}/{SERVICE}/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={}\r\n",
        date.as_str(),
        date.day(),
        "0".repeat(64)
    )
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::super::request_head::Encoding;
    use super::*;

    fn headers(auth: Auth) -> String {
        let body = br#"{"StreamName":"orders"}"#;
        let request = RequestFacts {
            operation: "PutRecords",
            encoding: Encoding::Json,
            body_bytes: body.len(),
            body_sha256: &Sha256::digest(body).into(),
            wall_s: 1_700_000_000,
        };
        Signer::new(auth, "us-east-1".to_owned()).headers("127.0.0.1:4567", &request)
    }

    fn credentials(session_token: Option<&str>) -> Auth {
        Auth::Signed(Credentials {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: session_token.map(str::to_owned),
        })
    }

    /// The signatures are botocore 1.43's over the same request at the same second.
    #[test]
    fn requests_are_signed_as_botocore_signs_them() {
        let plain = headers(credentials(None));
        assert!(plain.starts_with("x-amz-date: 20231114T221320Z\r\n"), "{plain}");
        let signature = "Signature=38df4e3716761819310e07bc3563acf471b2c7324b1fb83e0d5932c711727bd3\r\n";
        assert!(plain.ends_with(signature), "{plain}");
        let with_token = headers(credentials(Some("tok/en==")));
        assert!(with_token.contains("x-amz-security-token: tok/en==\r\n"), "{with_token}");
        let signature = "Signature=9c80c52983869dc5269f280994f6ea30009dc78dee7ed625e1c9c038a9ab1949\r\n";
        assert!(with_token.ends_with(signature), "{with_token}");
    }

    #[test]
    fn without_credentials_a_request_says_nothing_or_something_false() {
        assert_eq!(headers(Auth::None), "");
        assert!(headers(Auth::Placeholder).contains("Credential=placeholder/20231114/us-east-1/kinesis/aws4_request"));
    }
}
