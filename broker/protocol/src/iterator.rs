//! The shard iterator: a sealed, stateless token that says which shard of which incarnation to read from where, and
//! when it was issued; holds no randomness and no clock: nonce and time are arguments.
//!
//! Before base64 a token is `format u8 | key version u8 | nonce 12 bytes | sealed`. Sealed, by AES-256-GCM-SIV with
//! the first two bytes as associated data, is `incarnation 16 bytes | shard u32 | position u64 | issued u64`, big
//! endian. A repeated nonce reveals only that two tokens are equal.

use std::fmt;

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use base64_simd::STANDARD;
use jiff::{Timestamp, tz::TimeZone};

use crate::limits::{SHARD_ITERATOR_AGE_MAX_MS, SHARD_ITERATOR_CHARACTERS_MAX};
use crate::words::{Incarnation, ShardId, TimestampMs};

const FORMAT: u8 = 1;
const HEADER_BYTES: usize = 2;
const NONCE_BYTES: usize = 12;
const CONTENT_BYTES: usize = 36;
const TAG_BYTES: usize = 16;
const TOKEN_BYTES: usize = HEADER_BYTES + NONCE_BYTES + CONTENT_BYTES + TAG_BYTES;

/// Where a reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardIterator {
    /// The stream's incarnation: a token of a deleted stream never reads one made again under its name.
    pub incarnation: Incarnation,
    /// The shard.
    pub shard: ShardId,
    /// The counter of the next record to read.
    pub position: u64,
    /// When the token was issued.
    pub issued: TimestampMs,
}

/// The keys of an installation: tokens are sealed with the current one and opened with either.
#[derive(Clone)]
pub struct IteratorKeys {
    current: VersionedKey,
    previous: Option<VersionedKey>,
}

#[derive(Clone)]
struct VersionedKey {
    version: u8,
    cipher: Aes256GcmSiv,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenIteratorError {
    /// Malformed, forged, or of a key that is no longer kept. AWS: InvalidArgumentException.
    #[error("Invalid ShardIterator.")]
    Invalid,
    /// Genuine but too old. AWS: ExpiredIteratorException.
    #[error(transparent)]
    Expired(ExpiredIterator),
}

/// A genuine token that is too old; its text is AWS's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiredIterator {
    /// When it was issued.
    pub issued: TimestampMs,
    /// When it was used.
    pub now: TimestampMs,
}

impl std::error::Error for ExpiredIterator {}

impl fmt::Display for ExpiredIterator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (issued, now) = (java_date(self.issued), java_date(self.now));
        write!(
            f,
            "Iterator expired. The iterator was created at time {issued} while right now it is {now} which is further \
             in the future than the tolerated delay of {SHARD_ITERATOR_AGE_MAX_MS} milliseconds."
        )
    }
}

impl IteratorKeys {
    /// Keys with one version.
    pub fn new(version: u8, key: &[u8; 32]) -> Self {
        Self { current: VersionedKey::new(version, key), previous: None }
    }

    /// The keys after a rotation: `version` seals from now on, the current one still opens what it sealed.
    ///
    /// # Panics
    /// If the version is the current one's: two keys of one version cannot be told apart.
    #[must_use]
    pub fn rotated(self, version: u8, key: &[u8; 32]) -> Self {
        assert!(version != self.current.version, "a rotation takes a new version");
        Self { current: VersionedKey::new(version, key), previous: Some(self.current) }
    }

    fn of_version(&self, version: u8) -> Option<&VersionedKey> {
        let keys = [Some(&self.current), self.previous.as_ref()];
        keys.into_iter().flatten().find(|key| key.version == version)
    }
}

impl fmt::Debug for IteratorKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let previous = self.previous.as_ref().map(|key| key.version);
        write!(f, "IteratorKeys {{ current: {}, previous: {previous:?} }}", self.current.version)
    }
}

impl VersionedKey {
    fn new(version: u8, key: &[u8; 32]) -> Self {
        Self { version, cipher: Aes256GcmSiv::new(key.into()) }
    }
}

impl ShardIterator {
    /// The token: 88 characters of base64.
    ///
    /// # Panics
    /// Never: the cipher refuses only contents of many GiB.
    pub fn seal(&self, keys: &IteratorKeys, nonce: [u8; NONCE_BYTES]) -> String {
        let header = [FORMAT, keys.current.version];
        let content = self.to_content();
        let payload = Payload { msg: &content, aad: &header };
        let sealed = keys.current.cipher.encrypt(&Nonce::from(nonce), payload).expect("36 bytes are within its bounds");
        let mut token = Vec::with_capacity(TOKEN_BYTES);
        token.extend_from_slice(&header);
        token.extend_from_slice(&nonce);
        token.extend_from_slice(&sealed);
        STANDARD.encode_to_string(token)
    }

    /// Reads a token that came back from a client at `now`.
    pub fn open(text: &str, keys: &IteratorKeys, now: TimestampMs) -> Result<Self, OpenIteratorError> {
        let iterator = Self::open_at_any_age(text, keys).ok_or(OpenIteratorError::Invalid)?;
        if now.0.saturating_sub(iterator.issued.0) > SHARD_ITERATOR_AGE_MAX_MS {
            return Err(OpenIteratorError::Expired(ExpiredIterator { issued: iterator.issued, now }));
        }
        Ok(iterator)
    }

    fn open_at_any_age(text: &str, keys: &IteratorKeys) -> Option<Self> {
        if text.len() > SHARD_ITERATOR_CHARACTERS_MAX {
            return None;
        }
        let token: [u8; TOKEN_BYTES] = STANDARD.decode_to_vec(text).ok()?.try_into().ok()?;
        let (header, rest) = token.split_first_chunk::<HEADER_BYTES>()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let [format, version] = *header;
        let key = if format == FORMAT { keys.of_version(version) } else { None }?;
        let content = key.cipher.decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad: header }).ok()?;
        Self::from_content(&content)
    }

    fn to_content(self) -> [u8; CONTENT_BYTES] {
        let mut content = [0; CONTENT_BYTES];
        content[..16].copy_from_slice(&self.incarnation.0);
        content[16..20].copy_from_slice(&self.shard.0.to_be_bytes());
        content[20..28].copy_from_slice(&self.position.to_be_bytes());
        content[28..].copy_from_slice(&self.issued.0.to_be_bytes());
        content
    }

    fn from_content(content: &[u8]) -> Option<Self> {
        let (incarnation, rest) = content.split_first_chunk()?;
        let (shard, rest) = rest.split_first_chunk()?;
        let (position, rest) = rest.split_first_chunk()?;
        Some(Self {
            incarnation: Incarnation(*incarnation),
            shard: ShardId(u32::from_be_bytes(*shard)),
            position: u64::from_be_bytes(*position),
            issued: TimestampMs(u64::from_be_bytes(rest.try_into().ok()?)),
        })
    }
}

/// A time as Java's `Date.toString` writes it in UTC, which is how AWS's texts carry times:
/// `Thu Jan 22 01:22:02 UTC 2015`. A time beyond the year 9999 is written in milliseconds.
pub fn java_date(time: TimestampMs) -> String {
    let timestamp = i64::try_from(time.0).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    match timestamp {
        Some(timestamp) => timestamp.to_zoned(TimeZone::UTC).strftime("%a %b %d %H:%M:%S UTC %Y").to_string(),
        None => time.0.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ISSUED: TimestampMs = TimestampMs(1_421_889_722_000);
    const ITERATOR: ShardIterator =
        ShardIterator { incarnation: Incarnation([7; 16]), shard: ShardId(3), position: 1 << 40, issued: ISSUED };

    fn keys() -> IteratorKeys {
        IteratorKeys::new(1, &[1; 32])
    }

    #[test]
    fn a_token_comes_back_as_it_was_until_five_minutes_have_passed() {
        let token = ITERATOR.seal(&keys(), [9; 12]);
        assert_eq!(token.len(), 88);
        for age in [0, 1, SHARD_ITERATOR_AGE_MAX_MS] {
            assert_eq!(ShardIterator::open(&token, &keys(), TimestampMs(ISSUED.0 + age)), Ok(ITERATOR), "{age}");
        }
        assert_eq!(ShardIterator::open(&token, &keys(), TimestampMs(ISSUED.0 - 60_000)), Ok(ITERATOR));
    }

    #[test]
    fn an_expired_token_is_answered_with_the_text_of_aws() {
        let token = ITERATOR.seal(&keys(), [9; 12]);
        let error = ShardIterator::open(&token, &keys(), TimestampMs(ISSUED.0 + 360_000)).expect_err("expired");
        assert_eq!(
            error.to_string(),
            "Iterator expired. The iterator was created at time Thu Jan 22 01:22:02 UTC 2015 while right now it is \
             Thu Jan 22 01:28:02 UTC 2015 which is further in the future than the tolerated delay of 300000 \
             milliseconds."
        );
    }

    #[test]
    fn a_rotated_key_still_opens_and_the_one_before_it_no_longer() {
        let first = ITERATOR.seal(&keys(), [9; 12]);
        let second_keys = keys().rotated(2, &[2; 32]);
        assert_eq!(ShardIterator::open(&first, &second_keys, ISSUED), Ok(ITERATOR));
        let third_keys = second_keys.clone().rotated(3, &[3; 32]);
        assert_eq!(ShardIterator::open(&first, &third_keys, ISSUED), Err(OpenIteratorError::Invalid));
        let second = ITERATOR.seal(&second_keys, [9; 12]);
        assert_eq!(ShardIterator::open(&second, &third_keys, ISSUED), Ok(ITERATOR));
    }

    #[test]
    fn every_changed_bit_is_noticed() {
        let bytes = STANDARD.decode_to_vec(ITERATOR.seal(&keys(), [9; 12])).expect("base64");
        for bit in 0..bytes.len() * 8 {
            let mut forged = bytes.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            let text = STANDARD.encode_to_string(forged);
            assert_eq!(ShardIterator::open(&text, &keys(), ISSUED), Err(OpenIteratorError::Invalid), "bit {bit}");
        }
    }

    #[test]
    fn what_is_no_token_is_invalid() {
        let other_key = ITERATOR.seal(&IteratorKeys::new(1, &[8; 32]), [9; 12]);
        for text in ["", "AAAA", "!", &"A".repeat(88), &"A".repeat(513), &other_key] {
            assert_eq!(ShardIterator::open(text, &keys(), ISSUED), Err(OpenIteratorError::Invalid), "{text}");
        }
    }

    #[test]
    fn keys_are_not_printed() {
        assert_eq!(format!("{:?}", keys().rotated(2, &[2; 32])), "IteratorKeys { current: 2, previous: Some(1) }");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,600}", time in any::<u64>()) {
            prop_assert!(ShardIterator::open(&text, &keys(), TimestampMs(time)).is_err());
        }
    }

    #[test]
    fn a_time_without_a_date_is_written_in_milliseconds() {
        assert_eq!(java_date(TimestampMs(u64::MAX)), u64::MAX.to_string());
        assert_eq!(java_date(TimestampMs(0)), "Thu Jan 01 00:00:00 UTC 1970");
    }
}
