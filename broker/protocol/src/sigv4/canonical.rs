//! The canonical request: method, path, query and signed headers in the one form that both sides hash.

use http::HeaderMap;
use http::header::HOST;

use super::{ALGORITHM, AmzDate, SigningScope, TERMINATOR};

/// A request without its body.
#[derive(Debug, Clone, Copy)]
pub struct RequestHead<'a> {
    /// The method.
    pub method: &'a str,
    /// The path, as it stands in the request line.
    pub path: &'a str,
    /// The query without its question mark, empty if there is none.
    pub query: &'a str,
    /// `:authority` of HTTP/2, which stands in for an absent Host header.
    pub authority: Option<&'a str>,
    /// The headers.
    pub headers: &'a HeaderMap,
}

/// The canonical request up to and including the newline before the body's hash.
pub(super) fn canonical_head(head: &RequestHead<'_>, signed_headers: &str) -> Vec<u8> {
    let mut canonical = Vec::with_capacity(512);
    canonical.extend_from_slice(head.method.as_bytes());
    canonical.push(b'\n');
    write_path(&mut canonical, head.path);
    canonical.push(b'\n');
    write_query(&mut canonical, head.query);
    canonical.push(b'\n');
    for name in signed_headers.split(';') {
        write_header(&mut canonical, head, name);
    }
    canonical.push(b'\n');
    canonical.extend_from_slice(signed_headers.as_bytes());
    canonical.push(b'\n');
    canonical
}

/// The string-to-sign up to the hash of the canonical request.
pub(super) fn string_to_sign_head(date: &AmzDate, scope: SigningScope<'_>) -> Vec<u8> {
    let SigningScope { region, service } = scope;
    let day = date.day();
    format!("{ALGORITHM}\n{date}\n{day}/{region}/{service}/{TERMINATOR}\n").into_bytes()
}

/// Absolute, without empty, `.` and `..` segments, and encoded once more, as every service but S3 has it.
fn write_path(into: &mut Vec<u8>, path: &str) {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    for segment in &segments {
        into.push(b'/');
        write_encoded(into, segment.as_bytes());
    }
    if segments.is_empty() || path.ends_with('/') {
        into.push(b'/');
    }
}

/// Parameters decoded, encoded in AWS's way, and sorted by name and value.
fn write_query(into: &mut Vec<u8>, query: &str) {
    let mut parameters: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        parameters.push((recoded(name), recoded(value)));
    }
    parameters.sort();
    for (index, (name, value)) in parameters.iter().enumerate() {
        if index > 0 {
            into.push(b'&');
        }
        into.extend_from_slice(name);
        into.push(b'=');
        into.extend_from_slice(value);
    }
}

/// The pseudo-header of HTTP/2, which the AWS SDK for JavaScript signs by this name.
pub(super) const AUTHORITY_OF_HTTP2: &str = ":authority";

/// `name:value,value` with runs of spaces made one. An absent header is written empty: its signer must have meant
/// that.
fn write_header(into: &mut Vec<u8>, head: &RequestHead<'_>, name: &str) {
    into.extend_from_slice(name.as_bytes());
    into.push(b':');
    let mut values = head.headers.get_all(name).iter().map(http::HeaderValue::as_bytes).peekable();
    if values.peek().is_none()
        && (name == HOST.as_str() || name == AUTHORITY_OF_HTTP2)
        && let Some(authority) = head.authority
    {
        into.extend_from_slice(authority.as_bytes());
    }
    for (index, value) in values.enumerate() {
        if index > 0 {
            into.push(b',');
        }
        write_trimmed(into, value);
    }
    into.push(b'\n');
}

fn write_trimmed(into: &mut Vec<u8>, value: &[u8]) {
    let words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        if index > 0 {
            into.push(b' ');
        }
        into.extend_from_slice(word);
    }
}

fn recoded(text: &str) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(text.len());
    write_encoded(&mut encoded, &percent_decoded(text.as_bytes()));
    encoded
}

/// Bytes that are no escape stand for themselves.
fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        let escape = if byte == b'%' { after.split_first_chunk::<2>() } else { None };
        let escaped = escape.and_then(|(digits, after)| Some((hex_byte(*digits)?, after)));
        let (byte, after) = escaped.unwrap_or((byte, after));
        decoded.push(byte);
        rest = after;
    }
    decoded
}

fn write_encoded(into: &mut Vec<u8>, bytes: &[u8]) {
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            into.push(byte);
        } else {
            into.push(b'%');
            into.push(b"0123456789ABCDEF"[usize::from(byte >> 4)]);
            into.push(b"0123456789ABCDEF"[usize::from(byte & 15)]);
        }
    }
}

/// A hash in lower-case hexadecimal.
pub(super) fn hex(hash: &[u8; 32]) -> [u8; 64] {
    let mut digits = [0; 64];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(hash) {
        pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
        pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
    }
    digits
}

/// A hash from hexadecimal of either case.
pub(super) fn from_hex(digits: &[u8]) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = digits.try_into().ok()?;
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = hex_byte([pair[0], pair[1]])?;
    }
    Some(hash)
}

fn hex_byte([high, low]: [u8; 2]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str) -> String {
        let mut written = Vec::new();
        write_path(&mut written, path);
        String::from_utf8(written).expect("ASCII")
    }

    fn query(query: &str) -> String {
        let mut written = Vec::new();
        write_query(&mut written, query);
        String::from_utf8(written).expect("ASCII")
    }

    #[test]
    fn paths_are_made_plain() {
        for (given, plain) in [
            ("/", "/"),
            ("", "/"),
            ("/example/..", "/"),
            ("/foo/bar/../..", "/"),
            ("/./", "/"),
            ("//foo//", "/foo/"),
            ("/./foo", "/foo"),
            ("/a%20b", "/a%2520b"),
            ("/\u{1234}", "/%E1%88%B4"),
            ("/-._~09AZaz", "/-._~09AZaz"),
        ] {
            assert_eq!(path(given), plain, "{given}");
        }
    }

    #[test]
    fn queries_are_sorted_and_encoded() {
        for (given, canonical) in [
            ("", ""),
            ("Param2=value2&Param1=value1", "Param1=value1&Param2=value2"),
            ("Param1=value2&Param1=Value1", "Param1=Value1&Param1=value2"),
            ("a", "a="),
            ("a=%2f&%C3%A4=b%zz", "%C3%A4=b%25zz&a=%2F"),
        ] {
            assert_eq!(query(given), canonical, "{given}");
        }
    }

    #[test]
    fn hashes_survive_hexadecimal() {
        let hash = std::array::from_fn(|index| u8::try_from(index * 7).expect("below 256"));
        assert_eq!(from_hex(&hex(&hash)), Some(hash));
        assert_eq!(from_hex(&[b'g'; 64]), None);
        assert_eq!(from_hex(b"00"), None);
    }
}
