//! Folders that must be writable: made where missing, tried out, and explained where they are not.

use std::path::Path;

use crate::{Error, private};

/// Makes the folder and those above it.
pub(crate) fn made(folder: &Path, setting: &'static str) -> Result<(), Error> {
    private::make_folder(folder).map_err(|source| unwritable(folder, source, setting))
}

/// Tries to create a file in the folder: permissions, quotas and read-only mounts all show there
/// and nowhere else.
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

/// The error for a file or folder that can't be written.
pub(crate) fn unwritable(path: &Path, source: std::io::Error, setting: &'static str) -> Error {
    Error::Unwritable {
        path: path.to_owned(),
        source,
        setting,
    }
}
