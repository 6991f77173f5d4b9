//! Writable folders: creates them, checks that they are writable, and explains a failure.

use std::path::Path;

use crate::{Error, private};

/// Creates the folder and its parents.
pub(crate) fn made(folder: &Path, setting: &'static str) -> Result<(), Error> {
    private::make_folder(folder).map_err(|source| unwritable(folder, source, setting))
}

/// Creates and removes a file in the folder: only this detects permissions, quotas and read-only
/// mounts.
pub(crate) fn tried(folder: &Path, setting: &'static str) -> Result<(), Error> {
    let probe = folder.join(format!(".write-probe-{}", std::process::id()));
    private::options()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&probe)
        .and_then(|_| std::fs::remove_file(probe))
        .map_err(|source| unwritable(folder, source, setting))
}

pub(crate) fn unwritable(path: &Path, source: std::io::Error, setting: &'static str) -> Error {
    Error::Unwritable {
        path: path.to_owned(),
        source,
        setting,
    }
}
