//! What everybody may know of a range: its shard map, as of the last change that is durable.

use std::collections::BTreeSet;
use std::sync::Arc;

use forebay_core::configuration::Configuration;
use forebay_core::range::Range;
use forebay_core::topology::{Parents, Shard};
use forebay_gateway::ranges::{Closing, OpenShard, Retention, ShardFacts, ShardMap};
use forebay_protocol::limits::HOUR_MS;
use forebay_protocol::words::ConsumerName;

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    pub(crate) map: Arc<ShardMap>,
    pub(crate) configuration: Configuration,
    pub(crate) retention_hours: u32,
    pub(crate) consumers: BTreeSet<ConsumerName>,
}

impl Published {
    /// What a range shows of itself.
    pub(crate) fn of(range: &Range) -> Self {
        let state = range.state();
        let open = state.topology.open().iter().map(|open| OpenShard { end: open.end, shard: open.shard }).collect();
        let map = ShardMap {
            version: state.topology.version(),
            shards: state.topology.shards().iter().map(facts).collect(),
            open,
            retention: Retention {
                readable_from: state.retention.readable_from(),
                period_ms: u64::from(state.retention.hours()) * HOUR_MS,
            },
        };
        Self {
            map: Arc::new(map),
            configuration: state.configuration,
            retention_hours: state.retention.hours(),
            consumers: state.consumers.iter().map(|consumer| consumer.name.clone()).collect(),
        }
    }
}

fn facts(shard: &Shard) -> ShardFacts {
    let (parent, adjacent_parent) = match shard.parents {
        Parents::None => (None, None),
        Parents::Split(parent) => (Some(parent), None),
        Parents::Merge { lower, upper } => (Some(lower), Some(upper)),
    };
    let closing = shard.closing.as_ref().map(|closing| Closing {
        ending_sequence: shard.ending_sequence().expect("a closed shard has an ending sequence number"),
        closed: closing.closed,
        end: closing.end,
        children: closing.children.clone(),
    });
    ShardFacts {
        id: shard.id,
        parent,
        adjacent_parent,
        hash_keys: shard.hash_keys,
        starting_sequence: shard.starting_sequence(),
        opened: shard.opened(),
        closing,
    }
}
