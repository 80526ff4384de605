//! The time in a signature: ISO 8601's basic format in UTC, `20150830T123600Z`.

use std::fmt;

use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::words::TimestampMs;

/// A second in time, as signatures carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AmzDate {
    /// Seconds since the epoch.
    seconds: i64,
    /// `YYYYMMDDTHHMMSSZ`.
    text: [u8; Self::LENGTH],
}

impl AmzDate {
    const LENGTH: usize = 16;

    /// The second a time lies in.
    ///
    /// # Panics
    /// If the time lies beyond the year 9999.
    pub fn of(time: TimestampMs) -> Self {
        let seconds = i64::try_from(time.seconds()).expect("a u64 of milliseconds has few enough seconds");
        Self::of_seconds(seconds).expect("a wall clock stays before the year 10000")
    }

    /// Reads `20150830T123600Z`.
    pub fn parse_basic(text: &[u8]) -> Option<Self> {
        let text: [u8; Self::LENGTH] = text.try_into().ok()?;
        if text[8] != b'T' || text[15] != b'Z' {
            return None;
        }
        let two = |at: usize| -> Option<i8> {
            let digit = |byte: u8| byte.is_ascii_digit().then(|| (byte - b'0').cast_signed());
            Some(digit(text[at])? * 10 + digit(text[at + 1])?)
        };
        let year = i16::from(two(0)?) * 100 + i16::from(two(2)?);
        let civil = DateTime::new(year, two(4)?, two(6)?, two(9)?, two(11)?, two(13)?, 0).ok()?;
        let seconds = civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
        Some(Self { seconds, text })
    }

    /// Reads the `Date` header's form, `Sun, 30 Aug 2015 12:36:00 GMT`.
    pub fn parse_http(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let time = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
        Self::of_seconds(time.as_second())
    }

    /// This time moved by `seconds`.
    ///
    /// # Panics
    /// If it would lie outside the years 0 to 9999.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::of_seconds(self.seconds + seconds).expect("a request's time lies within a skew of the wall clock")
    }

    /// Seconds since the epoch.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// `YYYYMMDDTHHMMSSZ`.
    ///
    /// # Panics
    /// Never: a date holds digits and two letters only.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text).expect("digits and two letters are ASCII")
    }

    /// `YYYYMMDD`: the date in a credential's scope.
    ///
    /// # Panics
    /// Never, as above.
    pub fn day(&self) -> &str {
        &self.as_str()[..8]
    }

    fn of_seconds(seconds: i64) -> Option<Self> {
        let zoned: Zoned = Timestamp::from_second(seconds).ok()?.to_zoned(TimeZone::UTC);
        let text = zoned.strftime("%Y%m%dT%H%M%SZ").to_string();
        Some(Self { seconds, text: text.into_bytes().try_into().ok()? })
    }
}

impl fmt::Display for AmzDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_name_one_second() {
        let basic = AmzDate::parse_basic(b"20150830T123600Z").expect("basic");
        assert_eq!(AmzDate::parse_http(b"Sun, 30 Aug 2015 12:36:00 GMT"), Some(basic));
        assert_eq!(AmzDate::of(TimestampMs(1_440_938_160_999)), basic);
        assert_eq!((basic.seconds(), basic.day(), basic.as_str()), (1_440_938_160, "20150830", "20150830T123600Z"));
        assert_eq!(basic.plus_seconds(-300).to_string(), "20150830T123100Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in
            ["", "20150830T123600", "20150830 123600Z", "20151330T123600Z", "20150230T123600Z", "2015-08-30T12Z"]
        {
            assert_eq!(AmzDate::parse_basic(text.as_bytes()), None, "{text}");
        }
        assert_eq!(AmzDate::parse_http(b"yesterday"), None);
    }
}
