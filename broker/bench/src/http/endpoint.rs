//! Where a Kinesis endpoint is: `http://host:port`, resolved once, so that no name is looked up under load.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

/// An endpoint's name, as the `host` header carries it, and its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// `host:port` as written in the URL.
    pub(crate) authority: String,
    /// Where connections go.
    pub(crate) address: SocketAddr,
    /// Where they come from; absent, the kernel chooses.
    pub(crate) from: Option<IpAddr>,
}

/// A URL that is no endpoint for this tool.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EndpointError {
    /// Any scheme but `http`.
    #[error("{0:?} does not begin with http://; the load is measured without TLS")]
    Scheme(String),
    /// Something beyond `host:port`.
    #[error("{0:?} has a path; an endpoint is http://host:port")]
    Path(String),
    /// A name that no `host` header can carry.
    #[error("{0:?} is no name of a host")]
    Name(String),
    /// The name has no address.
    #[error("{authority:?} has no address: {reason}")]
    Unresolved {
        /// The name that was looked up.
        authority: String,
        /// What the resolver said.
        reason: String,
    },
}

impl Endpoint {
    /// Reads and resolves a URL.
    pub(crate) fn resolve(url: &str) -> Result<Self, EndpointError> {
        let rest = url.strip_prefix("http://").ok_or_else(|| EndpointError::Scheme(url.to_owned()))?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains('/') {
            return Err(EndpointError::Path(url.to_owned()));
        }
        if !authority.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(EndpointError::Name(url.to_owned()));
        }
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let with_port = if has_port { authority.to_owned() } else { format!("{authority}:80") };
        let unresolved = |reason: String| EndpointError::Unresolved { authority: authority.to_owned(), reason };
        let mut addresses = with_port.to_socket_addrs().map_err(|error| unresolved(error.to_string()))?;
        let address = addresses.next().ok_or_else(|| unresolved("the name is known, without addresses".to_owned()))?;
        Ok(Self { authority: authority.to_owned(), address, from: None })
    }

    /// An endpoint on this machine.
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self { authority: address.to_string(), address, from: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_scheme_a_host_and_a_port() {
        let endpoint = Endpoint::resolve("http://127.0.0.1:4567/").expect("an endpoint");
        assert_eq!(endpoint.authority, "127.0.0.1:4567");
        assert_eq!(endpoint.address, "127.0.0.1:4567".parse().expect("an address"));
        assert_eq!(Endpoint::resolve("http://127.0.0.1").expect("an endpoint").address.port(), 80);
        assert_eq!(Endpoint::resolve("http://[::1]:9").expect("an endpoint").address.port(), 9);
    }

    #[test]
    fn what_cannot_be_measured_is_refused() {
        assert!(matches!(Endpoint::resolve("https://kinesis.example:443"), Err(EndpointError::Scheme(_))));
        assert!(matches!(Endpoint::resolve("127.0.0.1:4567"), Err(EndpointError::Scheme(_))));
        assert!(matches!(Endpoint::resolve("http://127.0.0.1:4567/path"), Err(EndpointError::Path(_))));
        assert!(matches!(Endpoint::resolve("http://a b"), Err(EndpointError::Name(_))));
        assert!(matches!(Endpoint::resolve("http://[::1"), Err(EndpointError::Unresolved { .. })));
    }
}
