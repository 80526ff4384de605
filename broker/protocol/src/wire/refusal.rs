//! Why a document was refused, before anything of it was understood.

/// What is wrong with a document, with AWS's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Neither dialect's grammar allows it, or it holds more values than any request needs. AWS sends no text.
    #[error("the document cannot be read")]
    Unreadable,
    /// A member is of another type than its shape: SerializationException.
    #[error("{0}")]
    Type(String),
    /// A member breaks a constraint of its shape: ValidationException.
    #[error("{0}")]
    Constraint(String),
}
