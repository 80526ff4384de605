//! Keeping a thread on one CPU, so that client and server do not share one and numbers repeat.

use rustix::io::Errno;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Keeps the calling thread, and the threads it will start, on a CPU.
pub(crate) fn pin_to(cpu: usize) -> Result<(), Errno> {
    if cpu >= CpuSet::MAX_CPU {
        return Err(Errno::INVAL);
    }
    let mut cpus = CpuSet::new();
    cpus.set(cpu);
    sched_setaffinity(None, &cpus)
}

/// The first and the last CPU that the calling thread may run on; the same one where there is only one.
pub(crate) fn first_and_last() -> Result<(usize, usize), Errno> {
    let cpus = sched_getaffinity(None)?;
    let mut allowed = (0..CpuSet::MAX_CPU).filter(|cpu| cpus.is_set(*cpu));
    let first = allowed.next().ok_or(Errno::INVAL)?;
    Ok((first, allowed.next_back().unwrap_or(first)))
}
