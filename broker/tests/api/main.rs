//! The server as its users see it: the built binary, its own data directory, Amazon's Rust SDK with signed requests, one
//! file per operation; and the process itself, its signals and what it says, through requests written by hand.

mod answers;
mod consumers;
mod create_stream;
mod durability;
mod enhanced_monitoring;
mod get_records;
mod get_shard_iterator;
mod limits;
mod list_shards;
mod list_streams;
mod merge_shards;
mod put_record;
mod put_records;
mod raw;
mod restart;
mod retention;
mod server;
mod signals;
mod signatures;
mod slow_clients;
mod split_shard;
mod stream_settings;
mod tags;
mod unimplemented;
mod update_shard_count;
