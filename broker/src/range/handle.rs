//! A range as everybody else holds it: messages for its owner, and what is published.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use forebay_core::admission::Admission;
use forebay_core::configuration::ShardMetrics;
use forebay_core::quota::ReadQuotas;
use forebay_gateway::ranges::{Append, AppendChunk, ChunkOutcome, Held, RangeAddress, RangeError, ShardMap};
use forebay_log::{Disk, Reader, RealDisk, SpaceNeed};
use forebay_protocol::words::{ShardId, StreamArn};
use prometheus::IntGauge;
use tokio::sync::oneshot;

use super::command::{Command, CommandRefusal};
use super::files::Environment;
use super::message::{Message, PendingAppend, PendingCommand};
use super::published::Published;
use super::queue::{Pushed, Queue};
use super::writer::Writer;
use crate::metrics::Counters;

/// See the module; clones are the same range.
#[derive(Debug, Clone)]
pub(crate) struct RangeHandle<D: Disk = RealDisk> {
    shared: Arc<Shared<D>>,
}

/// What owner and readers share.
#[derive(Debug)]
pub(crate) struct Shared<D: Disk> {
    pub(super) address: RangeAddress,
    /// The stream's name, for log lines.
    pub(super) label: String,
    pub(super) environment: Arc<Environment<D>>,
    pub(super) queue: Queue<D>,
    /// Locked by the owner, of which there is one at a time, and by whoever closes the range after it.
    writer: Mutex<Writer<D>>,
    pub(super) reader: Reader<D>,
    published: RwLock<Published>,
    pub(super) read_quotas: Mutex<ReadQuotas>,
    pub(super) counters: Counters,
    shard_counters: RwLock<HashMap<ShardId, Counters>>,
    queue_bytes: IntGauge,
    space_need: Mutex<SpaceNeed>,
    stream: StreamArn,
}

impl<D: Disk> RangeHandle<D> {
    /// A range whose log is open.
    pub(super) fn new(
        address: RangeAddress,
        stream: StreamArn,
        environment: Arc<Environment<D>>,
        writer: Writer<D>,
        reader: Reader<D>,
    ) -> Self {
        let account = stream.place.account.to_string();
        let label = stream.name.to_string();
        let published = Published::of(&writer.range);
        let shared = Shared {
            address,
            queue: Queue::default(),
            reader,
            read_quotas: Mutex::default(),
            counters: environment.metrics.stream(&account, &label),
            shard_counters: RwLock::default(),
            queue_bytes: environment.metrics.queue_bytes(&account, &label),
            space_need: Mutex::new(writer.log.space_need()),
            published: RwLock::new(published.clone()),
            writer: Mutex::new(writer),
            label,
            environment,
            stream,
        };
        shared.publish(published);
        Self { shared: Arc::new(shared) }
    }

    pub(crate) fn address(&self) -> RangeAddress {
        self.shared.address
    }

    pub(super) fn shared(&self) -> &Arc<Shared<D>> {
        &self.shared
    }

    /// The shards as of the last durable change.
    pub(crate) fn shard_map(&self) -> Arc<ShardMap> {
        self.shared.published().map
    }

    /// All that is published.
    pub(crate) fn published(&self) -> Published {
        self.shared.published()
    }

    /// Why the range has stopped, if it has.
    pub(crate) fn stopped(&self) -> Option<String> {
        self.shared.queue.stopped()
    }

    /// Appends chunks; answers once the admitted ones are durable.
    pub(crate) async fn append(&self, append: Append) -> Result<Vec<ChunkOutcome>, RangeError> {
        let Append { chunks, held } = append;
        let count = chunks.len();
        let (reply, answer) = oneshot::channel();
        match self.shared.queue.push(Message::Append(PendingAppend { chunks, _held: held, reply })) {
            Pushed::Waiting => {}
            Pushed::StartOwner => self.shared.start_owner(),
            Pushed::Full(message) => {
                let Message::Append(append) = message else { unreachable!("only records are refused by a full queue") };
                let records = append.chunks.iter().map(|chunk| u64::from(chunk.records)).sum();
                self.shared.counters.write_throttled.inc_by(records);
                return Ok(vec![ChunkOutcome::Throttled; count]);
            }
            Pushed::Stopped(_, why) => return Err(RangeError::Unavailable(why)),
        }
        answer.await.unwrap_or_else(|_| Err(RangeError::Unavailable("the range's owner is gone".to_owned())))
    }

    /// Changes the range; answers once the change is durable and in force.
    pub(crate) async fn command(&self, command: Command) -> Result<(), CommandRefusal> {
        self.command_holding(command, None).await
    }

    /// As [`RangeHandle::command`]; what is held is given back once it is decided, even if nobody waits any more.
    pub(super) async fn command_holding(&self, command: Command, held: Option<Held>) -> Result<(), CommandRefusal> {
        let (reply, answer) = oneshot::channel();
        self.shared.send(Message::Command(PendingCommand { command, held, reply }));
        answer.await.unwrap_or_else(|_| Err(CommandRefusal::Stopped("the range's owner is gone".to_owned())))
    }

    /// Asks the owner to look after its log.
    pub(crate) fn maintain(&self) {
        self.shared.send(Message::Maintain);
    }

    /// Ends the range for good: what waits and whatever comes is refused with this reason.
    pub(crate) fn close(&self, why: &str) {
        self.shared.queue.stop(why);
        // The owner, if one runs, finishes its entry first.
        let mut writer = self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.flush();
        drop(writer);
        self.shared.forget_metrics();
    }

    /// What the range's log will take of the volume.
    pub(crate) fn space_need(&self) -> SpaceNeed {
        *self.shared.space_need.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D: Disk> Shared<D> {
    /// Leaves a message for the owner.
    pub(super) fn send(self: &Arc<Self>, message: Message<D>) {
        match self.queue.push(message) {
            Pushed::Waiting => {}
            Pushed::StartOwner => self.start_owner(),
            Pushed::Full(_) => unreachable!("only records are refused by a full queue"),
            Pushed::Stopped(message, why) => message.refuse(&why),
        }
    }

    fn start_owner(self: &Arc<Self>) {
        let shared = Arc::clone(self);
        self.environment.machine.run_blocking(Box::new(move || {
            let mut writer = shared.writer.lock().unwrap_or_else(PoisonError::into_inner);
            writer.run(&shared);
        }));
    }

    /// What the log will take, for whoever watches the volume.
    pub(super) fn observe_space(&self, need: SpaceNeed) {
        *self.space_need.lock().unwrap_or_else(PoisonError::into_inner) = need;
    }

    /// What is published now.
    pub(super) fn published(&self) -> Published {
        self.published.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Shows what changed.
    pub(super) fn publish(&self, published: Published) {
        let map = &published.map;
        self.read_quotas().retain(|shard| map.shard(shard).is_some());
        self.monitor_shards(&published);
        *self.published.write().unwrap_or_else(PoisonError::into_inner) = published;
    }

    pub(super) fn read_quotas(&self) -> std::sync::MutexGuard<'_, ReadQuotas> {
        self.read_quotas.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counters for every shard while enhanced monitoring is on, for none otherwise.
    fn monitor_shards(&self, published: &Published) {
        let metrics = &self.environment.metrics;
        let (account, stream) = (self.stream.place.account.to_string(), &self.label);
        let wanted = published.configuration.metrics != ShardMetrics::default();
        let mut counters = self.shard_counters.write().unwrap_or_else(PoisonError::into_inner);
        counters.retain(|shard, _| {
            let stays = wanted && published.map.shard(*shard).is_some();
            if !stays {
                metrics.forget_shard(&account, stream, &shard.to_string());
            }
            stays
        });
        if wanted {
            for shard in &published.map.shards {
                counters.entry(shard.id).or_insert_with(|| metrics.shard(&account, stream, &shard.id.to_string()));
            }
        }
    }

    /// Counts no more for a stream that goes.
    fn forget_metrics(&self) {
        let (account, metrics) = (self.stream.place.account.to_string(), &self.environment.metrics);
        for shard in self.shard_counters.write().unwrap_or_else(PoisonError::into_inner).drain() {
            metrics.forget_shard(&account, &self.label, &shard.0.to_string());
        }
        metrics.forget_stream(&account, &self.label);
    }

    /// Stops for good.
    pub(super) fn stop(&self, why: &str) {
        self.queue.stop(why);
        // It takes nothing of the volume any more, and must not hold up the others.
        self.observe_space(SpaceNeed { pending_prewrite_bytes: 0, segment_bytes: 0, refused: false });
    }

    pub(super) fn observe_queue(&self) {
        self.queue_bytes.set(i64::try_from(self.queue.bytes()).unwrap_or(i64::MAX));
    }

    pub(super) fn clock_step(&self, ahead_ms: u64) {
        self.environment.metrics.clock_steps.inc();
        tracing::warn!(
            stream = self.label,
            ahead_ms,
            "the wall clock stepped ahead; not taken until it has stood for 10 minutes"
        );
    }

    /// Counts what a batch took in and what it refused.
    pub(super) fn count_appended<'a>(&self, chunks: impl Iterator<Item = (&'a AppendChunk, Admission)>) {
        let shards = self.shard_counters.read().unwrap_or_else(PoisonError::into_inner);
        let mut total = Appended::default();
        for (chunk, admission) in chunks {
            let mut one = Appended::default();
            one.add(chunk, admission);
            total.add(chunk, admission);
            if let Some(counters) = shards.get(&chunk.shard) {
                one.count(counters);
            }
        }
        total.count(&self.counters);
    }

    /// Counts for the stream, and for the shard if it is monitored.
    pub(super) fn count(&self, shard: ShardId, count: impl Fn(&Counters)) {
        count(&self.counters);
        let shards = self.shard_counters.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(counters) = shards.get(&shard) {
            count(counters);
        }
    }
}

/// Records and bytes that came in, and records that were refused.
#[derive(Debug, Clone, Copy, Default)]
struct Appended {
    records: u64,
    bytes: u64,
    throttled: u64,
}

impl Appended {
    fn add(&mut self, chunk: &AppendChunk, admission: Admission) {
        match admission {
            Admission::Admitted(_) => {
                self.records += u64::from(chunk.records);
                self.bytes += u64::from(chunk.charged_bytes);
            }
            Admission::Throttled => self.throttled += u64::from(chunk.records),
            Admission::Closed | Admission::Foreign => {}
        }
    }

    fn count(self, counters: &Counters) {
        counters.incoming_records.inc_by(self.records);
        counters.incoming_bytes.inc_by(self.bytes);
        counters.write_throttled.inc_by(self.throttled);
    }
}
