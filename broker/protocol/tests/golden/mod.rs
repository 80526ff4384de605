//! Where the golden bytes lie: `golden/OPERATION/request.json`, `request.cbor`, `answer.json`, `answer.cbor`.

use std::path::PathBuf;

use forebay_protocol::wire::Encoding;

/// Both dialects.
pub(crate) const ENCODINGS: [Encoding; 2] = [Encoding::Json, Encoding::Cbor];

/// The file of an operation; its folder is its name in snake case.
pub(crate) fn path(operation: &str, what: &str, encoding: Encoding) -> PathBuf {
    let mut folder = String::new();
    for character in operation.chars() {
        if character.is_ascii_uppercase() && !folder.is_empty() {
            folder.push('_');
        }
        folder.push(character.to_ascii_lowercase());
    }
    let extension = if encoding == Encoding::Json { "json" } else { "cbor" };
    let file = format!("{what}.{extension}");
    [env!("CARGO_MANIFEST_DIR"), "tests", "golden", &folder, &file].iter().collect()
}
