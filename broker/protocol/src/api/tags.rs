//! Tags as requests carry them.

use std::collections::BTreeMap;

use crate::wire::Fields;

/// Values by key.
pub type Tags = BTreeMap<String, String>;

/// The tags of a member, none if it is absent.
pub(super) fn take(fields: &mut Fields<'_>, name: &str) -> Tags {
    let tags = fields.map(name).into_iter().flatten();
    tags.map(|(key, value)| (key.into_owned(), value.into_owned())).collect()
}

/// The keys of a member.
pub(super) fn take_keys(fields: &mut Fields<'_>, name: &str) -> Vec<String> {
    fields.texts(name).into_iter().flatten().map(std::borrow::Cow::into_owned).collect()
}
