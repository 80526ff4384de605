//! glibc's allocator, set for a server of large short-lived buffers. By default each thread gets an arena that keeps what
//! was freed, and every buffer of some hundred KiB is mapped and unmapped anew: with 64 clients pushing 10 MiB bodies the
//! process then held 400 MiB of a budget of 256, and receiving cost three times the CPU. Few arenas and higher thresholds
//! keep it within the budget.
//!
//! The settings are read before `main`, so the process gives them to itself and begins again, once.

use std::os::unix::process::CommandExt;
use std::process::Command;

const TUNABLES: &str = "GLIBC_TUNABLES";
/// Two arenas: one for the workers, one for the threads that wait for disks. Buffers up to 4 MiB come from them, and up
/// to 32 MiB that are free at their ends stay.
const SETTINGS: &str =
    "glibc.malloc.arena_max=2:glibc.malloc.mmap_threshold=4194304:glibc.malloc.trim_threshold=33554432";

/// Begins the process again under these settings, unless somebody has set others. Where that does not work the process
/// goes on as it is.
pub(crate) fn settle() {
    let chosen = [TUNABLES, "MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"];
    if !cfg!(target_env = "gnu") || chosen.iter().any(|name| std::env::var_os(name).is_some()) {
        return;
    }
    if let Ok(program) = std::env::current_exe() {
        // Only returns where the program cannot be started again, as after an upgrade replaced it.
        let _ = Command::new(program).args(std::env::args_os().skip(1)).env(TUNABLES, SETTINGS).exec();
    }
}
