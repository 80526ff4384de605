//! The NextToken of the list operations: which list it continues, after what, and when it was issued. It names nothing
//! its bearer could not ask for by name, so it is neither sealed nor trusted: whatever it says is looked up in the
//! caller's own account.
//!
//! Before base64 it is `format u8 | list u8 | issued ms u64 | the list's own fields`, big-endian.

use std::fmt;

use base64_simd::URL_SAFE_NO_PAD;
use forebay_protocol::api::{ApiError, ErrorCode};
use forebay_protocol::iterator::java_date;
use forebay_protocol::limits::NEXT_TOKEN_AGE_MAX_MS;
use forebay_protocol::words::{ConsumerName, Incarnation, ShardId, StreamName, TimestampMs};

use super::Answering;
use super::shard_selection::ShardSelection;

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Page {
    /// ListStreams.
    Streams {
        /// The last stream of the page before.
        after: StreamName,
    },
    /// ListShards.
    Shards {
        /// The stream's life.
        stream: Incarnation,
        /// The last shard of the page before.
        after: ShardId,
        /// What the first page asked for.
        selection: ShardSelection,
    },
    /// ListStreamConsumers.
    Consumers {
        /// The stream's life.
        stream: Incarnation,
        /// The last consumer of the page before.
        after: ConsumerName,
    },
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NextTokenRefusal {
    /// Not issued here.
    Invalid,
    /// Issued too long ago.
    Expired {
        /// When it was issued.
        issued: TimestampMs,
        /// When it was used.
        now: TimestampMs,
    },
}

impl fmt::Display for NextTokenRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid => f.write_str("Invalid NextToken."),
            Self::Expired { issued, now } => {
                let (issued, now) = (java_date(*issued), java_date(*now));
                write!(
                    f,
                    "NextToken expired. The token was created at time {issued} while right now it is {now} which is \
                     further in the future than the tolerated delay of {NEXT_TOKEN_AGE_MAX_MS} milliseconds."
                )
            }
        }
    }
}

impl<R, C> Answering<'_, R, C> {
    /// The page that a token asks for.
    pub(super) fn page(&self, token: &str) -> Result<Page, ApiError> {
        Page::of_token(token, self.now).map_err(|refusal| {
            let code = match refusal {
                NextTokenRefusal::Invalid => ErrorCode::InvalidArgument,
                NextTokenRefusal::Expired { .. } => ErrorCode::ExpiredNextToken,
            };
            ApiError::new(code, refusal.to_string())
        })
    }
}

/// A token of another list or another stream.
pub(super) fn invalid() -> ApiError {
    ApiError::new(ErrorCode::InvalidArgument, NextTokenRefusal::Invalid.to_string())
}

const FORMAT: u8 = 1;
const STREAMS: u8 = 1;
const SHARDS: u8 = 2;
const CONSUMERS: u8 = 3;

impl Page {
    /// The token that asks for this page, issued at `now`.
    pub(super) fn to_token(&self, now: TimestampMs) -> String {
        let mut bytes = vec![FORMAT, self.list()];
        bytes.extend(now.0.to_be_bytes());
        match self {
            Self::Streams { after } => bytes.extend(after.as_str().as_bytes()),
            Self::Shards { stream, after, selection } => {
                let (tag, time) = selection.to_parts();
                bytes.extend(stream.0);
                bytes.extend(after.0.to_be_bytes());
                bytes.push(tag);
                bytes.extend(time.0.to_be_bytes());
            }
            Self::Consumers { stream, after } => {
                bytes.extend(stream.0);
                bytes.extend(after.as_str().as_bytes());
            }
        }
        URL_SAFE_NO_PAD.encode_to_string(bytes)
    }

    /// Reads a token that came back at `now`.
    pub(super) fn of_token(token: &str, now: TimestampMs) -> Result<Self, NextTokenRefusal> {
        // The longest token holds an incarnation and a name of 128 characters.
        const TOKEN_CHARACTERS_MAX: usize = 256;
        if token.len() > TOKEN_CHARACTERS_MAX {
            return Err(NextTokenRefusal::Invalid);
        }
        let bytes = URL_SAFE_NO_PAD.decode_to_vec(token).map_err(|_| NextTokenRefusal::Invalid)?;
        let (page, issued) = Self::read(&bytes).ok_or(NextTokenRefusal::Invalid)?;
        if now.0.saturating_sub(issued.0) > NEXT_TOKEN_AGE_MAX_MS {
            return Err(NextTokenRefusal::Expired { issued, now });
        }
        Ok(page)
    }

    fn list(&self) -> u8 {
        match self {
            Self::Streams { .. } => STREAMS,
            Self::Shards { .. } => SHARDS,
            Self::Consumers { .. } => CONSUMERS,
        }
    }

    fn read(bytes: &[u8]) -> Option<(Self, TimestampMs)> {
        let ([FORMAT, list], rest) = bytes.split_first_chunk()? else { return None };
        let (issued, rest) = rest.split_first_chunk()?;
        let page = match *list {
            STREAMS => Self::Streams { after: std::str::from_utf8(rest).ok()?.parse().ok()? },
            SHARDS => Self::read_shards(rest)?,
            CONSUMERS => {
                let (stream, name) = rest.split_first_chunk()?;
                let after = std::str::from_utf8(name).ok()?.parse().ok()?;
                Self::Consumers { stream: Incarnation(*stream), after }
            }
            _ => return None,
        };
        Some((page, TimestampMs(u64::from_be_bytes(*issued))))
    }

    fn read_shards(bytes: &[u8]) -> Option<Self> {
        let (stream, rest) = bytes.split_first_chunk()?;
        let (after, rest) = rest.split_first_chunk()?;
        let ([tag], rest) = rest.split_first_chunk()?;
        let time = TimestampMs(u64::from_be_bytes(rest.try_into().ok()?));
        Some(Self::Shards {
            stream: Incarnation(*stream),
            after: ShardId(u32::from_be_bytes(*after)),
            selection: ShardSelection::of_parts(*tag, time)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: TimestampMs = TimestampMs(1_421_889_722_000);

    fn pages() -> Vec<Page> {
        let stream = Incarnation([7; 16]);
        let name = "n".repeat(128);
        let shards = |selection| Page::Shards { stream, after: ShardId(9), selection };
        vec![
            Page::Streams { after: name.parse().expect("a name") },
            Page::Consumers { stream, after: name.parse().expect("a name") },
            shards(ShardSelection::Listed),
            shards(ShardSelection::Open),
            shards(ShardSelection::OpenAt(NOW)),
            shards(ShardSelection::EndingFrom(NOW)),
        ]
    }

    #[test]
    fn a_token_comes_back_as_it_was_until_five_minutes_have_passed() {
        for page in pages() {
            let token = page.to_token(NOW);
            for age in [0, NEXT_TOKEN_AGE_MAX_MS] {
                assert_eq!(Page::of_token(&token, TimestampMs(NOW.0 + age)), Ok(page.clone()));
            }
            let late = TimestampMs(NOW.0 + NEXT_TOKEN_AGE_MAX_MS + 1);
            let expired = NextTokenRefusal::Expired { issued: NOW, now: late };
            assert_eq!(Page::of_token(&token, late), Err(expired));
        }
    }

    #[test]
    fn what_was_never_issued_is_invalid() {
        for text in ["", "!", "AAAA", "AQE", &"A".repeat(256), &"A".repeat(257), &"A".repeat(1_000_000)] {
            assert_eq!(Page::of_token(text, NOW), Err(NextTokenRefusal::Invalid), "{text:.40}");
        }
    }

    #[test]
    fn a_token_cut_short_never_panics() {
        for page in pages() {
            let token = page.to_token(NOW);
            for length in 0..token.len() {
                // A shorter name is a name; everything else is refused.
                if let Ok(read) = Page::of_token(&token[..length], NOW) {
                    assert!(!matches!(read, Page::Shards { .. }), "{read:?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), list in 1..4_u8) {
            let mut token = vec![FORMAT, list];
            token.extend(bytes);
            // What is read is written as it was read: no two tokens mean one page.
            if let Some((page, issued)) = Page::read(&token) {
                prop_assert_eq!(page.to_token(issued), URL_SAFE_NO_PAD.encode_to_string(&token));
            }
        }
    }

    #[test]
    fn an_expired_token_is_told_with_both_times() {
        let late = TimestampMs(NOW.0 + 360_000);
        let refusal = NextTokenRefusal::Expired { issued: NOW, now: late };
        assert_eq!(
            refusal.to_string(),
            "NextToken expired. The token was created at time Thu Jan 22 01:22:02 UTC 2015 while right now it is Thu \
             Jan 22 01:28:02 UTC 2015 which is further in the future than the tolerated delay of 300000 milliseconds."
        );
    }
}
