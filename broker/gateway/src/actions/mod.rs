//! What each operation does, one file each: from the typed request to the answer's bytes, on [`Ranges`] and
//! [`Catalog`]. No string of a request means anything here, and nothing here knows HTTP.

mod groups;
mod next_token;
mod shard_selection;
