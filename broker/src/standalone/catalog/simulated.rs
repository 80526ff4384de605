//! A catalog's workshop on a simulated machine and disk, for tests.

use std::path::PathBuf;
use std::sync::Arc;

use forebay_core::arrival_clock::Now;
use forebay_gateway::catalog::Installation;
use forebay_log::{Disk, Durability, ReadCache, SegmentSizes, SimulatedDisk, Volume};
use forebay_protocol::words::{AccountId, TimestampMs};

use super::{AppliedFile, Files, Reservations, Workshop};
use crate::cli;
use crate::expiry_clock::ExpiryClock;
use crate::machine::{Machine, SimulatedMachine};
use crate::metrics::Metrics;
use crate::range::{Environment, Host};
use crate::volume::VolumeWatch;

/// When a simulated machine begins: 2023-11-14 22:13:20 UTC.
pub(super) const START: Now = Now { wall_ms: TimestampMs(1_700_000_000_000), monotonic_ms: 5_000 };

/// Whose streams they are.
pub(super) fn account() -> AccountId {
    "111122223333".parse().expect("12 digits")
}

/// A disk with the directories that a process finds, before anything goes wrong with it.
pub(super) fn disk(seed: u64, size_bytes: u64) -> SimulatedDisk {
    let disk = SimulatedDisk::new(seed, size_bytes);
    for directory in [catalog_directory(), ranges_directory()] {
        disk.create_dir(&directory).expect("the disk works");
    }
    for directory in ["/", "/data"] {
        disk.sync_dir(directory.as_ref()).expect("the disk works");
    }
    disk
}

/// What a process that starts works with; its segments are small, so that they fill.
pub(super) fn workshop(
    disk: &SimulatedDisk,
    machine: &Arc<SimulatedMachine>,
    shard_limit: u32,
) -> Workshop<SimulatedDisk> {
    // A disk that is dead already is met by whatever comes next.
    let volume = disk.volume(&ranges_directory()).unwrap_or(Volume { free_bytes: u64::MAX, size_bytes: u64::MAX });
    let environment = Arc::new(Environment {
        disk: disk.clone(),
        directory: ranges_directory(),
        durability: Durability::Disk,
        sizes: SegmentSizes { min_bytes: 8 << 10, max_bytes: 32 << 10, index_bytes: 2 << 10 },
        cache: ReadCache::new(20_000, 4),
        metrics: Arc::new(Metrics::new()),
        volume: VolumeWatch::start(volume),
        expiry: ExpiryClock::start(machine.now()),
        machine: Arc::clone(machine) as Arc<dyn Machine>,
    });
    Workshop {
        installation: Installation {
            partition: "aws".parse().expect("a partition"),
            region: "us-east-1".parse().expect("a region"),
            default_account: account(),
        },
        files: Files::new(disk.clone(), catalog_directory()),
        applied: AppliedFile::new(disk.clone(), PathBuf::from("/data/applied.yaml")),
        host: Host::new(Arc::clone(&environment)),
        environment,
        limits: cli::Limits::Off,
        shard_limit,
        reservations: Reservations::default(),
    }
}

fn catalog_directory() -> PathBuf {
    PathBuf::from("/data/catalog")
}

pub(super) fn ranges_directory() -> PathBuf {
    PathBuf::from("/data/ranges")
}
