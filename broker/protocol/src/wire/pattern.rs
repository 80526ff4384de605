//! The model's patterns as code: linear in the text, held against a regular-expression engine by a property test.

/// A pattern that a whole text must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// Names and shard ids.
    Name,
    /// A hash key in decimal.
    HashKey,
    /// A sequence number in decimal.
    SequenceNumber,
    /// A stream id.
    StreamId,
    /// The ARN of a stream.
    StreamArn,
    /// The ARN of a registered consumer.
    ConsumerArn,
    /// The ARN of anything that takes tags.
    ResourceArn,
}

impl Pattern {
    /// Every pattern.
    pub const ALL: [Self; 7] = [
        Self::Name,
        Self::HashKey,
        Self::SequenceNumber,
        Self::StreamId,
        Self::StreamArn,
        Self::ConsumerArn,
        Self::ResourceArn,
    ];

    /// The pattern as AWS prints it in its refusals.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Name => "[a-zA-Z0-9_.-]+",
            Self::HashKey => r"0|([1-9]\d{0,38})",
            Self::SequenceNumber => r"0|([1-9]\d{0,128})",
            Self::StreamId => "[a-z0-9]{20}-[a-z0-9]{3}",
            Self::StreamArn => r"arn:aws.*:kinesis:.*:\d{12}:stream/\S+",
            Self::ConsumerArn => {
                r"^(arn):aws.*:kinesis:.*:\d{12}:.*stream\/[a-zA-Z0-9_.-]+\/consumer\/[a-zA-Z0-9_.-]+:[0-9]+"
            }
            Self::ResourceArn => r"arn:aws.*:kinesis:.*:\d{12}:.*(stream|channel|queue)/\S+",
        }
    }

    /// Whether all of a text matches.
    pub fn matches(self, text: &str) -> bool {
        match self {
            Self::Name => is_name(text),
            Self::HashKey => is_decimal(text, 39),
            Self::SequenceNumber => is_decimal(text, 129),
            Self::StreamId => is_stream_id(text),
            Self::StreamArn => is_stream_arn(text),
            Self::ConsumerArn => is_consumer_arn(text),
            Self::ResourceArn => is_resource_arn(text),
        }
    }
}

fn is_name(text: &str) -> bool {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    !text.is_empty() && text.bytes().all(valid)
}

fn is_decimal(text: &str, digits_max: usize) -> bool {
    let canonical = text == "0" || !text.starts_with('0');
    canonical && is_digits(text) && text.len() <= digits_max
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_stream_id(text: &str) -> bool {
    let valid = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    matches!(text.split_once('-'), Some((head, tail)) if head.len() == 20 && tail.len() == 3 && valid(head) && valid(tail))
}

fn is_stream_arn(text: &str) -> bool {
    let Some(rest) = after_service(text) else { return false };
    let solid = solid_from(rest);
    rest.match_indices(":stream/").any(|(at, found)| {
        let tail = at + found.len();
        solid <= tail && tail < rest.len() && ends_in_account(&rest[..at])
    })
}

fn is_resource_arn(text: &str) -> bool {
    let Some(resource) = after_service(text).and_then(after_account) else { return false };
    let solid = solid_from(resource);
    let tails = |kind: &'static str| resource.match_indices(kind).map(|(at, found)| at + found.len());
    let mut tails = tails("stream/").chain(tails("channel/")).chain(tails("queue/"));
    tails.any(|tail| solid <= tail && tail < resource.len())
}

fn is_consumer_arn(text: &str) -> bool {
    let Some(resource) = after_service(text).and_then(after_account) else { return false };
    let consumer = resource.rsplit_once(':').filter(|(_, created)| is_digits(created)).and_then(|(path, _)| {
        let (path, name) = path.rsplit_once('/').filter(|(_, name)| is_name(name))?;
        let (kind, stream) = path.strip_suffix("/consumer")?.rsplit_once('/')?;
        (is_name(name) && is_name(stream)).then_some(kind)
    });
    consumer.is_some_and(|kind| kind.ends_with("stream"))
}

/// What follows the first `:kinesis:`, its last colon included, in a text without line breaks that begins as an ARN.
fn after_service(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("arn:aws").filter(|rest| !rest.contains('\n'))?;
    rest.find(":kinesis:").map(|at| &rest[at + ":kinesis:".len()..])
}

/// What follows the first account: twelve digits between colons.
fn after_account(text: &str) -> Option<&str> {
    text.match_indices(':').find(|(at, _)| ends_in_account(&text[..*at])).map(|(at, _)| &text[at + 1..])
}

/// Whether a text ends in a colon and twelve digits.
fn ends_in_account(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(at) = bytes.len().checked_sub(13) else { return false };
    bytes[at] == b':' && bytes[at + 1..].iter().all(u8::is_ascii_digit)
}

/// Where the part of a text begins that has no white space up to its end.
fn solid_from(text: &str) -> usize {
    text.char_indices().rfind(|(_, character)| character.is_whitespace()).map_or(0, |(at, space)| at + space.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_something() {
        let arn = |resource: &str| format!("arn:aws:kinesis:eu-central-1:123456789012:{resource}");
        let table = [
            ("stream/a", true, true),
            ("stream/", false, false),
            ("stream/a b", false, false),
            ("queue/", false, false),
            ("queue/stream/", false, true),
            ("channel/c", false, true),
            (" stream/a", false, true),
        ];
        for (resource, stream, any) in table {
            let found = (Pattern::StreamArn.matches(&arn(resource)), Pattern::ResourceArn.matches(&arn(resource)));
            assert_eq!(found, (stream, any), "{resource}");
        }
        assert!(!Pattern::ConsumerArn.matches(&arn("stream/a/consumer/b")));
        assert!(Pattern::ConsumerArn.matches(&arn("stream/a/consumer/b:1")));
        assert!(!Pattern::StreamArn.matches(&format!("{}\n", arn("stream/a"))));
    }
}
