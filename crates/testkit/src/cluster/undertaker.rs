//! No orphans: whatever becomes of the process that runs a cluster, even `kill -9`, what it
//! started is killed and its folder removed.
//!
//! A shell waits on a pipe whose other end we hold. When we end, however we end, the system closes
//! the pipe; the shell wakes, kills every process group on its list and sweeps up. It is in a
//! group of its own and deaf to the signals of a terminal, so it outlives us by exactly that.

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

/// Sees to it that nothing stays behind.
#[derive(Debug)]
pub(super) struct Undertaker {
    folder: PathBuf,
    shell: Child,
    watched: Mutex<BTreeSet<u32>>,
}

impl Undertaker {
    /// Watches over `folder`, which it removes in the end.
    pub(super) fn start(folder: &Path) -> io::Result<Self> {
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "undertaker"])
            .arg(folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self {
            folder: folder.to_owned(),
            shell,
            watched: Mutex::new(BTreeSet::new()),
        })
    }

    /// Watches over a process, which leads a group of its own.
    pub(super) fn watch(&self, pid: u32) -> io::Result<()> {
        self.update(|watched| watched.insert(pid))
    }

    /// Forgets a process, before its number can become another's.
    pub(super) fn forget(&self, pid: u32) -> io::Result<()> {
        self.update(|watched| watched.remove(&pid))
    }

    fn update(&self, with: impl FnOnce(&mut BTreeSet<u32>) -> bool) -> io::Result<()> {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        with(&mut watched);
        let list: Vec<String> = watched.iter().map(u32::to_string).collect();
        // Whole or not at all: we may die at any moment.
        let half = self.folder.join("pids.new");
        std::fs::write(&half, list.join("\n"))?;
        std::fs::rename(&half, self.folder.join("pids"))
    }
}

impl Drop for Undertaker {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
