//! What each operation decides, asked in JSON over ranges and a catalog in memory; texts are AWS's.

mod absent;
mod addressing;
mod conformance;
mod consumers;
mod dispatch;
mod iterators;
mod list_shards;
mod model;
mod puts;
mod reads;
mod resharding;
mod settings;
mod streams;
mod tags;
mod world;
