//! How the tests of one fault each open a log on a simulated disk.

use forebay_log::{Durability, Identity, Options, Owner, Ownership, ReadCache, SegmentSizes, SimulatedDisk};

/// Where the log is.
pub(crate) const DIRECTORY: &str = "/range";

/// Always the same salts; segments of these sizes, closed by them alone.
pub(crate) fn options(min_bytes: u64, max_bytes: u64) -> Options<SimulatedDisk> {
    let mut salt = 40;
    let salts = move || {
        salt += 1;
        salt
    };
    Options {
        ownership: Ownership { owner: Owner::Stream, range: Identity([2; 16]), incarnation: Identity([3; 16]) },
        durability: Durability::Disk,
        sizes: SegmentSizes { min_bytes, max_bytes, index_bytes: 4 << 20 },
        salts: Box::new(salts),
        cache: ReadCache::new(1 << 16, 2),
    }
}
