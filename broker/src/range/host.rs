//! The ranges of this process, by address: what the gateway reaches.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use forebay_gateway::ranges::{
    Append, ChunkOutcome, Held, Place, RangeAddress, RangeError, Ranges, Read, ReadAnswer, ReadError, Reshard,
    ReshardError, ShardMap,
};
use forebay_log::{Disk, RealDisk};
use forebay_protocol::words::{RangeUuid, ShardId, TimestampMs};

use super::command::Command;
use super::files::Environment;
use super::handle::RangeHandle;

/// See the module; clones are the same host.
#[derive(Debug, Clone)]
pub(crate) struct Host<D: Disk = RealDisk> {
    environment: Arc<Environment<D>>,
    ranges: Arc<RwLock<BTreeMap<RangeUuid, Hosted<D>>>>,
}

/// A range that is served, or is known and is not.
#[derive(Debug, Clone)]
enum Hosted<D: Disk> {
    Serving(RangeHandle<D>),
    Down(RangeAddress, String),
}

impl<D: Disk> Host<D> {
    /// No range yet.
    pub(crate) fn new(environment: Arc<Environment<D>>) -> Self {
        Self { environment, ranges: Arc::default() }
    }

    /// Serves a range from now on.
    pub(crate) fn serve(&self, handle: RangeHandle<D>) {
        self.write().insert(handle.address().range, Hosted::Serving(handle));
    }

    /// Knows a range that cannot be served, and why.
    pub(crate) fn set_down(&self, address: RangeAddress, why: String) {
        self.write().insert(address.range, Hosted::Down(address, why));
    }

    /// Knows a range no more; returns it if it was served.
    pub(crate) fn remove(&self, range: RangeUuid) -> Option<RangeHandle<D>> {
        match self.write().remove(&range) {
            Some(Hosted::Serving(handle)) => Some(handle),
            Some(Hosted::Down(..)) | None => None,
        }
    }

    /// A served range of this very life of its stream.
    pub(crate) fn range(&self, at: RangeAddress) -> Result<RangeHandle<D>, RangeError> {
        let ranges = self.ranges.read().unwrap_or_else(PoisonError::into_inner);
        match ranges.get(&at.range) {
            Some(Hosted::Serving(handle)) if handle.address() == at => Ok(handle.clone()),
            Some(Hosted::Down(address, why)) if *address == at => Err(RangeError::Unavailable(why.clone())),
            _ => Err(RangeError::NotFound),
        }
    }

    /// Every served range.
    pub(crate) fn serving(&self) -> Vec<RangeHandle<D>> {
        let ranges = self.ranges.read().unwrap_or_else(PoisonError::into_inner);
        let serving = ranges.values().filter_map(|hosted| match hosted {
            Hosted::Serving(handle) => Some(handle.clone()),
            Hosted::Down(..) => None,
        });
        serving.collect()
    }

    /// Ranges that are known and do not serve, each with the reason.
    pub(crate) fn down(&self) -> Vec<(RangeUuid, String)> {
        let ranges = self.ranges.read().unwrap_or_else(PoisonError::into_inner);
        let down = ranges.iter().filter_map(|(range, hosted)| match hosted {
            Hosted::Serving(handle) => handle.stopped().map(|why| (*range, why)),
            Hosted::Down(_, why) => Some((*range, why.clone())),
        });
        down.collect()
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<RangeUuid, Hosted<D>>> {
        self.ranges.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D: Disk> Ranges for Host<D> {
    fn expiry_time(&self) -> TimestampMs {
        self.environment.expiry_time()
    }

    async fn shard_map(&self, at: RangeAddress) -> Result<Arc<ShardMap>, RangeError> {
        self.range(at).map(|range| range.shard_map())
    }

    async fn append(&self, at: RangeAddress, append: Append) -> Result<Vec<ChunkOutcome>, RangeError> {
        self.range(at)?.append(append).await
    }

    async fn locate(&self, at: RangeAddress, shard: ShardId, place: Place) -> Result<u64, RangeError> {
        self.range(at)?.locate(shard, place).await
    }

    async fn read(&self, at: RangeAddress, read: Read) -> Result<ReadAnswer, ReadError> {
        self.range(at)?.read(read).await
    }

    async fn reshard(&self, at: RangeAddress, reshard: Reshard, held: Held) -> Result<(), ReshardError> {
        Ok(self.range(at)?.command_holding(Command::Reshard(reshard), Some(held)).await?)
    }
}
