//! A range at work: one owner writes, anyone reads.
//!
//! Whatever changes a range is a [`message`] in its bounded [`queue`]; the range's owner, the [`writer`], takes all that
//! waits, lets forebay-core decide, writes one entry, syncs it once and answers. It runs on a blocking thread while there
//! is something to do and on none while there is not, so a thousand idle ranges cost no thread. Readers go past the
//! owner: they see what is durable, through the log's own reader and the last published shard map.

mod append;
mod command;
mod files;
mod handle;
mod host;
mod maintain;
mod message;
mod published;
mod queue;
mod read;
mod writer;

pub(crate) use command::Command;
pub(crate) use files::{Environment, create, exists, open, remove};
pub(crate) use handle::RangeHandle;
pub(crate) use host::Host;
pub(crate) use writer::Causes;
