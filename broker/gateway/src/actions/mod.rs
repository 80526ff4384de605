//! What each operation does, one file each: from the typed request to the answer's bytes, on
//! [`Ranges`](crate::ranges::Ranges) and [`Catalog`](crate::catalog::Catalog). Nothing here knows HTTP, signatures or where bytes lie.
//!
//! [`Actions::answer`] decodes a body and hands the typed request to the method of `Answering` that bears
//! its operation's name; what decides lies in pure functions beside it.

mod add_tags_to_stream;
mod addressing;
mod answer;
mod append_records;
mod consumers;
mod create_stream;
mod decrease_stream_retention_period;
mod delete_stream;
mod deregister_stream_consumer;
mod describe_account_settings;
mod describe_limits;
mod describe_stream;
mod describe_stream_consumer;
mod describe_stream_summary;
mod disable_enhanced_monitoring;
mod dispatch;
mod enable_enhanced_monitoring;
mod enhanced_monitoring;
mod get_records;
mod get_shard_iterator;
mod groups;
mod increase_stream_retention_period;
mod list_shards;
mod list_stream_consumers;
mod list_streams;
mod list_tags_for_resource;
mod list_tags_for_stream;
mod merge_shards;
mod next_token;
mod old_sequence;
mod put_record;
mod put_records;
mod record_sizes;
mod refusals;
mod register_stream_consumer;
mod remove_tags_from_stream;
mod resources;
mod shard_selection;
mod split_shard;
mod tag_resource;
mod tags;
mod untag_resource;
mod update_max_record_size;
mod update_shard_count;
mod update_stream_mode;

pub use answer::{Actions, Caller, Received};

use answer::Answering;
