//! Children of this process as `/proc` shows them.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use sandbox::SandboxLimits;

#[derive(Debug, Clone)]
pub(crate) struct ChildUsage {
    pub(crate) folder: PathBuf,
    /// The peak resident memory, in MB.
    pub(crate) peak: u64,
    /// The used processor time.
    pub(crate) cpu: Duration,
}

pub(crate) fn running_children(limits: &SandboxLimits) -> Vec<ChildUsage> {
    let mark = limits.memory.to_string();
    let all = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let seen = all.filter_map(|entry| {
        let folder = entry.path();
        let command = fs::read(folder.join("cmdline")).ok()?;
        let mut arguments = command.split(|byte| *byte == 0);
        let is_ours =
            arguments.nth(1)? == b"--parse-untrusted" && arguments.next()? == mark.as_bytes();
        is_ours.then(|| read_child(folder)).flatten()
    });
    seen.collect()
}

fn read_child(folder: PathBuf) -> Option<ChildUsage> {
    let status = fs::read_to_string(folder.join("status")).ok()?;
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|kb| kb.trim().split(' ').next()?.parse::<u64>().ok());
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let ticks = ticks()? + ticks()?;
    Some(ChildUsage {
        folder,
        peak: peak.unwrap_or_default() / 1_024,
        // Linux always reports 100 ticks per second to programs.
        cpu: Duration::from_millis(ticks * 10),
    })
}

/// Waits until there are so many children.
pub(crate) async fn wait_for_children(limits: &SandboxLimits, count: usize) -> Vec<ChildUsage> {
    let began = Instant::now();
    loop {
        let seen = running_children(limits);
        if seen.len() == count {
            return seen;
        }
        let said = format!("{} children instead of {count}", seen.len());
        assert!(began.elapsed() < Duration::from_secs(10), "{said}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The maxima of all observations.
#[derive(Debug, Clone, Default)]
pub(crate) struct PeakUsage {
    pub(crate) children: usize,
    pub(crate) peak: u64,
    pub(crate) cpu: Duration,
}

/// Observes the children continuously, on its own thread.
pub(crate) struct ChildWatcher {
    stop: Arc<AtomicBool>,
    most: Arc<Mutex<PeakUsage>>,
    thread: JoinHandle<()>,
}

impl ChildWatcher {
    pub(crate) fn start(limits: SandboxLimits) -> Self {
        let (stop, most) = (Arc::<AtomicBool>::default(), Arc::<Mutex<PeakUsage>>::default());
        let (stopped, noted) = (stop.clone(), most.clone());
        let thread = thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                let seen = running_children(&limits);
                let mut most = noted.lock().unwrap();
                most.children = most.children.max(seen.len());
                for child in seen {
                    most.peak = most.peak.max(child.peak);
                    most.cpu = most.cpu.max(child.cpu);
                }
                drop(most);
                thread::sleep(Duration::from_millis(10));
            }
        });
        Self { stop, most, thread }
    }

    pub(crate) fn peak(self) -> PeakUsage {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        self.most.lock().unwrap().clone()
    }
}
