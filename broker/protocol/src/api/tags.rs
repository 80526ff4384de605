//! Tags as requests carry them.

use std::collections::BTreeMap;

use crate::wire::{Fields, Writer};

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

/// Tags as answers list them: Key and Value, by key.
pub(super) fn write(writer: &mut impl Writer, tags: &Tags) {
    writer.name("Tags");
    writer.begin_list();
    for (key, value) in tags {
        writer.begin_map();
        writer.member("Key", key);
        writer.member("Value", value);
        writer.end_map();
    }
    writer.end_list();
}
