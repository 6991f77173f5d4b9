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

use super::{Error, undertaker::Undertaker};
use crate::signals::{self, Signal};

/// The deadline for a process to end after its stop signal: workers drain for up to 25 s.
const STOP_PATIENCE: Duration = Duration::from_secs(30);

/// The polling interval for logs and processes.
const LOOK: Duration = Duration::from_millis(15);

/// The command to start.
#[derive(Debug, Clone)]
pub(super) struct Spec {
    pub(super) program: PathBuf,
    pub(super) args: Vec<OsString>,
    pub(super) env: Vec<(String, String)>,
    pub(super) folder: PathBuf,
    /// The signal for an orderly stop.
    pub(super) end: Signal,
}

/// A process, running or not.
#[derive(Debug)]
pub(super) struct Process {
    name: String,
    pub(super) spec: Spec,
    child: Option<Child>,
    log: PathBuf,
    /// The log offset of the latest start; `None` before the first.
    begun: Option<u64>,
    undertaker: Arc<Undertaker>,
}

impl Process {
    pub(super) fn new(name: String, spec: Spec, log: PathBuf, undertaker: Arc<Undertaker>) -> Self {
        Self {
            name,
            spec,
            child: None,
            log,
            begun: None,
            undertaker,
        }
    }

    /// Starts the process. The log is appended to.
    pub(super) fn start(&mut self) -> Result<(), Error> {
        let fault = |source| Error::Process {
            name: self.name.clone(),
            source,
        };
        let mut log = File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .map_err(fault)?;
        if self.begun.is_some() {
            writeln!(log, "---- started again").map_err(fault)?;
        }
        let begun = log.metadata().map_err(fault)?.len();
        let child = self.command(&log).map_err(fault)?.spawn().map_err(fault)?;
        self.undertaker.watch(child.id()).map_err(fault)?;
        self.begun = Some(begun);
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
        self.bury(&mut child);
    }

    /// Sends the stop signal, and kills the process after the deadline.
    pub(super) async fn stop(&mut self) -> Option<ExitStatus> {
        let mut child = self.child.take()?;
        signals::send(child.id(), self.spec.end);
        let begun = Instant::now();
        while matches!(child.try_wait(), Ok(None)) && begun.elapsed() < STOP_PATIENCE {
            tokio::time::sleep(LOOK).await;
        }
        let ended = child.try_wait().ok().flatten();
        signals::send_to_all(child.id(), Signal::Kill);
        self.bury(&mut child);
        ended
    }

    /// Sends `SIGSTOP` to it and all its descendants.
    pub(super) fn pause(&self) {
        if let Some(pid) = self.pid() {
            signals::send_to_all(pid, Signal::Stop);
        }
    }

    /// Resumes it.
    pub(super) fn resume(&self) {
        if let Some(pid) = self.pid() {
            signals::send_to_all(pid, Signal::Continue);
        }
    }

    fn bury(&self, child: &mut Child) {
        // Removed from the list before it is reaped: afterwards its process id may belong to
        // another process. If the list can't be written, there is no reader either.
        let _ = self.undertaker.forget(child.id());
        let _ = child.wait();
    }

    /// The log since the latest start.
    pub(super) fn said(&self) -> String {
        let begun = usize::try_from(self.begun.unwrap_or(0)).unwrap_or(0);
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
    pub(super) async fn says<T>(
        &mut self,
        found: impl Fn(&str) -> Option<T>,
        patience: Duration,
    ) -> Result<T, Error> {
        let begun = Instant::now();
        loop {
            if let Some(found) = found(&self.said()) {
                return Ok(found);
            }
            if let Some(status) = self.ended() {
                return Err(self.silent(format!("it ended with {status}")));
            }
            if begun.elapsed() > patience {
                return Err(self.silent(format!(
                    "it did not log the expected line within {patience:?}"
                )));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    pub(super) fn silent(&self, reason: String) -> Error {
        Error::NotUp {
            name: self.name.clone(),
            reason,
            log: tail(&self.said()),
        }
    }
}

impl Drop for Process {
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
