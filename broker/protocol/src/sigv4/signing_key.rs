//! Signing keys: derived from a secret for one day, region and service, and kept, because deriving costs more than
//! signing.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{AmzDate, SigningScope, TERMINATOR};

/// A secret text: never printed, compared in constant time.
#[derive(Clone)]
pub struct Secret(Arc<str>);

/// An access key: cheap to clone.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The id, which requests carry.
    pub access_key_id: Arc<str>,
    /// The secret, which they do not.
    pub secret_access_key: Secret,
    /// The token of temporary credentials: requests must carry it, and must not carry one where none is.
    pub session_token: Option<Secret>,
}

/// The key of one day, region and service.
#[derive(Clone)]
pub struct SigningKey(Hmac<Sha256>);

impl Secret {
    /// Wraps a text.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Whether a text is the secret, in constant time for texts of one length.
    pub fn is(&self, text: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(text).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl SigningKey {
    /// Derives the key.
    pub fn derive(secret: &Secret, day: &str, scope: SigningScope<'_>) -> Self {
        let key = [b"AWS4", secret.0.as_bytes()].concat();
        let day_key = hmac(&key, day);
        let region_key = hmac(&day_key, scope.region);
        let service_key = hmac(&region_key, scope.service);
        Self(keyed(&hmac(&service_key, TERMINATOR)))
    }

    /// Signs a string-to-sign.
    pub fn sign(&self, string_to_sign: &[u8]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(string_to_sign);
        mac.finalize().into_bytes().into()
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn hmac(key: &[u8], message: &str) -> [u8; 32] {
    let mut mac = keyed(key);
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().into()
}

/// The derived keys of the access keys in use, of one region and service: for each the last day asked for.
///
/// Around midnight, while clocks differ, a key may be derived anew for each request; that is 2 us.
#[derive(Debug, Default)]
pub(super) struct SigningKeyCache {
    keys: Mutex<HashMap<Arc<str>, CachedKey>>,
}

#[derive(Debug)]
struct CachedKey {
    secret: Secret,
    day: Box<str>,
    key: SigningKey,
}

impl SigningKeyCache {
    /// Only keys of known credentials come here, so this bounds an installation with very many of them: about 1 MiB.
    const KEYS_MAX: usize = 4096;

    /// The signing key of a credential on the day of `date`. A changed secret is noticed.
    pub(super) fn get(&self, credential: &Credential, date: &AmzDate, scope: SigningScope<'_>) -> SigningKey {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let secret = &credential.secret_access_key;
        if let Some(cached) = keys.get(&credential.access_key_id)
            && *cached.day == *date.day()
            && cached.secret.is(secret.0.as_bytes())
        {
            return cached.key.clone();
        }
        let key = SigningKey::derive(secret, date.day(), scope);
        if keys.len() >= Self::KEYS_MAX {
            keys.clear();
        }
        let cached = CachedKey { secret: secret.clone(), day: date.day().into(), key: key.clone() };
        keys.insert(Arc::clone(&credential.access_key_id), cached);
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigv4::canonical::hex;

    const SCOPE: SigningScope<'_> = SigningScope { region: "us-east-1", service: "iam" };

    #[test]
    fn the_key_is_the_one_aws_publishes_for_its_example() {
        let day_key = hmac(b"AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830");
        let key = hmac(&hmac(&hmac(&day_key, "us-east-1"), "iam"), TERMINATOR);
        assert_eq!(hex(&key), *b"c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
        let derived = SigningKey::derive(&Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), "20150830", SCOPE);
        assert_eq!(derived.sign(b"x"), hmac(&key, "x"));
    }

    #[test]
    fn a_cached_key_is_of_its_secret_and_day() {
        let cache = SigningKeyCache::default();
        let date = |text: &str| AmzDate::parse_basic(text.as_bytes()).expect("a date");
        let credential = |secret: &str| Credential {
            access_key_id: "AKID".into(),
            secret_access_key: Secret::new(secret),
            session_token: None,
        };
        for (secret, time) in [
            ("one", "20150830T123600Z"),
            ("one", "20150830T123601Z"),
            ("one", "20150831T000000Z"),
            ("two", "20150831T000000Z"),
        ] {
            let expected = SigningKey::derive(&Secret::new(secret), &time[..8], SCOPE).sign(b"x");
            assert_eq!(cache.get(&credential(secret), &date(time), SCOPE).sign(b"x"), expected, "{secret} {time}");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        assert_eq!(format!("{:?}", Secret::new("hidden")), "Secret(..)");
    }
}
