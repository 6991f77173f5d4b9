//! Writable folders: creates them, checks that they are writable, and explains a failure.

use std::path::Path;

use crate::{Result, StorageError, private_files};

pub(crate) fn create_folder(folder: &Path, setting: &'static str) -> Result<()> {
    private_files::create_private_folder(folder)
        .map_err(|source| unwritable(folder, source, setting))
}

/// Creates and removes a file in the folder: only this detects permissions, quotas and read-only
/// mounts.
pub(crate) fn check_writable(folder: &Path, setting: &'static str) -> Result<()> {
    let probe = folder.join(format!(".write-probe-{}", std::process::id()));
    private_files::options()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&probe)
        .and_then(|_| std::fs::remove_file(probe))
        .map_err(|source| unwritable(folder, source, setting))
}

pub(crate) fn unwritable(
    path: &Path,
    source: std::io::Error,
    setting: &'static str,
) -> StorageError {
    StorageError::Unwritable { path: path.to_owned(), source, setting }
}
