//! One process of a cluster: in a process group of its own, its output in a log, killed together
//! with all its descendants.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Write as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{ClusterError, reaper::Reaper};
use crate::signals::{self, Signal};

/// The deadline for a process to end after its stop signal: workers drain for up to 25 s.
const STOP_PATIENCE: Duration = Duration::from_secs(30);

/// The polling interval for logs and processes.
const PROCESS_POLL: Duration = Duration::from_millis(15);

/// The command to start.
#[derive(Debug, Clone)]
pub(super) struct ProcessSpec {
    pub(super) program: PathBuf,
    pub(super) args: Vec<OsString>,
    pub(super) env: Vec<(String, String)>,
    pub(super) folder: PathBuf,
    /// The signal for an orderly stop.
    pub(super) end: Signal,
}

/// A process, running or not.
#[derive(Debug)]
pub(super) struct ClusterProcess {
    name: String,
    pub(super) spec: ProcessSpec,
    child: Option<Child>,
    log: PathBuf,
    /// The log offset of the latest start; `None` before the first.
    log_start: Option<u64>,
    reaper: Arc<Reaper>,
}

impl ClusterProcess {
    pub(super) fn new(name: String, spec: ProcessSpec, log: PathBuf, reaper: Arc<Reaper>) -> Self {
        Self { name, spec, child: None, log, log_start: None, reaper }
    }

    pub(super) fn start(&mut self) -> Result<(), ClusterError> {
        let fault = |source| ClusterError::Process { name: self.name.clone(), source };
        let mut log = File::options().create(true).append(true).open(&self.log).map_err(fault)?;
        if self.log_start.is_some() {
            writeln!(log, "---- started again").map_err(fault)?;
        }
        let begun = log.metadata().map_err(fault)?.len();
        let child = self.command(&log).map_err(fault)?.spawn().map_err(fault)?;
        self.reaper.watch(child.id()).map_err(fault)?;
        self.log_start = Some(begun);
        self.child = Some(child);
        Ok(())
    }

    fn command(&self, log: &File) -> io::Result<Command> {
        let mut command = Command::new(&self.spec.program);
        command
            .args(&self.spec.args)
            // No settings, credentials or `.env` of the caller.
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.spec.env.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.spec.folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log.try_clone()?)
            .process_group(0);
        Ok(command)
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// The exit status, if it has ended.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.as_mut()?.try_wait().ok().flatten()
    }

    /// Sends `SIGKILL` to it and all its descendants.
    pub(super) fn kill(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        signals::send_to_all(child.id(), Signal::Kill);
        self.reap(&mut child);
    }

    /// Sends the stop signal, and kills the process after the deadline.
    pub(super) async fn stop(&mut self) -> Option<ExitStatus> {
        let mut child = self.child.take()?;
        signals::send(child.id(), self.spec.end);
        let begun = Instant::now();
        while matches!(child.try_wait(), Ok(None)) && begun.elapsed() < STOP_PATIENCE {
            tokio::time::sleep(PROCESS_POLL).await;
        }
        let ended = child.try_wait().ok().flatten();
        signals::send_to_all(child.id(), Signal::Kill);
        self.reap(&mut child);
        ended
    }

    /// Sends `SIGSTOP` to it and all its descendants.
    pub(super) fn pause(&self) {
        if let Some(pid) = self.pid() {
            signals::send_to_all(pid, Signal::Stop);
        }
    }

    pub(super) fn resume(&self) {
        if let Some(pid) = self.pid() {
            signals::send_to_all(pid, Signal::Continue);
        }
    }

    fn reap(&self, child: &mut Child) {
        // Removed from the list before it is reaped: afterwards its process id may belong to
        // another process. If the list can't be written, there is no reader either.
        let _ = self.reaper.unwatch(child.id());
        let _ = child.wait();
    }

    pub(super) fn log_since_start(&self) -> String {
        let begun = usize::try_from(self.log_start.unwrap_or(0)).unwrap_or(0);
        let all = std::fs::read(&self.log).unwrap_or_default();
        let present = all.get(begun.min(all.len())..).unwrap_or_default();
        String::from_utf8_lossy(present).into_owned()
    }

    /// The log since the first start.
    pub(super) fn log(&self) -> String {
        let all = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&all).into_owned()
    }

    /// Waits until `found` finds something in the log.
    pub(super) async fn wait_for_log<T>(
        &mut self,
        found: impl Fn(&str) -> Option<T>,
        patience: Duration,
    ) -> Result<T, ClusterError> {
        let begun = Instant::now();
        loop {
            if let Some(found) = found(&self.log_since_start()) {
                return Ok(found);
            }
            if let Some(status) = self.ended() {
                return Err(self.not_ready(format!("it ended with {status}")));
            }
            if begun.elapsed() > patience {
                return Err(
                    self.not_ready(format!("it did not log the expected line within {patience:?}"))
                );
            }
            tokio::time::sleep(PROCESS_POLL).await;
        }
    }

    pub(super) fn not_ready(&self, reason: String) -> ClusterError {
        ClusterError::NotReady {
            name: self.name.clone(),
            reason,
            log: tail(&self.log_since_start()),
        }
    }
}

impl Drop for ClusterProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The last lines of a log, for an error message.
pub(super) fn tail(log: &str) -> String {
    const LINES: usize = 15;
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

/// Creates a folder below `parent`.
pub(super) fn folder(parent: &Path, name: &str) -> io::Result<PathBuf> {
    let folder = parent.join(name);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
