//! The catalog over a real directory: what a stop in the middle of anything leaves is gone on with at the next start.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use forebay_gateway::actions::{Actions, Caller, Received};
use forebay_gateway::catalog::{
    AccountFacts, Catalog, ChangeRefusal, CreateRefusal, CreateStream, StreamChange, StreamMode, StreamStatus,
};
use forebay_gateway::ranges::{Held, Ranges};
use forebay_log::{Disk, Durability, ReadCache, RealDisk, SegmentSizes};
use forebay_protocol::api::Operation;
use forebay_protocol::iterator::IteratorKeys;
use forebay_protocol::limits::ON_DEMAND_STREAMS_DEFAULT;
use forebay_protocol::wire::Encoding;
use forebay_protocol::words::TimestampMs;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::entry::Phase;
use super::{AppliedFile, ApplyError, FileCatalog, Files, Reservations, StartError, Workshop};
use crate::cli;
use crate::expiry_clock::ExpiryClock;
use crate::machine::{Machine, RealMachine};
use crate::metrics::Metrics;
use crate::range::{Environment, Host};
use crate::standalone::data_dir::DataDir;
use crate::volume::VolumeWatch;

/// A catalog that serves; dropping it is a stop without a word.
struct Served {
    serving: Option<(FileCatalog, Host)>,
    environment: Arc<Environment>,
    runtime: Runtime,
    _data_dir: DataDir,
}

/// The catalog's thread ends by itself; the next start must find its ranges let go.
impl Drop for Served {
    fn drop(&mut self) {
        drop(self.serving.take());
        let environment = Arc::clone(&self.environment);
        let let_go = async move {
            while Arc::strong_count(&environment) > 2 {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
        };
        let waited = self.runtime.block_on(async { tokio::time::timeout(DEADLINE, let_go).await });
        assert!(waited.is_ok() || std::thread::panicking(), "the ranges are let go");
    }
}

/// Longer than anything here takes on a busy machine.
const DEADLINE: std::time::Duration = std::time::Duration::from_secs(20);

fn try_start(path: &Path) -> Result<Served, StartError> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let data_dir = DataDir::open(path)?;
    let machine: Arc<dyn Machine> = Arc::new(RealMachine::new(runtime.handle().clone()));
    let environment = Arc::new(Environment {
        disk: RealDisk,
        directory: data_dir.ranges(),
        durability: Durability::Memory,
        sizes: SegmentSizes::default(),
        cache: ReadCache::new(1 << 20, 16),
        metrics: Arc::new(Metrics::new()),
        volume: VolumeWatch::start(RealDisk.volume(path).expect("a volume")),
        expiry: ExpiryClock::start(machine.now()),
        machine,
    });
    let host = Host::new(Arc::clone(&environment));
    let workshop = Arc::new(Workshop {
        installation: data_dir.installation(None, None)?,
        files: Files::new(RealDisk, data_dir.catalog()),
        applied: AppliedFile::new(RealDisk, data_dir.applied()),
        host: host.clone(),
        environment: Arc::clone(&environment),
        limits: cli::Limits::Off,
        shard_limit: 20,
        reservations: Reservations::default(),
    });
    let catalog = FileCatalog::start(workshop, HashMap::new())?;
    Ok(Served { serving: Some((catalog, host)), environment, runtime, _data_dir: data_dir })
}

fn start(path: &Path) -> Served {
    try_start(path).expect("starts")
}

impl Served {
    fn catalog(&self) -> &FileCatalog {
        &self.serving.as_ref().expect("taken only when dropped").0
    }

    fn host(&self) -> &Host {
        &self.serving.as_ref().expect("taken only when dropped").1
    }

    fn create(&self, name: &str, shards: u32) -> Result<(), CreateRefusal> {
        let create = CreateStream {
            name: name.parse().expect("a name"),
            shard_count: shards,
            mode: StreamMode::Provisioned,
            max_record_size_kib: 1024,
            tags: std::collections::BTreeMap::new(),
        };
        let account = self.catalog().installation().default_account;
        self.runtime.block_on(self.catalog().create(account, create))
    }

    fn stream(&self, name: &str) -> Option<Arc<forebay_gateway::catalog::Stream>> {
        self.catalog().stream(self.catalog().installation().default_account, &name.parse().expect("a name"))
    }

    fn change(&self, name: &str, change: StreamChange) -> Result<(), ChangeRefusal> {
        let stream = self.stream(name).expect("there");
        self.runtime.block_on(self.catalog().change(stream.arn.place.account, stream.incarnation, change))
    }

    fn apply(&self, manifests: &str) -> Result<Vec<super::Applied>, ApplyError> {
        let documents = forebay_api::manifest::Admission::new().read("test.yaml", manifests).expect("valid");
        self.runtime.block_on(self.catalog().apply(documents))
    }

    fn open_shards(&self, name: &str) -> usize {
        let root = self.stream(name).expect("there").root;
        self.runtime.block_on(self.host().shard_map(root)).expect("served").open.len()
    }

    /// The shards of the default account that count against its limit.
    fn usage(&self) -> u32 {
        self.runtime.block_on(self.catalog().account(self.catalog().installation().default_account)).open_shards
    }

    /// Waits for a scaling that goes on beside.
    fn wait_until_active(&self, name: &str) {
        let waiting = async {
            while self.stream(name).is_none_or(|stream| stream.status != StreamStatus::Active) {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        self.runtime.block_on(async { tokio::time::timeout(DEADLINE, waiting).await }).expect("ACTIVE within 20 s");
    }
}

fn files(directory: &TempDir, of: &str) -> usize {
    fs::read_dir(directory.path().join(of)).expect("listed").count()
}

/// What a stop between two writes would have left: the only stream, in another phase.
fn rewrite(directory: &TempDir, change: impl FnOnce(&mut super::entry::Entry)) {
    let files = Files::new(RealDisk, directory.path().join("catalog"));
    let mut entry = files.load().expect("readable").pop().expect("one stream");
    change(&mut entry);
    files.store(&entry).expect("stored");
}

#[test]
fn a_stream_that_could_not_be_made_is_not_there_and_leaves_its_name_free() {
    let directory = tempfile::tempdir().expect("a directory");
    let served = start(directory.path());
    let ranges = directory.path().join("ranges");
    fs::remove_dir(&ranges).expect("empty");
    fs::write(&ranges, "in the way").expect("written");
    assert!(matches!(served.create("orders", 1), Err(CreateRefusal::Unavailable(_))));
    fs::remove_file(&ranges).expect("out of the way");
    fs::create_dir(&ranges).expect("made");
    // Undoing may have failed for the same reason; then the name is taken until the next try.
    served.catalog().retry();
    let second = served.create("orders", 1);
    assert!(matches!(second, Ok(()) | Err(CreateRefusal::Exists)), "{second:?}");
    served.wait_until_active("orders");
    let made = served.stream("orders").expect("there").incarnation;
    drop(served);
    let again = start(directory.path());
    assert_eq!(again.stream("orders").expect("there").incarnation, made);
    assert_eq!((files(&directory, "catalog"), files(&directory, "ranges")), (1, 1));
}

#[test]
fn creation_and_deletion_that_were_interrupted_come_to_their_end() {
    let directory = tempfile::tempdir().expect("a directory");
    start(directory.path()).create("orders", 2).expect("created");
    rewrite(&directory, |entry| entry.phase = Phase::Initialising);
    let served = start(directory.path());
    assert_eq!(served.stream("orders").expect("there").status, StreamStatus::Active);
    drop(served);
    rewrite(&directory, |entry| entry.phase = Phase::Deleting);
    let served = start(directory.path());
    assert!(served.stream("orders").is_none());
    assert_eq!((files(&directory, "catalog"), files(&directory, "ranges")), (0, 0));
    served.create("orders", 2).expect("the name is free");
}

#[test]
fn a_range_that_was_there_and_is_gone_is_lost_and_the_others_are_served() {
    let directory = tempfile::tempdir().expect("a directory");
    let served = start(directory.path());
    served.create("lost", 1).expect("created");
    served.create("kept", 1).expect("created");
    let range = served.stream("lost").expect("there").root.range;
    drop(served);
    fs::remove_dir_all(directory.path().join("ranges").join(range.to_string())).expect("removed");
    let served = start(directory.path());
    assert_eq!(served.open_shards("kept"), 1);
    let root = served.stream("lost").expect("still known").root;
    assert!(served.runtime.block_on(served.host().shard_map(root)).is_err());
    assert!(served.host().down()[0].1.contains("data lost"), "{:?}", served.host().down());
    assert_eq!(files(&directory, "ranges"), 1, "nothing was made in its place");
    assert_eq!(served.usage(), 2, "what is lost frees no quota");
}

#[test]
fn a_scaling_goes_on_after_a_stop() {
    let directory = tempfile::tempdir().expect("a directory");
    start(directory.path()).create("orders", 4).expect("created");
    rewrite(&directory, |entry| {
        entry.spec.shard_count = Some(8);
        entry.scaling_to = Some(8);
    });
    let served = start(directory.path());
    served.wait_until_active("orders");
    assert_eq!(served.open_shards("orders"), 8);
    served.change("orders", StreamChange::ShardCount(4)).expect("accepted");
    served.wait_until_active("orders");
    assert_eq!(served.open_shards("orders"), 4);
}

#[test]
fn splits_at_the_same_time_stay_within_the_limit() {
    let directory = tempfile::tempdir().expect("a directory");
    let served = start(directory.path());
    served.create("orders", 18).expect("18 of 20 shards");
    let actions =
        Arc::new(Actions::new(served.host().clone(), served.catalog().clone(), IteratorKeys::new(1, &[7; 32])));
    let caller = Caller { account: served.catalog().installation().default_account, request_id: 1 << 96 };
    let map = served.runtime.block_on(served.host().shard_map(served.stream("orders").expect("there").root));
    let shards = map.expect("served").shards.clone();
    let splits: Vec<_> = shards
        .into_iter()
        .map(|shard| {
            let actions = Arc::clone(&actions);
            served.runtime.spawn(async move {
                let (id, middle) = (shard.id, shard.hash_keys.start.0 / 2 + shard.hash_keys.end.0 / 2);
                let body =
                    format!(r#"{{"StreamName":"orders","ShardToSplit":"{id}","NewStartingHashKey":"{middle}"}}"#);
                let held = &Held::from(Arc::new(()));
                let (operation, encoding) = (Operation::SplitShard, Encoding::Json);
                let received = Received { operation, encoding, body: body.as_bytes(), held };
                actions.answer(caller, received, TimestampMs(1_700_000_000_000)).await
            })
        })
        .collect();
    let answers = splits.into_iter().map(|split| served.runtime.block_on(split).expect("no panic"));
    let done: usize = answers.map(|answer| usize::from(answer.is_ok())).sum();
    assert_eq!(done, 2);
    assert_eq!(served.open_shards("orders"), 20);
}

#[test]
fn what_is_reserved_counts_for_everything_until_it_is_given_back() {
    let directory = tempfile::tempdir().expect("a directory");
    let served = start(directory.path());
    served.create("orders", 17).expect("17 of 20 shards");
    let account = served.catalog().installation().default_account;
    let reserve = |shards| served.runtime.block_on(served.catalog().reserve_shards(account, shards));
    let held = reserve(2).expect("19 of 20");
    assert_eq!(reserve(2).expect_err("21 of 20").open_shards, 19);
    assert!(matches!(served.create("b", 2), Err(CreateRefusal::ShardLimit(facts)) if facts.open_shards == 19));
    let scaled = served.change("orders", StreamChange::ShardCount(19));
    assert!(matches!(scaled, Err(ChangeRefusal::ShardLimit(facts)) if facts.open_shards == 19), "{scaled:?}");
    let manifest = "apiVersion: forebay.dev/v1alpha1\nkind: Stream\nmetadata: {name: b}\nspec: {shardCount: 2}\n";
    assert!(matches!(served.apply(manifest), Err(ApplyError::Refused(_))));
    drop(held);
    served.apply(manifest).expect("19 of 20 shards");
    assert_eq!(served.usage(), 19);
}

#[test]
fn a_stream_counts_as_what_it_is_scaled_to_from_the_first() {
    let directory = tempfile::tempdir().expect("a directory");
    let served = start(directory.path());
    served.create("orders", 10).expect("10 of 20 shards");
    served.change("orders", StreamChange::ShardCount(20)).expect("20 of 20");
    assert_eq!(served.usage(), 20);
    assert!(matches!(served.create("b", 1), Err(CreateRefusal::ShardLimit(_))));
    served.wait_until_active("orders");
    served.change("orders", StreamChange::ShardCount(10)).expect("fewer");
    served.wait_until_active("orders");
    assert_eq!(served.usage(), 10);
}

#[test]
fn a_set_of_manifests_beyond_the_quota_creates_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let served = start(directory.path());
    let stream = |name: &str| {
        format!(
            "apiVersion: forebay.dev/v1alpha1\nkind: Stream\nmetadata: {{name: {name}}}\nspec: {{shardCount: 12}}\n"
        )
    };
    let refused = served.apply(&[stream("a"), stream("b")].join("---\n")).expect_err("24 of 20 shards").to_string();
    assert!(refused.contains("document 2") && refused.contains("--shard-limit"), "{refused}");
    assert!(served.stream("a").is_none());
    let applied = served.apply(&stream("a")).expect("12 of 20 shards");
    assert_eq!(applied[0].what, "created");
    assert_eq!(served.apply(&stream("a")).expect("the same again")[0].what, "unchanged");
}

#[test]
fn a_consumer_without_its_stream_refuses_its_whole_set_with_its_place() {
    let directory = tempfile::tempdir().expect("a directory");
    let served = start(directory.path());
    let stream = |name: &str| {
        format!("apiVersion: forebay.dev/v1alpha1\nkind: Stream\nmetadata: {{name: {name}}}\nspec: {{shardCount: 1}}\n")
    };
    let consumer = |name: &str, of: &str| {
        format!("apiVersion: forebay.dev/v1alpha1\nkind: Consumer\nmetadata: {{name: {name}}}\nspec:\n  {of}\n")
    };
    let account = served.catalog().installation().default_account;
    let arn = |name: &str| format!("streamARN: arn:aws:kinesis:us-east-1:{account}:stream/{name}");
    let lost = [consumer("c", "streamRef: {name: other}"), stream("orders"), consumer("d", &arn("other"))];
    let refused = served.apply(&lost.join("---\n")).expect_err("two have no stream").to_string();
    let remedy = "apply it first, or together with its consumer";
    assert_eq!(
        refused,
        format!(
            "refused, and nothing was applied:\n\
             test.yaml:5:21: document 1, Consumer c: spec.streamRef.name: there is no Stream other; {remedy}\n\
             test.yaml:16:14: document 3, Consumer d: spec.streamARN: there is no stream \
             arn:aws:kinesis:us-east-1:{account}:stream/other; {remedy}"
        )
    );
    assert!(served.stream("orders").is_none(), "nothing of the set is carried out");
    let found = [consumer("c", "streamRef: {name: orders}"), stream("orders"), consumer("d", &arn("orders"))];
    let applied = served.apply(&found.join("---\n")).expect("both have their stream");
    assert_eq!(
        applied.iter().map(|one| one.what.as_str()).collect::<Vec<_>>(),
        ["created", "registered", "registered"]
    );
    served.apply(&consumer("e", &arn("orders"))).expect("the stream is there");
    assert_eq!(served.stream("orders").expect("there").consumers.len(), 3);
}

#[test]
fn a_stream_more_on_demand_than_may_be_is_refused_as_that() {
    let directory = tempfile::tempdir().expect("a directory");
    let served = start(directory.path());
    let on_demand = |name: &str| {
        format!("apiVersion: forebay.dev/v1alpha1\nkind: Stream\nmetadata: {{name: {name}}}\nspec: {{}}\n")
    };
    let most = ON_DEMAND_STREAMS_DEFAULT;
    let streams: Vec<_> = (0..=most).map(|number| on_demand(&format!("s{number}"))).collect();
    let refused = served.apply(&streams.join("---\n")).expect_err("one too many").to_string();
    assert!(refused.contains("document 51") && refused.contains("; make some PROVISIONED"), "{refused}");
    served.apply(&streams[1..].join("---\n")).expect("as many as may be");
    served.create("orders", 1).expect("not on demand");
    let refused = served.change("orders", StreamChange::Mode(StreamMode::OnDemand));
    let limit = |facts: AccountFacts| facts.on_demand_streams == most && facts.on_demand_stream_limit == most;
    assert!(matches!(refused, Err(ChangeRefusal::OnDemandStreamLimit(facts)) if limit(facts)), "{refused:?}");
}

#[test]
fn what_an_api_call_changed_stands_until_the_file_itself_changes() {
    let directory = tempfile::tempdir().expect("a directory");
    let served = start(directory.path());
    let manifest = |hours: u32| {
        format!(
            "apiVersion: forebay.dev/v1alpha1\nkind: Stream\nmetadata: {{name: a}}\n\
             spec: {{shardCount: 1, retentionPeriodHours: {hours}}}\n"
        )
    };
    served.apply(&manifest(24)).expect("created");
    served.change("a", StreamChange::RetentionHours(48)).expect("accepted");
    served.apply(&manifest(24)).expect("unchanged");
    assert_eq!(served.stream("a").expect("there").retention_hours, 48);
    served.apply(&manifest(72)).expect("changed");
    assert_eq!(served.stream("a").expect("there").retention_hours, 72);
    drop(served);
    assert_eq!(start(directory.path()).stream("a").expect("there").retention_hours, 72);
}

#[test]
fn two_files_of_one_name_are_refused_by_name() {
    let directory = tempfile::tempdir().expect("a directory");
    start(directory.path()).create("orders", 1).expect("created");
    rewrite(&directory, |entry| entry.incarnation = forebay_protocol::words::Incarnation([9; 16]));
    let refused = try_start(directory.path()).err().expect("two files").to_string();
    assert!(refused.contains("orders") && refused.contains("0909"), "{refused}");
}
