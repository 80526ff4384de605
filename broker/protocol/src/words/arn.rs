//! Amazon resource names of streams and consumers, and the words they are made of; says nothing of what exists.

use std::fmt;
use std::str::FromStr;

/// A text that is not of the pattern its type demands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {what}: {text:?}")]
pub struct ParseNameError {
    /// The word that was wanted, such as `stream name`.
    pub what: &'static str,
    /// The text that was given.
    pub text: String,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether a text is of the pattern.
            pub fn is_valid(text: &str) -> bool {
                let valid: fn(&str) -> bool = $valid;
                valid(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = ParseNameError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let refused = || ParseNameError { what: $what, text: text.to_owned() };
                if Self::is_valid(text) { Ok(Self(text.into())) } else { Err(refused()) }
            }
        }
    };
}

name! {
    /// A stream's name: `[a-zA-Z0-9_.-]+`, at most 128 characters.
    StreamName, "stream name", is_resource_name
}

name! {
    /// A registered consumer's name: `[a-zA-Z0-9_.-]+`, at most 128 characters.
    ConsumerName, "consumer name", is_resource_name
}

name! {
    /// An AWS region such as `eu-central-1`: lower-case letters, digits and dashes, at most 64.
    Region, "region", |text| is_label(text)
}

name! {
    /// An AWS partition: `aws`, `aws-cn`, `aws-us-gov` or another that begins with `aws`.
    Partition, "partition", |text| text.starts_with("aws") && is_label(text)
}

/// An AWS account: 12 digits, leading zeros included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(u64);

impl AccountId {
    const DIGITS: usize = 12;
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl FromStr for AccountId {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || ParseNameError { what: "account id", text: text.to_owned() };
        if text.len() != Self::DIGITS || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refused());
        }
        text.parse().map(Self).map_err(|_| refused())
    }
}

/// Where a resource lives: the part all ARNs of an account in a region share.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The partition.
    pub partition: Partition,
    /// The region.
    pub region: Region,
    /// The account.
    pub account: AccountId,
}

impl Place {
    /// The ARN of a stream here.
    pub fn stream(&self, name: &StreamName) -> StreamArn {
        StreamArn { place: self.clone(), name: name.clone() }
    }
}

/// `arn:PARTITION:kinesis:REGION:ACCOUNT:stream/NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StreamArn {
    /// Partition, region and account.
    pub place: Place,
    /// The stream.
    pub name: StreamName,
}

/// `STREAM_ARN/consumer/NAME:CREATED`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ConsumerArn {
    /// The stream it reads.
    pub stream: StreamArn,
    /// The consumer.
    pub name: ConsumerName,
    /// The second since the epoch in which it was registered: tells a consumer from one deregistered under its name.
    pub created_s: u64,
}

/// What tags can be on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ResourceArn {
    /// A stream.
    Stream(StreamArn),
    /// A registered consumer.
    Consumer(ConsumerArn),
}

/// A text that is no ARN of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseArnError {
    /// Not `arn:PARTITION:kinesis:REGION:ACCOUNT:RESOURCE`.
    #[error("not an ARN of Kinesis")]
    Malformed,
    /// An ARN of Kinesis whose resource is of another kind or misnamed.
    #[error("the ARN names another kind of resource")]
    OtherResource,
}

impl ResourceArn {
    /// Partition, region and account.
    pub fn place(&self) -> &Place {
        match self {
            Self::Stream(stream) => &stream.place,
            Self::Consumer(consumer) => &consumer.stream.place,
        }
    }
}

impl fmt::Display for StreamArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { partition, region, account } = &self.place;
        write!(f, "arn:{partition}:kinesis:{region}:{account}:stream/{}", self.name)
    }
}

impl fmt::Display for ConsumerArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/consumer/{}:{}", self.stream, self.name, self.created_s)
    }
}

impl fmt::Display for ResourceArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(arn) => arn.fmt(f),
            Self::Consumer(arn) => arn.fmt(f),
        }
    }
}

impl FromStr for ResourceArn {
    type Err = ParseArnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (place, resource) = split_arn(text)?;
        let path = resource.strip_prefix("stream/").ok_or(ParseArnError::OtherResource)?;
        let misnamed = |_| ParseArnError::OtherResource;
        let Some((name, consumer)) = path.split_once("/consumer/") else {
            return Ok(Self::Stream(StreamArn { place, name: path.parse().map_err(misnamed)? }));
        };
        let stream = StreamArn { place, name: name.parse().map_err(misnamed)? };
        let (name, created) = consumer.split_once(':').ok_or(ParseArnError::OtherResource)?;
        if !created.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ParseArnError::OtherResource);
        }
        let created_s = created.parse().map_err(|_| ParseArnError::OtherResource)?;
        Ok(Self::Consumer(ConsumerArn { stream, name: name.parse().map_err(misnamed)?, created_s }))
    }
}

impl FromStr for StreamArn {
    type Err = ParseArnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse()? {
            ResourceArn::Stream(arn) => Ok(arn),
            ResourceArn::Consumer(_) => Err(ParseArnError::OtherResource),
        }
    }
}

impl FromStr for ConsumerArn {
    type Err = ParseArnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse()? {
            ResourceArn::Consumer(arn) => Ok(arn),
            ResourceArn::Stream(_) => Err(ParseArnError::OtherResource),
        }
    }
}

/// The place and the resource. The model's `.*` would let colons into partition and region; no ARN has them there.
fn split_arn(text: &str) -> Result<(Place, &str), ParseArnError> {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().ok_or(ParseArnError::Malformed);
    let (arn, partition, service, region, account, resource) = (next()?, next()?, next()?, next()?, next()?, next()?);
    if arn != "arn" || service != "kinesis" {
        return Err(ParseArnError::Malformed);
    }
    let malformed = |_| ParseArnError::Malformed;
    let place = Place {
        partition: partition.parse().map_err(malformed)?,
        region: region.parse().map_err(malformed)?,
        account: account.parse().map_err(malformed)?,
    };
    Ok((place, resource))
}

fn is_resource_name(text: &str) -> bool {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    (1..=128).contains(&text.len()) && text.bytes().all(valid)
}

fn is_label(text: &str) -> bool {
    let valid = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(valid)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STREAM: &str = "arn:aws:kinesis:eu-central-1:000000000012:stream/orders";
    const CONSUMER: &str = "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/orders/consumer/app.1:1700000000";

    #[test]
    fn an_arn_survives_its_text() {
        let stream: StreamArn = STREAM.parse().expect("a stream");
        assert_eq!(stream.name.as_str(), "orders");
        assert_eq!(stream.place.account, "000000000012".parse().expect("an account"));
        assert_eq!(stream.to_string(), STREAM);
        let consumer: ConsumerArn = CONSUMER.parse().expect("a consumer");
        assert_eq!((consumer.name.as_str(), consumer.created_s), ("app.1", 1_700_000_000));
        assert_eq!(consumer.to_string(), CONSUMER);
    }

    #[test]
    fn either_kind_is_a_resource_but_neither_is_the_other() {
        assert!(matches!(STREAM.parse(), Ok(ResourceArn::Stream(_))));
        assert!(matches!(CONSUMER.parse(), Ok(ResourceArn::Consumer(_))));
        assert_eq!(STREAM.parse::<ConsumerArn>(), Err(ParseArnError::OtherResource));
        assert_eq!(CONSUMER.parse::<StreamArn>(), Err(ParseArnError::OtherResource));
    }

    #[test]
    fn what_is_no_arn_of_kinesis_is_told_from_what_names_something_else() {
        let malformed = [
            "",
            "orders",
            "arn:aws:kinesis:eu-central-1:000000000012",
            "arn:aws:kinesis:eu-central-1:12:stream/orders",
            "arn:aws:kinesis::000000000012:stream/orders",
            "arn:aws:sqs:eu-central-1:000000000012:stream/orders",
            "arn:gcp:kinesis:eu-central-1:000000000012:stream/orders",
            "ARN:aws:kinesis:eu-central-1:000000000012:stream/orders",
        ];
        for text in malformed {
            assert_eq!(text.parse::<ResourceArn>(), Err(ParseArnError::Malformed), "{text}");
        }
        for resource in ["queue/q", "stream/", "stream/a b", "stream/a/consumer/b", "stream/a/consumer/b:+1", "stream"]
        {
            let text = format!("arn:aws:kinesis:eu-central-1:000000000012:{resource}");
            assert_eq!(text.parse::<ResourceArn>(), Err(ParseArnError::OtherResource), "{text}");
        }
    }

    #[test]
    fn names_are_of_the_models_pattern() {
        for text in ["a", "A_b.c-9", &"x".repeat(128)] {
            assert_eq!(text.parse::<StreamName>().expect("valid").as_str(), text);
        }
        for text in ["", "a b", "a/b", "ä", &"x".repeat(129)] {
            assert!(text.parse::<StreamName>().is_err(), "{text}");
        }
        for text in ["", "1", "00000000001x", "+00000000001", "0000000000001"] {
            assert!(text.parse::<AccountId>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_parses_is_written_as_it_was_read(text in "(arn:aws(-cn)?:kinesis:[a-z0-9-]{1,9}:[0-9]{12}:)?(stream/)?[a-z./]{0,9}(/consumer/[a-z]{1,3}:[1-9][0-9]{0,22})?.{0,3}") {
            if let Ok(arn) = text.parse::<ResourceArn>() {
                prop_assert_eq!(arn.to_string(), text);
            }
        }
    }
}
