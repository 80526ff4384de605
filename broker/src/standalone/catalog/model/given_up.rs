//! Requests that nobody waits for any more, in the middle of what they asked for: what they took of a bound stays taken
//! until that has ended.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use forebay_gateway::catalog::{CreateStream, StreamMode};
use forebay_gateway::ranges::{Append, AppendChunk, Held, RangeAddress, Ranges, Read, Reshard};
use forebay_protocol::record::{ChunkEncoder, Record};
use forebay_protocol::words::{HashKey, ShardId, StreamName};
use tokio::sync::oneshot;

use super::super::owner::Message;
use super::super::simulated;
use super::world::World;
use crate::machine::Machine;

/// A process with one stream of one shard and one record.
fn world() -> (World, RangeAddress) {
    let mut world = World::new(1);
    world.start().expect("an empty disk");
    let name: StreamName = "orders".parse().expect("a name");
    let create = CreateStream {
        name: name.clone(),
        shard_count: 1,
        mode: StreamMode::Provisioned,
        max_record_size_kib: 1024,
        tags: BTreeMap::new(),
    };
    let (reply, mut created) = oneshot::channel();
    world.served().owner.handle(Message::Create(simulated::account(), create, reply));
    created.try_recv().expect("the owner answers").expect("created");
    let root = world.served().index.stream(simulated::account(), &name).expect("created").root;
    let mut encoder = ChunkEncoder::with_capacity(64);
    encoder.push(&Record { explicit_hash_key: None, partition_key: Some("key"), data: b"data" });
    let span = encoder.end_chunk();
    let body = span.body(&encoder.into_bytes());
    let chunk = AppendChunk { shard: ShardId(0), records: 1, charged_bytes: 7, body, crc32c: span.crc32c };
    let append = Append { chunks: vec![chunk], held: Held::from(Arc::new(())) };
    let host = world.served().host.clone();
    let machine = Arc::clone(&world.machine);
    machine.wait(Box::pin(async { assert!(host.append(root, append).await.is_ok()) }));
    (world, root)
}

/// Asks, and goes away before the machine has done anything.
fn give_up(request: impl Future) {
    let polled = pin!(request).poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Pending), "it waits for the machine");
}

#[test]
fn a_read_that_was_given_up_holds_its_memory_until_it_has_ended() {
    let (mut world, root) = world();
    let counted = Arc::new(());
    let held = Held::from(Arc::clone(&counted));
    let host = world.served().host.clone();
    give_up(host.read(root, Read { shard: ShardId(0), from: 0, records_max: 10, bytes_max: 10_000, held }));
    assert_eq!(Arc::strong_count(&counted), 2, "it is still to be read");
    world.settle();
    assert_eq!(Arc::strong_count(&counted), 1, "read, for nobody");
}

#[test]
fn a_split_that_was_given_up_holds_its_shard_until_it_has_ended() {
    let (mut world, root) = world();
    let counted = Arc::new(());
    let host = world.served().host.clone();
    let split = Reshard::Split { shard: ShardId(0), new_start: HashKey(1 << 127) };
    give_up(host.reshard(root, split, Held::from(Arc::clone(&counted))));
    assert_eq!(Arc::strong_count(&counted), 2, "it is still to be split");
    world.settle();
    assert_eq!(Arc::strong_count(&counted), 1, "split, for nobody");
    let map = host.range(root).expect("served").shard_map();
    assert_eq!(map.open.len(), 2);
}
