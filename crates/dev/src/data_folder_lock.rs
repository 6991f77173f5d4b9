//! One `cargo dev` per data folder: a lock that the system releases when its process ends, and a
//! file that names the process and its server.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use storage::private_files;
use url::Url;

/// The lock on a data folder. The system releases it when the process ends, so it is never stale.
#[derive(Debug)]
pub struct DataFolderLock {
    _file: File,
    note: PathBuf,
}

/// The process that holds the lock.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LockHolder {
    pub pid: u32,
    pub task: LockTask,
    /// Its Temporal server, once it runs.
    pub server: Option<ServerAddress>,
}

/// A Temporal server that a holder runs or uses.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServerAddress {
    pub frontend: Url,
    /// The Web UI.
    pub ui: Url,
    pub namespace: String,
}

/// The command that holds the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LockTask {
    /// `cargo dev`: others may use its workers.
    Up,
    /// `cargo dev make`: one carousel, then it exits.
    Make,
}

/// Why a data folder can't be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds it.
    #[error("{folder} is in use", folder = .folder.display())]
    Held {
        folder: PathBuf,
        /// `None` if the file can't be read.
        holder: Option<Box<LockHolder>>,
    },
    /// Other users may read its files.
    #[error(transparent)]
    Exposed(#[from] storage::StorageError),
    #[error("can't write to {path}: {source}\nMake it writable, or set DATA_DIR to another folder.", path = path.display())]
    Folder { path: PathBuf, source: std::io::Error },
}

impl DataFolderLock {
    /// Locks `folder` for `task`.
    ///
    /// # Errors
    /// [`LockError::Held`] if another process holds it, [`LockError::Folder`] if it can't be written.
    pub fn take(folder: &Path, task: LockTask) -> Result<Self, LockError> {
        let fault = |path: &Path| {
            let path = path.to_owned();
            move |source| LockError::Folder { path, source }
        };
        private_files::create_private_folder(folder).map_err(fault(folder))?;
        private_files::make_folder_private(folder, "DATA_DIR")?;
        let path = folder.join("dev.lock");
        let file = private_files::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(fault(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = read(folder).map(Box::new);
                return Err(LockError::Held { folder: folder.to_owned(), holder });
            }
            Err(TryLockError::Error(source)) => return Err(LockError::Folder { path, source }),
        }
        let lock = Self { _file: file, note: folder.join("dev.json") };
        lock.write(&LockHolder { pid: std::process::id(), task, server: None })?;
        Ok(lock)
    }

    /// Writes the server's address for other processes.
    ///
    /// # Errors
    /// [`LockError::Folder`] if it can't be written.
    pub fn publish_server(&self, task: LockTask, server: ServerAddress) -> Result<(), LockError> {
        self.write(&LockHolder { pid: std::process::id(), task, server: Some(server) })
    }

    /// Writes atomically: a reader never sees a partial file.
    fn write(&self, holder: &LockHolder) -> Result<(), LockError> {
        let json = serde_json::to_vec(holder).expect("a holder is plain data");
        private_files::write(&self.note, &json)
            .map_err(|source| LockError::Folder { path: self.note.clone(), source })
    }
}

impl Drop for DataFolderLock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.note);
    }
}

/// The holder of `folder` according to its file.
pub fn read(folder: &Path) -> Option<LockHolder> {
    serde_json::from_slice(&std::fs::read(folder.join("dev.json")).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_lock_names_the_holder() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataFolderLock::take(folder.path(), LockTask::Up).unwrap();
        let Err(LockError::Held { holder: Some(holder), .. }) =
            DataFolderLock::take(folder.path(), LockTask::Make)
        else {
            panic!("the second lock succeeded");
        };
        assert_eq!((holder.pid, holder.task), (std::process::id(), LockTask::Up));
        drop(first);
        DataFolderLock::take(folder.path(), LockTask::Make).unwrap();
    }

    #[test]
    fn stale_lock_file_does_not_block() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("dev.lock"), "").unwrap();
        std::fs::write(folder.path().join("dev.json"), r#"{"pid":1,"task":"up","server":null}"#)
            .unwrap();
        DataFolderLock::take(folder.path(), LockTask::Up).unwrap();
    }

    #[test]
    fn data_folder_of_older_version_becomes_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("data");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("vibecoder.db"), "").unwrap();
        let set = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        set(&folder, 0o755);
        set(&folder.join("vibecoder.db"), 0o644);
        let _lock = DataFolderLock::take(&folder, LockTask::Up).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        for name in ["vibecoder.db", "dev.lock", "dev.json"] {
            assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
        }
    }

    #[test]
    fn unwritable_folder_error_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = DataFolderLock::take(&file.join("data"), LockTask::Up).unwrap_err().to_string();
        assert!(error.contains("set DATA_DIR"), "{error}");
    }
}
