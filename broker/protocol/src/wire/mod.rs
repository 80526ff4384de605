//! The two dialects of the wire, JSON 1.1 and CBOR: documents read against the shapes of the model, checked with AWS's
//! own texts, and answers written without a tree between. It knows shapes, never what an operation means.
//!
//! Reading follows the shape: members it does not name are skipped, not built, so that a document costs memory of the
//! order of its bytes whatever it holds.

mod blob;
mod cbor_reader;
mod cbor_writer;
mod coerce;
mod constraints;
mod fields;
mod json_reader;
mod json_writer;
mod node;
mod pattern;
mod refusal;
mod shape;
mod writer;

pub use blob::{Blob, InvalidBase64};
pub use cbor_writer::CborWriter;
pub(crate) use fields::Fields;
pub use json_writer::JsonWriter;
use node::Node;
pub use pattern::Pattern;
pub(crate) use refusal::Refusal;
pub use shape::{Bounds, Kind, Member, Presence, Shape};
pub use writer::{Output, Writer};

/// The dialect of a request; its answer is in the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// `application/x-amz-json-1.1`: blobs are base64, timestamps seconds with a fraction.
    Json,
    /// `application/x-amz-cbor-1.1`: blobs are byte strings, timestamps tag 1 and integer milliseconds.
    Cbor,
}

impl Encoding {
    /// The value of Content-Type, in requests and answers.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/x-amz-json-1.1",
            Self::Cbor => "application/x-amz-cbor-1.1",
        }
    }

    /// The dialect a Content-Type names; its parameters, such as a charset, are ignored as AWS ignores them.
    pub fn of_content_type(value: &str) -> Option<Self> {
        let media_type = value.split(';').next().unwrap_or_default().trim();
        [Self::Json, Self::Cbor].into_iter().find(|encoding| media_type.eq_ignore_ascii_case(encoding.content_type()))
    }
}

/// Reads a body against the shape of its operation's input and checks types, then constraints, in AWS's order.
pub(crate) fn read<'a>(encoding: Encoding, body: &'a [u8], shape: &'static Shape) -> Result<Fields<'a>, Refusal> {
    let mut node = match encoding {
        Encoding::Json => json_reader::read(body, shape)?,
        Encoding::Cbor => cbor_reader::read(body, shape)?,
    };
    if !matches!(node, Node::Structure(_) | Node::List(_)) {
        return Err(Refusal::Unreadable);
    }
    coerce::coerce(&mut node, shape, encoding)?;
    constraints::check(&node, shape)?;
    match node {
        Node::Structure(members) => Ok(Fields::new(members)),
        _ => Err(Refusal::Unreadable),
    }
}

/// Appends an output in a dialect.
pub fn write(encoding: Encoding, output: &impl Output, into: &mut Vec<u8>) {
    match encoding {
        Encoding::Json => output.write(&mut JsonWriter::new(into)),
        Encoding::Cbor => output.write(&mut CborWriter::new(into)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_names_a_dialect_whatever_its_parameters() {
        assert_eq!(Encoding::of_content_type("application/x-amz-json-1.1"), Some(Encoding::Json));
        assert_eq!(Encoding::of_content_type("Application/X-Amz-Json-1.1; charset=utf-8"), Some(Encoding::Json));
        assert_eq!(Encoding::of_content_type(" application/x-amz-cbor-1.1"), Some(Encoding::Cbor));
        for other in ["", "application/json", "application/x-amz-json-1.0", "text/plain"] {
            assert_eq!(Encoding::of_content_type(other), None, "{other}");
        }
    }
}
