//! Types, as AWS takes them: what converts is converted, what does not is refused in the words of its Java server.

use base64_simd::STANDARD;

use super::{Encoding, Kind, Node, Refusal, Shape};

/// Converts every member to the type of its shape, in the shape's order; the first that will not refuses the document.
pub(super) fn coerce(node: &mut Node<'_>, shape: &Shape, encoding: Encoding) -> Result<(), Refusal> {
    match (&shape.kind, &mut *node) {
        (_, Node::Null) => Ok(()),
        (Kind::Structure(members), Node::Structure(given)) => {
            for member in *members {
                if let Some((_, node)) = given.iter_mut().find(|(name, _)| *name == member.name) {
                    coerce(node, member.shape, encoding)?;
                }
            }
            Ok(())
        }
        (Kind::List(member, _), Node::List(nodes)) => {
            nodes.iter_mut().try_for_each(|node| coerce(node, member, encoding))
        }
        (Kind::Map { value, .. }, Node::Map(entries)) => {
            entries.iter_mut().try_for_each(|(_, node)| coerce(node, value, encoding))
        }
        _ => {
            *node = convert(node, &shape.kind, encoding)?;
            Ok(())
        }
    }
}

/// A value of a simple kind, or the refusal that names both.
fn convert<'a>(node: &mut Node<'a>, kind: &Kind, encoding: Encoding) -> Result<Node<'a>, Refusal> {
    match (kind, std::mem::replace(node, Node::Null)) {
        (Kind::Boolean, Node::Boolean(value)) => Ok(Node::Boolean(value)),
        (Kind::Boolean, Node::Text(text)) => boolean(&text).map(Node::Boolean),
        (Kind::Integer(_), Node::Integer(value)) => Ok(Node::Integer(clamp(value))),
        (Kind::Integer(_), Node::Float(value)) => Ok(Node::Integer(clamp(floor(value)))),
        (Kind::Timestamp, Node::Timestamp(ms)) => Ok(Node::Timestamp(ms)),
        (Kind::Timestamp, Node::Float(seconds)) => Ok(Node::Timestamp(seconds_to_ms(seconds))),
        (Kind::Timestamp, Node::Integer(number)) => Ok(Node::Timestamp(match encoding {
            Encoding::Json => number.saturating_mul(1000),
            Encoding::Cbor => number,
        })),
        (Kind::Text { .. } | Kind::Enum(_), Node::Text(text)) => Ok(Node::Text(text)),
        (Kind::Blob(_), Node::Bytes(bytes)) => Ok(Node::Bytes(bytes)),
        (Kind::Blob(_), Node::Text(text)) if encoding == Encoding::Json => match base64_fault(&text) {
            None => Ok(Node::Text(text)),
            Some(fault) => Err(Refusal::Type(format!("'{}' can not be converted to a Blob: {fault}", shown(&text)))),
        },
        (kind, node) => Err(Refusal::Type(mismatch(kind, &node))),
    }
}

fn mismatch(kind: &Kind, node: &Node<'_>) -> String {
    let class = match (kind, node) {
        (Kind::List(..), Node::List(_)) | (_, Node::Null) => unreachable!("of its kind"),
        (_, Node::List(_)) => return "Start of list found where not expected".to_owned(),
        (_, Node::Map(_) | Node::Structure(_)) => {
            return "Start of structure or map found where not expected.".to_owned();
        }
        (Kind::List(..), _) => return "Expected list or null".to_owned(),
        (Kind::Map { .. }, _) => return "Expected map or null".to_owned(),
        (Kind::Structure(_), _) => return "Expected null".to_owned(),
        (_, Node::Boolean(_)) => "class java.lang.Boolean",
        (_, Node::Integer(_) | Node::Float(_) | Node::Timestamp(_)) => {
            "class com.amazon.coral.value.json.numbers.TruncatingBigNumber"
        }
        (_, Node::Text(_)) => "class java.lang.String",
        (_, Node::Bytes(_)) => "class java.nio.HeapByteBuffer",
    };
    let wanted = match kind {
        Kind::Boolean => "an Boolean",
        Kind::Integer(_) => "an Integer",
        Kind::Timestamp => "milliseconds since epoch",
        Kind::Blob(_) => "a Blob",
        Kind::Text { .. } | Kind::Enum(_) | Kind::List(..) | Kind::Map { .. } | Kind::Structure(_) => "an String",
    };
    format!("{class} can not be converted to {wanted}")
}

fn boolean(text: &str) -> Result<bool, Refusal> {
    let upper = shown(text).to_uppercase();
    match upper.as_str() {
        "TRUE" | "YES" | "1" => Ok(true),
        "FALSE" | "NO" | "0" => Ok(false),
        _ => Err(Refusal::Type(format!("'{upper}' can not be converted to an Boolean"))),
    }
}

/// AWS holds an integer at the ends of its 32 bits instead of refusing what lies beyond.
fn clamp(value: i64) -> i64 {
    value.clamp(i64::from(i32::MIN), i64::from(i32::MAX))
}

#[expect(clippy::cast_possible_truncation, reason = "a float beyond 64 bits becomes the nearest end")]
fn floor(value: f64) -> i64 {
    value.floor() as i64
}

/// Milliseconds of a number of seconds, to the nearest one.
#[expect(clippy::cast_possible_truncation, reason = "a float beyond 64 bits becomes the nearest end")]
pub(super) fn seconds_to_ms(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}

/// What is wrong with a base64 text, in AWS's words and order, or nothing.
fn base64_fault(text: &str) -> Option<String> {
    if !text.len().is_multiple_of(4) {
        let length = text.len();
        return Some(format!("Base64 encoded length is expected a multiple of 4 bytes but found: {length}"));
    }
    if let Some(character) = foreign_character(text) {
        return Some(format!("Invalid Base64 character: '{character}'"));
    }
    let canonical = STANDARD.check(text.as_bytes()).is_ok();
    // The misspelling is AWS's.
    (!canonical).then(|| "Invalid last non-pad Base64 character dectected".to_owned())
}

/// The first character outside the alphabet, or the first padding that something else follows.
fn foreign_character(text: &str) -> Option<char> {
    let alphabet = |character: char| character.is_ascii_alphanumeric() || matches!(character, '+' | '/' | '=');
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let padded = character == '=' && characters.peek().is_some_and(|next| *next != '=');
        if padded || !alphabet(character) {
            return Some(character);
        }
    }
    None
}

/// Characters of a client's value that a refusal repeats; AWS repeats all of it, but an answer should not cost what a
/// body of 10 MiB costs.
const SHOWN_MAX: usize = 8192;

/// As much of a text as a refusal repeats.
pub(super) fn shown(text: &str) -> &str {
    &text[..text.floor_char_boundary(SHOWN_MAX)]
}
