//! A process and the parsers that it started, according to `/proc`: memory measured from outside.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

/// The sampling interval.
const LOOK: Duration = Duration::from_millis(10);

/// Resident memory of a process and its parsers in MB; 0 if it has ended.
pub(super) fn memory_mb(pid: u32) -> u64 {
    let all = [pid].into_iter().chain(parsers(pid));
    all.map(resident_kb).sum::<u64>() / 1_024
}

/// The parsers among its children. A child that has not called `exec` yet still shares its parent's
/// memory, which would count twice.
pub(super) fn parsers(pid: u32) -> Vec<u32> {
    let children = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = children.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_parser = |child: &u32| {
        let folder = Path::new("/proc").join(child.to_string());
        let status = fs::read_to_string(folder.join("status")).unwrap_or_default();
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
        let command = fs::read(folder.join("cmdline")).unwrap_or_default();
        let first = command.split(|byte| *byte == 0).nth(1);
        parent.is_some_and(|parent| parent.trim() == pid.to_string())
            && first == Some(b"--parse-untrusted")
    };
    numbers.filter(is_parser).collect()
}

fn resident_kb(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|kb| kb.trim().split(' ').next()?.parse().ok());
    kb.unwrap_or_default()
}

pub(super) struct MemoryWatch {
    stop: Arc<AtomicBool>,
    peak: Arc<AtomicU64>,
}

impl MemoryWatch {
    pub(super) fn over(pid: u32) -> Self {
        let (stop, peak) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let (stopped, seen) = (stop.clone(), peak.clone());
        thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                seen.fetch_max(memory_mb(pid), Ordering::Relaxed);
                thread::sleep(LOOK);
            }
        });
        Self { stop, peak }
    }

    /// The maximum so far, in MB.
    pub(super) fn peak_mb(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }
}

impl Drop for MemoryWatch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
