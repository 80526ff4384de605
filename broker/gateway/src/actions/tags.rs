//! What AWS takes for a tag.

use forebay_protocol::api::{ApiError, ErrorCode, Tags};
use forebay_protocol::limits::TAGS_PER_RESOURCE_MAX;
use forebay_protocol::words::{AccountId, StreamName};

/// What AWS alone gives keys that begin with it. Source: the developer guide, "Tag restrictions"; keys are case-sensitive.
const RESERVED_PREFIX: &str = "aws:";

/// What could not be done; AWS says it in one of its two texts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Failed<'a> {
    /// Tags were to be added.
    ToAdd {
        /// To this stream.
        stream: &'a StreamName,
        /// Of this account.
        account: AccountId,
    },
    /// Tags were to be removed.
    ToRemove {
        /// From this stream.
        stream: &'a StreamName,
        /// Of this account.
        account: AccountId,
    },
}

/// Refuses characters that AWS refuses in keys and values, keys that are reserved, and more tags than a resource may
/// have.
pub(super) fn check_added(added: &Tags, present: &Tags, failed: Failed<'_>) -> Result<(), ApiError> {
    check_texts(added.iter().flat_map(|(key, value)| [key, value]), failed)?;
    if let Some(key) = added.keys().find(|key| key.starts_with(RESERVED_PREFIX)) {
        let text = format!(
            "{} because the tag key {key} begins with {RESERVED_PREFIX}, a prefix that is reserved.",
            failed.words()
        );
        return Err(ApiError::new(ErrorCode::InvalidArgument, text));
    }
    let new = added.keys().filter(|key| !present.contains_key(*key));
    if present.len() + new.count() > TAGS_PER_RESOURCE_MAX {
        return Err(too_many(failed));
    }
    Ok(())
}

/// The tags of what does not exist yet.
pub(super) fn none() -> Tags {
    Tags::new()
}

/// Refuses keys that no tag can have.
pub(super) fn check_keys(keys: &[String], failed: Failed<'_>) -> Result<(), ApiError> {
    check_texts(keys.iter(), failed)
}

/// More tags than a resource may have.
pub(super) fn too_many(failed: Failed<'_>) -> ApiError {
    let text = format!(
        "{} because a given stream cannot have more than {TAGS_PER_RESOURCE_MAX} tags associated with it.",
        failed.words()
    );
    ApiError::new(ErrorCode::InvalidArgument, text)
}

fn check_texts<'t>(mut texts: impl Iterator<Item = &'t String> + Clone, failed: Failed<'_>) -> Result<(), ApiError> {
    if texts.clone().any(|text| !text.chars().all(is_known)) {
        let text = "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . \
                    / = + - % @ :.";
        return Err(ApiError::new(ErrorCode::InvalidArgument, text));
    }
    // AWS names the percent sign among the valid characters and then refuses it.
    if texts.any(|text| text.contains('%')) {
        let text = format!(
            "{} because some tags contained illegal characters. The allowed characters are Unicode letters, \
             white-spaces, '_',',','/','=','+','-','@',':'.",
            failed.words()
        );
        return Err(ApiError::new(ErrorCode::InvalidArgument, text));
    }
    Ok(())
}

/// As AWS was observed to draw the line; letters beyond the basic plane are letters.
fn is_known(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, '_' | '.' | '/' | '-' | '=' | '+' | ' ' | '@' | '%' | ':')
        || matches!(character, '\u{c0}'..='\u{1fff}' | '\u{2c00}'..='\u{d7ff}')
        || (character > '\u{ffff}' && character.is_alphanumeric())
}

impl Failed<'_> {
    fn words(self) -> String {
        match self {
            Self::ToAdd { stream, account } => format!("Failed to add tags to stream {stream} under account {account}"),
            Self::ToRemove { stream, account } => {
                format!("Failed to remove tags from stream {stream} under account {account}")
            }
        }
    }
}
