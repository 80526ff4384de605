//! Which hosts are served where no credentials are asked for: only this machine's own names. A web page that has its
//! name point to 127.0.0.1 would otherwise read and write streams from the browser of whoever visits it.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::header::HOST;
use http::request::Parts;

/// Whether a request is for a loopback name or address, by its Host header and by its target, if that names a host.
pub(super) fn is_loopback(head: &Parts) -> bool {
    let header = head.headers.get_all(HOST).iter().map(|host| host.to_str().unwrap_or_default());
    let mut hosts = header.chain(head.uri.authority().map(http::uri::Authority::as_str)).peekable();
    hosts.peek().is_some() && hosts.all(names_loopback)
}

/// `HOST[:PORT]`.
fn names_loopback(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        let Some((address, port)) = address.split_once(']') else { return false };
        let port = if port.is_empty() { Some("") } else { port.strip_prefix(':') };
        return port.is_some_and(is_port) && address.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback());
    }
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let loopback = name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    loopback && is_port(port)
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn names_and_addresses_of_this_machine_are_told_from_others() {
        let own = ["localhost", "LOCALHOST:4567", "kinesis.localhost:4567", "localhost.", "127.0.0.1", "127.9.8.7:1"];
        for host in own.into_iter().chain(["[::1]", "[::1]:4567"]) {
            assert!(names_loopback(host), "{host}");
        }
        let others =
            ["", ":4567", "example.com", "localhost.example.com", "localhost:80.example.com", "127.0.0.1.nip.io"];
        for host in others.into_iter().chain(["10.0.0.1", "0.0.0.0", "[::2]", "[::1", "[::1]x", "::1", "notlocalhost"])
        {
            assert!(!names_loopback(host), "{host}");
        }
    }

    #[test]
    fn the_header_and_the_target_must_both_be_of_this_machine() {
        let asked = |uri: &str, hosts: &[&str]| {
            let request = hosts.iter().fold(Request::builder().uri(uri), |request, host| request.header(HOST, *host));
            is_loopback(&request.body(()).unwrap().into_parts().0)
        };
        assert!(asked("/", &["localhost:4567"]));
        assert!(asked("http://127.0.0.1:4567/", &[]));
        assert!(!asked("/", &[]));
        assert!(!asked("/", &["localhost", "example.com"]));
        assert!(!asked("http://example.com/", &["localhost"]));
        assert!(!asked("http://localhost/", &["example.com"]));
    }
}
