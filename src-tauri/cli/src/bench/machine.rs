//! What this process has used of the machine, and its clock as other processes see it.

use std::{fs, time::Duration};

/// Ticks of the kernel's accounting in a second (`USER_HZ`, the same on every Linux).
const TICKS: f64 = 100.0;

/// Nanoseconds of `CLOCK_MONOTONIC`, which every process of this machine shares.
#[cfg(unix)]
pub(crate) fn now_ns() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let part = |value: i64| u64::try_from(value).unwrap_or_default();
    part(now.tv_sec) * 1_000_000_000 + part(now.tv_nsec)
}

/// The same of the only clock that processes share there: one that may be set.
#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "a measurement owns its clock")]
pub(crate) fn now_ns() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Processor time of the calling thread; zero where the system does not tell.
#[cfg(not(unix))]
pub(crate) fn thread_time() -> Duration {
    Duration::ZERO
}

/// Processor time of the calling thread.
#[cfg(unix)]
pub(crate) fn thread_time() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(used.tv_sec).unwrap_or_default(), u32::try_from(used.tv_nsec).unwrap_or_default())
}

/// Processor seconds of this process so far, of all its threads; `None` where the system does not tell.
pub(crate) fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // the second field is the program's name in brackets and may hold blanks
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / TICKS)
}

/// The most memory that was resident at a time, and what is now, in MiB; `None` where the system does not tell.
pub(crate) fn resident_mib() -> Option<(f64, f64)> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = |name: &str| {
        let value = status.lines().find_map(|line| line.strip_prefix(name))?;
        value.split_whitespace().next()?.parse::<f64>().ok().map(|kib| kib / 1_024.0)
    };
    Some((line("VmHWM:")?, line("VmRSS:")?))
}
