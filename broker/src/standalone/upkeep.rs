//! What happens by the clock: the volume is looked at, ranges look after their logs, and what was held up is tried again.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use forebay_gateway::front_door::{FrontDoor, Interior};
use forebay_log::Disk;
use tokio::time::{MissedTickBehavior, interval};

use super::catalog::FileCatalog;
use crate::metrics::Metrics;
use crate::range::{Environment, Host, RangeHandle};

/// A volume fills at the speed of its disk; at 1 GB/s, a second of it is less than what is kept free.
const VOLUME_PERIOD: Duration = Duration::from_secs(1);
/// Retention is hours; a minute late is nothing, and a thousand ranges a minute cost nothing either.
const MAINTENANCE_PERIOD: Duration = Duration::from_mins(1);

/// Looks at the volume once a second.
pub(super) async fn watch_volume<I: Interior>(
    environment: Arc<Environment>,
    host: Host,
    door: Arc<FrontDoor<I>>,
    metrics: Arc<Metrics>,
) {
    let mut ticks = interval(VOLUME_PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        look_at_volume(&environment, &host);
        metrics.ranges_down.set(i64::try_from(host.down().len()).unwrap_or(i64::MAX));
        metrics.disk_free_bytes.set(i64::try_from(environment.volume.free_bytes()).unwrap_or(i64::MAX));
        metrics.memory_held_bytes.set(i64::try_from(door.admitted_bytes()).unwrap_or(i64::MAX));
        metrics.requests_waiting.set(i64::try_from(door.waiting_requests()).unwrap_or(i64::MAX));
    }
}

/// Measures the volume, beside what every range will take of it.
pub(super) fn look_at_volume<D: Disk>(environment: &Environment<D>, host: &Host<D>) {
    let mut ranges = host.serving();
    ranges.retain(|range| range.stopped().is_none());
    let needs: Vec<_> = ranges.iter().map(RangeHandle::space_need).collect();
    // A range that met a full volume says so until it looks again; an idle one does not by itself.
    ranges.iter().zip(&needs).filter(|(_, need)| need.refused).for_each(|(range, _)| range.maintain());
    match environment.disk.volume(&environment.directory) {
        Ok(volume) => environment.volume.look(volume, &needs),
        Err(error) => tracing::warn!(%error, "cannot measure the volume"),
    }
}

/// Has every range look after its log, and the catalog after what was held up, once a minute, a few ranges at a time.
pub(super) async fn maintain(host: Host, catalog: FileCatalog, metrics: Arc<Metrics>, data_dir: PathBuf) {
    let mut ticks = interval(MAINTENANCE_PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        catalog.retry();
        let ranges = data_dir.join("ranges");
        if let Ok(used) = tokio::task::spawn_blocking(move || used_bytes(&ranges)).await {
            metrics.disk_used_bytes.set(i64::try_from(used).unwrap_or(i64::MAX));
        }
        let ranges = host.serving();
        let pause = MAINTENANCE_PERIOD / 2 / u32::try_from(ranges.len().max(1)).unwrap_or(u32::MAX);
        for range in ranges {
            range.maintain();
            tokio::time::sleep(pause).await;
        }
    }
}

/// The bytes of all files of all ranges; what cannot be read counts as nothing, it may be on its way out.
fn used_bytes(ranges: &Path) -> u64 {
    let files = |range: fs::DirEntry| fs::read_dir(range.path()).into_iter().flatten().flatten();
    let ranges = fs::read_dir(ranges).into_iter().flatten().flatten();
    ranges.flat_map(files).filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
}
