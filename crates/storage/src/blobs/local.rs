//! Blobs in a folder: opens it, and deletes temporary files of killed writers.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use chrono::TimeDelta;
use events::Timestamp;
use object_store::{ObjectStore, local::LocalFileSystem};

use super::SETTING;
use crate::{Result, private_files, writable_folder};

/// Opens the store in a folder, and creates the folder if it is missing.
pub(super) fn open(path: &str) -> Result<(Arc<dyn ObjectStore>, PathBuf)> {
    let root = Path::new(path);
    writable_folder::create_folder(root, SETTING)?;
    writable_folder::check_writable(root, SETTING)?;
    private_files::make_folder_private(root, SETTING)?;
    let store = LocalFileSystem::new_with_prefix(root)?;
    Ok((Arc::new(store), root.to_owned()))
}

/// Makes a blob, and the folders between it and the root, unreadable for other users. A missing
/// file was deleted by the collector; the root is always closed to others.
pub(super) async fn make_blob_private(root: PathBuf, place: String) {
    let closing = tokio::task::spawn_blocking(move || {
        let mut path = root;
        for part in Path::new(&place) {
            path.push(part);
            if let Err(error) = private_files::make_private(&path) {
                tracing::debug!(%error, "a blob is still readable for other users");
            }
        }
    });
    let _ = closing.await;
}

/// Deletes half-written files (`…#1`, as the store names them) that are older than `grace`. Returns
/// how many; a file that can't be deleted is tried again next time.
pub(super) async fn sweep_staging(root: PathBuf, now: Timestamp, grace: TimeDelta) -> u64 {
    let Some(before) = to_system_time(now - grace) else {
        return 0;
    };
    let sweep = tokio::task::spawn_blocking(move || sweep(&root, before, 2));
    sweep.await.unwrap_or_default()
}

/// Blobs are one folder deep, cache entries two.
fn sweep(folder: &Path, before: SystemTime, deeper: u32) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let mut swept = 0;
    for entry in entries.filter_map(Result::ok) {
        let Ok(about) = entry.metadata() else {
            continue;
        };
        if about.is_dir() && deeper > 0 {
            swept += sweep(&entry.path(), before, deeper - 1);
        } else if about.is_file() && is_staging(&entry.path()) {
            let old = about.modified().is_ok_and(|modified| modified <= before);
            swept += u64::from(old && fs::remove_file(entry.path()).is_ok());
        }
    }
    swept
}

fn is_staging(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let number = name.and_then(|name| name.rsplit_once('#'));
    number.is_some_and(|(of, number)| {
        !of.is_empty() && !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit())
    })
}

fn to_system_time(at: Timestamp) -> Option<SystemTime> {
    let since = u64::try_from(at.timestamp_millis()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(since))
}
