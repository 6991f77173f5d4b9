//! Removes orphans: when the process that runs a cluster ends, even by `kill -9`, everything that
//! it started is killed and its folder is removed.
//!
//! A shell waits on a pipe whose other end this process holds. When this process ends, the kernel
//! closes the pipe; the shell then kills every process group on its list and removes the folder. It
//! runs in a process group of its own and ignores terminal signals, so it outlives this process.

use std::{
    collections::BTreeSet,
    io,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
};

/// Waits for the end of its input; `$1` is the folder.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
read -r _
for pid in $(cat "$1/pids" 2>/dev/null); do
    kill -9 -- "-$pid" 2>/dev/null
    kill -9 "$pid" 2>/dev/null
done
[ -n "$TESTKIT_KEEP" ] || rm -rf -- "$1"
"#;

/// Kills the watched processes and removes the folder when this process ends.
#[derive(Debug)]
pub(super) struct Reaper {
    folder: PathBuf,
    shell: Child,
    watched: Mutex<BTreeSet<u32>>,
}

impl Reaper {
    /// Starts watching `folder`, which it removes at the end.
    pub(super) fn start(folder: &Path) -> io::Result<Self> {
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "reaper"])
            .arg(folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self { folder: folder.to_owned(), shell, watched: Mutex::new(BTreeSet::new()) })
    }

    /// Adds a process, which has to lead a group of its own.
    pub(super) fn watch(&self, pid: u32) -> io::Result<()> {
        self.update(|watched| watched.insert(pid))
    }

    /// Removes a process, before its process id can be reused.
    pub(super) fn unwatch(&self, pid: u32) -> io::Result<()> {
        self.update(|watched| watched.remove(&pid))
    }

    fn update(&self, with: impl FnOnce(&mut BTreeSet<u32>) -> bool) -> io::Result<()> {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        with(&mut watched);
        let list: Vec<String> = watched.iter().map(u32::to_string).collect();
        // Written atomically, because this process may be killed at any moment.
        let half = self.folder.join("pids.new");
        std::fs::write(&half, list.join("\n"))?;
        std::fs::rename(&half, self.folder.join("pids"))
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
