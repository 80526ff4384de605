//! The server as Amazon's Rust SDK sees it: the built binary, its own data directory, signed requests, one file per
//! operation.

mod answers;
mod consumers;
mod create_stream;
mod enhanced_monitoring;
mod get_records;
mod get_shard_iterator;
mod limits;
mod list_shards;
mod list_streams;
mod merge_shards;
mod put_record;
mod put_records;
mod restart;
mod retention;
mod server;
mod signatures;
mod split_shard;
mod stream_settings;
mod tags;
mod unimplemented;
mod update_shard_count;
