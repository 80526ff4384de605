//! From a name of the AWS API to the name of the object that keeps it. AWS allows capitals, dots, underscores and 128
//! characters, a Kubernetes object does not.

use crate::{Consumer, ConsumerSpec, Stream, StreamSpec};

/// The longest name that leaves room for the suffixes of what is named after the object.
const OBJECT_NAME_MAX: usize = 40;

/// Digits of the checksum that keeps two AWS names apart whose letters alone would meet.
const CHECKSUM_DIGITS: usize = 8;

/// The name of the object for an AWS name: itself where it can be, else its letters and digits and a checksum of it.
/// The same for the same name always, so a call repeated finds the object it made.
pub fn object_name(aws_name: &str) -> String {
    if is_object_name(aws_name) {
        return aws_name.to_owned();
    }
    let letters = aws_name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' });
    let lower: String = letters.collect::<String>().to_ascii_lowercase();
    let trimmed = lower.trim_start_matches(|letter: char| !letter.is_ascii_lowercase());
    let kept: String = trimmed.chars().take(OBJECT_NAME_MAX - CHECKSUM_DIGITS - 1).collect();
    let stem = kept.trim_end_matches('-');
    let stem = if stem.is_empty() { "stream" } else { stem };
    format!("{stem}-{:08x}", checksum(aws_name))
}

/// Whether the text may name a Stream: the rule of its definition in Rust.
fn is_object_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= OBJECT_NAME_MAX
        && text.bytes().all(allowed)
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && !text.ends_with('-')
}

/// FNV-1a over the name, folded to 32 bits: names an object, guards nothing.
fn checksum(text: &str) -> u32 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let hash = text.bytes().fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    let folded = (hash >> 32) ^ (hash & u64::from(u32::MAX));
    u32::try_from(folded).expect("both halves have 32 bits")
}

impl Stream {
    /// The object for a stream made through the AWS API.
    pub fn named(stream_name: &str, mut spec: StreamSpec) -> Self {
        let object = object_name(stream_name);
        spec.name = (object != stream_name).then(|| stream_name.to_owned());
        Self::new(&object, spec)
    }
}

impl Consumer {
    /// The object for a consumer registered through the AWS API. Consumers of different streams may share a name, so
    /// the object's is made of both.
    pub fn named(stream_name: &str, consumer_name: &str, mut spec: ConsumerSpec) -> Self {
        let object = object_name(&format!("{stream_name}.{consumer_name}"));
        spec.consumer_name = Some(consumer_name.to_owned());
        Self::new(&object, spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_can_be_is_kept_and_others_keep_their_letters() {
        for (aws, object) in [
            ("orders", "orders"),
            ("o", "o"),
            ("Orders", "orders-0"),
            ("orders.v1", "orders-v1-"),
            ("orders_v1", "orders-v1-"),
            ("1-orders", "orders-"),
            ("orders-", "orders-"),
            ("...", "stream-"),
            ("123", "stream-"),
        ] {
            let name = object_name(aws);
            assert!(is_object_name(&name), "{aws} → {name}");
            assert!(name.starts_with(object.trim_end_matches('0')), "{aws} → {name}");
        }
    }

    #[test]
    fn long_names_and_names_that_differ_in_punctuation_stay_apart() {
        let names = ["a.b", "a_b", "A-b", "a-B", "a-b", &"x".repeat(41), &"x".repeat(42), &"-".repeat(128)];
        let objects: std::collections::BTreeSet<_> = names.iter().map(|name| object_name(name)).collect();
        assert_eq!(objects.len(), names.len(), "{objects:?}");
        assert!(objects.iter().all(|name| is_object_name(name)), "{objects:?}");
    }

    #[test]
    fn an_object_remembers_the_aws_name_it_cannot_carry() {
        let stream = Stream::named("Orders.v1", StreamSpec::default());
        assert_eq!(stream.stream_name(), "Orders.v1");
        assert_eq!(Stream::named("orders", StreamSpec::default()).spec.name, None);
        let spec = ConsumerSpec {
            stream_ref: Some(crate::StreamRef { name: "orders".to_owned() }),
            stream_arn: None,
            consumer_name: None,
            tags: std::collections::BTreeMap::new(),
        };
        assert_eq!(Consumer::named("orders", "Analytics", spec).consumer_name(), "Analytics");
    }
}
