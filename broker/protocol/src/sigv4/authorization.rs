//! The Authorization header of a signed request, taken apart; says nothing of whether it is right.

use super::error::MissingParameter;
use super::{ALGORITHM, SignatureError};

/// The three parameters of an Authorization header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authorization<'a> {
    /// The credential: access key and scope.
    pub credential: CredentialScope<'a>,
    /// The names of the signed headers, joined by semicolons.
    pub signed_headers: &'a str,
    /// The signature in hexadecimal.
    pub signature: &'a str,
}

/// `keyid/date/region/service/term`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialScope<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// `YYYYMMDD`.
    pub day: &'a str,
    /// The region.
    pub region: &'a str,
    /// The service.
    pub service: &'a str,
    /// `aws4_request`.
    pub terminator: &'a str,
}

/// Whether the request names a time besides its Authorization header: AWS lists both faults together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateHeader {
    /// X-Amz-Date or Date is there.
    Present,
    /// Neither is.
    Absent,
}

impl<'a> Authorization<'a> {
    /// Takes a header apart: parameters are parted by commas, spaces or both, in any order.
    pub fn parse(header: &'a str, date: DateHeader) -> Result<Self, SignatureError> {
        let (algorithm, parameters) = header.trim().split_once([' ', ',']).unwrap_or((header.trim(), ""));
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for parameter in parameters.split([',', ' ']) {
            match parameter.split_once('=') {
                Some(("Credential", value)) => credential = Some(value),
                Some(("SignedHeaders", value)) => signed_headers = Some(value),
                Some(("Signature", value)) => signature = Some(value),
                _ => {}
            }
        }
        let (Some(credential), Some(signed_headers), Some(signature), DateHeader::Present) =
            (credential, signed_headers, signature, date)
        else {
            let present = [credential, signature, signed_headers].map(|parameter| parameter.is_some());
            return Err(SignatureError::Incomplete {
                missing: missing(present, date),
                authorization: header.to_owned(),
            });
        };
        if algorithm != ALGORITHM {
            return Err(SignatureError::Algorithm(algorithm.to_owned()));
        }
        Ok(Self { credential: CredentialScope::parse(credential)?, signed_headers, signature })
    }
}

fn missing([credential, signature, signed_headers]: [bool; 3], date: DateHeader) -> Vec<MissingParameter> {
    let required = [
        (credential, MissingParameter::Credential),
        (signature, MissingParameter::Signature),
        (signed_headers, MissingParameter::SignedHeaders),
        (date == DateHeader::Present, MissingParameter::Date),
    ];
    required.into_iter().filter_map(|(present, parameter)| (!present).then_some(parameter)).collect()
}

impl<'a> CredentialScope<'a> {
    fn parse(text: &'a str) -> Result<Self, SignatureError> {
        let mut parts = text.split('/');
        let mut next = || parts.next().ok_or_else(|| SignatureError::CredentialParts(text.to_owned()));
        let (access_key_id, day, region, service, terminator) = (next()?, next()?, next()?, next()?, next()?);
        if parts.next().is_some() {
            return Err(SignatureError::CredentialParts(text.to_owned()));
        }
        Ok(Self { access_key_id, day, region, service, terminator })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(header: &str) -> Result<Authorization<'_>, SignatureError> {
        Authorization::parse(header, DateHeader::Present)
    }

    #[test]
    fn parameters_come_in_any_order_parted_by_commas_or_spaces() {
        let first =
            "AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=ab";
        let second =
            "AWS4-HMAC-SHA256 Signature=ab,SignedHeaders=host,Credential=AKID/20150830/us-east-1/iam/aws4_request";
        let parsed = parse(first).expect("complete");
        assert_eq!(parse(second), Ok(parsed));
        assert_eq!((parsed.credential.access_key_id, parsed.credential.day), ("AKID", "20150830"));
        assert_eq!((parsed.signed_headers, parsed.signature), ("host", "ab"));
    }

    #[test]
    fn whatever_lacks_is_listed_in_the_order_of_aws() {
        let cases = [
            (
                "AWS4-",
                DateHeader::Absent,
                "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' \
                 parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires \
                 existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-",
            ),
            (
                "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b",
                DateHeader::Present,
                "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256 Credential=a, \
                 SignedHeaders=b",
            ),
            (
                "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c",
                DateHeader::Present,
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a'",
            ),
            (
                "AWS4-HMAC-SHA512 Credential=a/b/c/d/e, SignedHeaders=b, Signature=c",
                DateHeader::Present,
                "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'.",
            ),
        ];
        for (header, date, text) in cases {
            let error = Authorization::parse(header, date).expect_err(header);
            assert_eq!(error.to_string(), text);
            assert_eq!((error.code(), error.status()), ("IncompleteSignatureException", 403));
        }
    }
}
