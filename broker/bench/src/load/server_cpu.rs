//! CPU time and resident memory of the measured server, from /proc.

use std::path::PathBuf;

use crate::clock::SECOND_NS;

/// What is measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Server {
    /// A process, all its threads, dead ones included.
    Process(u32),
    /// Threads of this process.
    Threads(Vec<i32>),
}

/// One look at a server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// User and system time, in nanoseconds.
    pub(crate) cpu_ns: u64,
    /// Resident memory in bytes; 0 for threads, which share theirs with the client.
    pub(crate) resident_bytes: u64,
}

/// /proc cannot be read as expected.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UsageError {
    /// The file is not there: no such process.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file says something else than expected.
    #[error("{0} is not of the expected form")]
    Form(PathBuf),
}

impl Server {
    /// Looks now.
    pub(crate) fn usage(&self) -> Result<Usage, UsageError> {
        match self {
            Self::Process(pid) => {
                let stat = format!("/proc/{pid}/stat");
                let (ticks, pages) = parsed(&stat, process_stat)?;
                let tick_ns = SECOND_NS / rustix::param::clock_ticks_per_second();
                let page_bytes = rustix::param::page_size() as u64;
                Ok(Usage { cpu_ns: ticks * tick_ns, resident_bytes: pages * page_bytes })
            }
            Self::Threads(ids) => {
                let on_cpu = |id: &i32| parsed(&format!("/proc/self/task/{id}/schedstat"), schedstat);
                let cpu_ns = ids.iter().map(on_cpu).sum::<Result<u64, _>>()?;
                Ok(Usage { cpu_ns, resident_bytes: 0 })
            }
        }
    }
}

fn parsed<T>(path: &str, parse: fn(&str) -> Option<T>) -> Result<T, UsageError> {
    let path = PathBuf::from(path);
    match std::fs::read_to_string(&path) {
        Ok(text) => parse(&text).ok_or(UsageError::Form(path)),
        Err(source) => Err(UsageError::Read { path, source }),
    }
}

/// CPU time in ticks and resident pages: fields 14, 15 and 24; the name, in parentheses, may itself hold anything.
fn process_stat(text: &str) -> Option<(u64, u64)> {
    let after_name = text.get(text.rfind(')')? + 1..)?;
    let fields: Vec<&str> = after_name.split_ascii_whitespace().collect();
    let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    Some((number(14)? + number(15)?, number(24)?))
}

/// Nanoseconds on a CPU: the first of three numbers.
fn schedstat(text: &str) -> Option<u64> {
    text.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_stat_are_counted_after_the_name() {
        let text = "42 (a) b) S 1 2 3 4 5 6 7 8 9 10 120 30 0 0 20 0 3 0 100 1000 777 9 9";
        assert_eq!(process_stat(text), Some((150, 777)));
        assert_eq!(process_stat("42 (x) S 1 2"), None);
        assert_eq!(process_stat(""), None);
    }

    #[test]
    fn this_process_uses_cpu_and_memory() {
        let mut wasted = 0_u64;
        for index in 0..20_000_000_u64 {
            wasted = std::hint::black_box(wasted ^ index);
        }
        let usage = Server::Process(std::process::id()).usage().expect("own process");
        assert!(usage.resident_bytes > 100_000, "{usage:?}");
        let thread = rustix::thread::gettid().as_raw_nonzero().get();
        assert!(Server::Threads(vec![thread]).usage().expect("own thread").cpu_ns > 1_000_000);
        assert!(Server::Process(u32::MAX).usage().is_err());
    }
}
