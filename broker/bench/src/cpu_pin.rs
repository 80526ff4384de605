//! Keeping a thread on one CPU, so that client and server do not share one and numbers repeat.

use rustix::io::Errno;
use rustix::thread::{CpuSet, sched_setaffinity};

/// Keeps the calling thread, and the threads it will start, on a CPU.
pub(crate) fn pin_to(cpu: usize) -> Result<(), Errno> {
    if cpu >= CpuSet::MAX_CPU {
        return Err(Errno::INVAL);
    }
    let mut cpus = CpuSet::new();
    cpus.set(cpu);
    sched_setaffinity(None, &cpus)
}
