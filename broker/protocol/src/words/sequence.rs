//! Sequence numbers: AWS's version 2 layout, a 186-bit number that is always 56 decimal digits.
//!
//! From the high end, in bits: 187-184 the constant 2; 183-148 the shard's creation second; 147-144 the low nibble
//! of the shard index; 143-80 the counter; 79-72 zero; 71-36 the record's arrival second; 35-4 the shard index;
//! 3-0 the version, 2. Of equal width, numbers compare as their texts do.

use std::fmt;
use std::str::FromStr;

use super::ShardId;

/// Where a record stands in its shard, and which shard of which creation second that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SequenceNumber {
    /// The second in which the shard was created; below 2^36.
    pub created_s: u64,
    /// The shard.
    pub shard: ShardId,
    /// The record's place in its shard, from 1; 0 is the shard's starting sequence number, below all of its records, and
    /// [`SequenceNumber::COUNTER_MAX`] the ending one of a closed shard, above them.
    pub counter: u64,
    /// The second in which the record arrived; below 2^36.
    pub arrived_s: u64,
}

/// A text that is no sequence number of the version 2 layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a sequence number")]
pub struct ParseSequenceNumberError;

/// 10^19: the largest power of ten in 64 bits; three such digits hold the whole number.
const LIMB: u128 = 10_000_000_000_000_000_000;
const SECONDS_MASK: u64 = (1 << 36) - 1;

impl SequenceNumber {
    /// The counter of a closed shard's ending sequence number.
    pub const COUNTER_MAX: u64 = i64::MAX as u64;
    /// The length of the text.
    pub const DIGITS: usize = 56;

    /// The number in two words: bits 187-128 and bits 127-0. They compare as the numbers do.
    fn to_words(self) -> (u64, u128) {
        debug_assert!(self.created_s <= SECONDS_MASK && self.arrived_s <= SECONDS_MASK);
        let shard = self.shard.0;
        let high = (2 << 56) | (self.created_s << 20) | (u64::from(shard & 0xf) << 16) | (self.counter >> 48);
        let low = (u128::from(self.counter & 0xffff_ffff_ffff) << 80)
            | (u128::from(self.arrived_s) << 36)
            | (u128::from(shard) << 4)
            | 2;
        (high, low)
    }

    fn from_words(high: u64, low: u128) -> Option<Self> {
        let shard = u32::try_from((low >> 4) & 0xffff_ffff).ok()?;
        let number = Self {
            created_s: (high >> 20) & SECONDS_MASK,
            shard: ShardId(shard),
            counter: ((high & 0xffff) << 48) | u64::try_from(low >> 80).ok()?,
            arrived_s: u64::try_from((low >> 36) & u128::from(SECONDS_MASK)).ok()?,
        };
        // Whatever does not come back as it went in is of another version or was never issued.
        let valid = number.counter <= Self::COUNTER_MAX && shard <= i32::MAX.cast_unsigned();
        (valid && number.to_words() == (high, low)).then_some(number)
    }

    /// The 56 digits. On the way of every record that is put or got, so without a general 128-bit division.
    pub fn digits(self) -> [u8; Self::DIGITS] {
        let (high, low) = self.to_words();
        let (low_high, low_low) = (low_half(low >> 64), low_half(low));
        let (upper, carried) = divide_by_limb(high, low_high);
        let (lower, last) = divide_by_limb(carried, low_low);
        let (first, middle) = divide_by_limb(upper, lower);
        let mut digits = [0; Self::DIGITS];
        let (head, tail) = digits.split_at_mut(18);
        let (centre, end) = tail.split_at_mut(19);
        head.copy_from_slice(&nineteen_digits(first)[1..]);
        centre.copy_from_slice(&nineteen_digits(middle));
        end.copy_from_slice(&nineteen_digits(last));
        digits
    }
}

/// high * 2^64 + low divided by 10^19, for `high` below 10^19: quotient and remainder, by multiplication with the
/// divisor's reciprocal (Möller and Granlund, "Improved division by invariant integers", algorithm 4).
const fn divide_by_limb(high: u64, low: u64) -> (u64, u64) {
    const DIVISOR: u64 = low_half(LIMB);
    const RECIPROCAL: u64 = low_half(u128::MAX / LIMB);
    let estimate = (RECIPROCAL as u128 * high as u128).wrapping_add(((high as u128) << 64) | low as u128);
    let (mut quotient, fraction) = (low_half(estimate >> 64).wrapping_add(1), low_half(estimate));
    let mut remainder = low.wrapping_sub(quotient.wrapping_mul(DIVISOR));
    if remainder > fraction {
        quotient = quotient.wrapping_sub(1);
        remainder = remainder.wrapping_add(DIVISOR);
    }
    if remainder >= DIVISOR {
        quotient = quotient.wrapping_add(1);
        remainder -= DIVISOR;
    }
    (quotient, remainder)
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is asked for")]
const fn low_half(number: u128) -> u64 {
    number as u64
}

/// A number below 10^19 with leading zeros.
fn nineteen_digits(number: u64) -> [u8; 19] {
    const EIGHT: u64 = 100_000_000;
    let (upper, last) = (number / EIGHT, number % EIGHT);
    let (first, middle) = (upper / EIGHT, upper % EIGHT);
    let mut digits = [0; 19];
    digits[..3].copy_from_slice(&eight_digits(first)[5..]);
    digits[3..11].copy_from_slice(&eight_digits(middle));
    digits[11..].copy_from_slice(&eight_digits(last));
    digits
}

/// A number below 10^8 with leading zeros: halves, then pairs, then digits, each step in all lanes of one word at once.
const fn eight_digits(number: u64) -> [u8; 8] {
    let fours = (number / 10_000) | ((number % 10_000) << 32);
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let pairs = hundreds | ((fours - hundreds * 100) << 16);
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    let digits = tens | ((pairs - tens * 10) << 8);
    (digits | 0x3030_3030_3030_3030).to_le_bytes()
}

impl PartialOrd for SequenceNumber {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// As the numbers compare, which is how clients compare them.
impl Ord for SequenceNumber {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.to_words().cmp(&other.to_words())
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        f.write_str(std::str::from_utf8(&digits).expect("decimal digits are ASCII"))
    }
}

impl FromStr for SequenceNumber {
    type Err = ParseSequenceNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != Self::DIGITS || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ParseSequenceNumberError);
        }
        let limb = |part: &str| part.parse::<u128>().map_err(|_| ParseSequenceNumberError);
        let (first, middle, last) = (limb(&text[..18])?, limb(&text[18..37])?, limb(&text[37..])?);
        // first * 10^38 + middle * 10^19 + last, kept in two words.
        let upper = first * LIMB + middle;
        let low_product = (upper & u128::from(u64::MAX)) * LIMB;
        let (sum, carry) = ((upper >> 64) * LIMB).overflowing_add(low_product >> 64);
        let (low, carried) = ((sum << 64) | (low_product & u128::from(u64::MAX))).overflowing_add(last);
        let high = (sum >> 64) + u128::from(carried);
        if carry || high >= 3 << 56 {
            return Err(ParseSequenceNumberError);
        }
        let high = u64::try_from(high).map_err(|_| ParseSequenceNumberError)?;
        Self::from_words(high, low).ok_or(ParseSequenceNumberError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(created_s: u64, shard: u32, counter: u64, arrived_s: u64) -> SequenceNumber {
        SequenceNumber { created_s, shard: ShardId(shard), counter, arrived_s }
    }

    /// Recorded from AWS and quoted throughout its documentation.
    const RECORDED: &str = "49590338271490256608559692538361571095921575989136588898";

    #[test]
    fn a_number_recorded_from_aws_is_read_and_written_back() {
        let parsed: SequenceNumber = RECORDED.parse().expect("of version 2");
        assert_eq!(parsed, number(1_542_776_258, 6, 1_734_642_199, 1_545_084_650));
        assert_eq!(parsed.to_string(), RECORDED);
    }

    #[test]
    fn every_number_survives_its_text_and_is_56_digits() {
        for created_s in [0, 1, 1_700_000_000, SECONDS_MASK] {
            for shard in [0, 1, 15, 16, 9_999, i32::MAX.cast_unsigned()] {
                for counter in [0, 1, u64::from(u32::MAX), 1 << 48, SequenceNumber::COUNTER_MAX] {
                    for arrived_s in [0, 1_700_000_001, SECONDS_MASK] {
                        let number = number(created_s, shard, counter, arrived_s);
                        assert_eq!(number.to_string().parse(), Ok(number));
                    }
                }
            }
        }
    }

    #[test]
    fn division_by_the_reciprocal_is_division() {
        let limb = low_half(LIMB);
        for high in [0, 1, 2, limb / 2, limb - 2, limb - 1] {
            for low in [0, 1, limb - 1, limb, limb + 1, u64::MAX - 1, u64::MAX] {
                let number = (u128::from(high) << 64) | u128::from(low);
                let (quotient, remainder) = divide_by_limb(high, low);
                assert_eq!((u128::from(quotient), u128::from(remainder)), (number / LIMB, number % LIMB), "{number}");
            }
        }
    }

    #[test]
    fn digits_are_written_with_their_leading_zeros() {
        for number in [0, 1, 9, 10, 99_999_999, 100_000_000, 1_234_567_890_123_456_789, low_half(LIMB) - 1] {
            assert_eq!(str::from_utf8(&nineteen_digits(number)), Ok(format!("{number:019}").as_str()));
        }
    }

    #[test]
    fn numbers_compare_as_their_texts_do() {
        let ascending = [
            number(1_700_000_000, 3, 0, 1_700_000_000),
            number(1_700_000_000, 3, 0, 1_700_000_005),
            number(1_700_000_000, 3, 1, 1_700_000_001),
            number(1_700_000_000, 3, 1 << 50, 1_700_000_001),
            number(1_700_000_001, 3, 0, 1_700_000_001),
        ];
        assert!(ascending.windows(2).all(|pair| pair[0] < pair[1] && pair[0].to_string() < pair[1].to_string()));
    }

    #[test]
    fn what_was_never_issued_is_refused() {
        let zeros = "0".repeat(56);
        let nines = "9".repeat(56);
        let other_version = format!("{}9", &RECORDED[..55]);
        for text in ["", "0", "abc", zeros.as_str(), nines.as_str(), other_version.as_str()] {
            assert!(text.parse::<SequenceNumber>().is_err(), "{text}");
        }
    }
}
