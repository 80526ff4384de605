//! What the gateway asks of the catalog: which streams, consumers and credentials an account has, and to change what is
//! intended for them. Look-ups answer from memory; changes become manifests and are carried out before they answer,
//! but for a change of the shard count, which goes on while the stream is UPDATING.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

pub use forebay_protocol::api::{ConsumerStatus, MetricsName, StreamMode, StreamStatus};
use forebay_protocol::words::{
    AccountId, ConsumerArn, ConsumerName, Incarnation, Partition, Region, StreamArn, StreamId, StreamName, TimestampMs,
};

use crate::ranges::{Held, RangeAddress, ShardMap};

/// The streams, consumers and credentials of the accounts. An implementation is checked by the feature `conformance`.
pub trait Catalog: Send + Sync + 'static {
    /// Where this installation says it is; fixed for its life.
    fn installation(&self) -> &Installation;

    /// A stream by name.
    fn stream(&self, account: AccountId, name: &StreamName) -> Option<Arc<Stream>>;

    /// A stream by id.
    fn stream_by_id(&self, account: AccountId, id: StreamId) -> Option<Arc<Stream>>;

    /// All streams of an account, by name ascending, from (exclusive) a name on, at most `limit`.
    fn streams(&self, account: AccountId, after: Option<&StreamName>, limit: usize) -> Vec<Arc<Stream>>;

    /// What an account uses and may use.
    fn account(&self, account: AccountId) -> impl Future<Output = AccountFacts> + Send;

    /// Takes so many more open shards of what an account may have; they count as used until what this answers is
    /// dropped. Of requests at the same time together no more than the limit are given. What the account uses, if that
    /// would exceed it.
    fn reserve_shards(
        &self,
        account: AccountId,
        additional: u32,
    ) -> impl Future<Output = Result<Held, AccountFacts>> + Send;

    /// The secret of an access key, and the account it belongs to.
    fn credential(&self, access_key_id: &str) -> Option<Arc<Credential>>;

    /// Whether requests must be signed with a known key.
    fn requires_signatures(&self) -> bool;

    /// Creates a stream; it is ACTIVE, or CREATING and will be, once this answers.
    fn create(
        &self,
        account: AccountId,
        create: CreateStream,
    ) -> impl Future<Output = Result<(), CreateRefusal>> + Send;

    /// Deletes a stream with all of its records.
    fn delete(&self, account: AccountId, stream: Incarnation)
    -> impl Future<Output = Result<(), ChangeRefusal>> + Send;

    /// Changes what is intended for a stream.
    fn change(
        &self,
        account: AccountId,
        stream: Incarnation,
        change: StreamChange,
    ) -> impl Future<Output = Result<(), ChangeRefusal>> + Send;
}

/// Settings recorded at first start: they are in every ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// `aws`, `aws-cn`, ….
    pub partition: Partition,
    /// As in `us-east-1`.
    pub region: Region,
    /// The account of requests whose access key does not name one.
    pub default_account: AccountId,
}

/// A key that may sign requests.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// Whose streams it opens.
    pub account: AccountId,
    /// Never printed.
    pub secret_access_key: String,
    /// If given, requests must carry the same X-Amz-Security-Token.
    pub session_token: Option<String>,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").field("account", &self.account).finish_non_exhaustive()
    }
}

/// A stream as the catalog knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Its name, unique within the account, with its place.
    pub arn: StreamArn,
    /// Its life.
    pub incarnation: Incarnation,
    /// Derived from the incarnation.
    pub id: StreamId,
    /// Where its records are.
    pub root: RangeAddress,
    /// When it was created.
    pub created: TimestampMs,
    /// What it is doing.
    pub status: StreamStatus,
    /// How its capacity is chosen.
    pub mode: StreamMode,
    /// 24 to 8760.
    pub retention_hours: u32,
    /// 1024 to 10240.
    pub max_record_size_kib: u32,
    /// The shard-level metrics that are on, in AWS's order.
    pub shard_level_metrics: Vec<MetricsName>,
    /// By key.
    pub tags: BTreeMap<String, String>,
    /// By name.
    pub consumers: Vec<Consumer>,
}

/// A registered consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    /// Its name, unique within the stream, with the stream and the second of its registration.
    pub arn: ConsumerArn,
    /// What it is doing.
    pub status: ConsumerStatus,
    /// When it was registered.
    pub created: TimestampMs,
    /// By key.
    pub tags: BTreeMap<String, String>,
}

/// CreateStream, validated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateStream {
    /// Unique within the account.
    pub name: StreamName,
    /// At least one.
    pub shard_count: u32,
    /// How its capacity is chosen.
    pub mode: StreamMode,
    /// 1024 to 10240.
    pub max_record_size_kib: u32,
    /// At most 50.
    pub tags: BTreeMap<String, String>,
}

/// A change of what is intended for a stream, validated as far as the stream's snapshot tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamChange {
    /// Increase- or DecreaseStreamRetentionPeriod.
    RetentionHours(u32),
    /// UpdateStreamMode.
    Mode(StreamMode),
    /// UpdateMaxRecordSize.
    MaxRecordSizeKib(u32),
    /// Enable- or DisableEnhancedMonitoring: all that are to be on.
    ShardLevelMetrics(Vec<MetricsName>),
    /// UpdateShardCount.
    ShardCount(u32),
    /// AddTagsToStream or TagResource on the stream.
    AddTags(BTreeMap<String, String>),
    /// RemoveTagsFromStream or UntagResource on the stream.
    RemoveTags(Vec<String>),
    /// RegisterStreamConsumer.
    RegisterConsumer {
        /// Unique within the stream.
        name: ConsumerName,
        /// At most 50.
        tags: BTreeMap<String, String>,
    },
    /// DeregisterStreamConsumer.
    DeregisterConsumer(ConsumerName),
    /// TagResource on a consumer.
    AddConsumerTags(ConsumerName, BTreeMap<String, String>),
    /// UntagResource on a consumer.
    RemoveConsumerTags(ConsumerName, Vec<String>),
}

/// What an account uses and may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountFacts {
    /// Open shards of its provisioned streams, and those that are promised to requests under way.
    pub open_shards: u32,
    /// At most so many of them.
    pub shard_limit: u32,
    /// Its on-demand streams.
    pub on_demand_streams: u32,
    /// At most so many of them.
    pub on_demand_stream_limit: u32,
}

/// Why a stream was not created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateRefusal {
    /// The account has a stream of this name.
    Exists,
    /// The account's shards would exceed its limit.
    ShardLimit(AccountFacts),
    /// The account's on-demand streams would exceed their limit.
    OnDemandStreamLimit(AccountFacts),
    /// It could not be made durable; the text is for the operator's log.
    Unavailable(String),
}

/// Why a stream was not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeRefusal {
    /// No such stream, or it was made again meanwhile.
    NotFound,
    /// The stream is in a state that allows no such change.
    NotActive(StreamStatus),
    /// The account's shards would exceed its limit.
    ShardLimit(AccountFacts),
    /// The account's on-demand streams would exceed their limit.
    OnDemandStreamLimit(AccountFacts),
    /// UpdateShardCount was called this often in 24 hours already (AWS: 10).
    ShardCountUpdates(u32),
    /// The mode was changed this often in 24 hours already (AWS: 2).
    ModeChanges(u32),
    /// The stream would have more tags than it may (AWS: 50).
    TagLimit(u32),
    /// The stream has a consumer of this name.
    ConsumerExists(ConsumerName),
    /// The stream has no consumer of this name.
    NoSuchConsumer(ConsumerName),
    /// The stream has as many consumers as it may (AWS: 20).
    ConsumerLimit(u32),
    /// It could not be made durable; the text is for the operator's log.
    Unavailable(String),
}

/// The open shards of a map, for counting against limits.
///
/// # Panics
/// Never: shard ids are 32 bits wide.
pub fn open_shard_count(map: &ShardMap) -> u32 {
    u32::try_from(map.open.len()).expect("shard ids are 32 bits wide")
}
