//! Files and folders for one user only: modes 0600 and 0700, independent of the umask.

use std::{
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use crate::{Result, StorageError};

/// The mode bits of other users.
const OTHERS: u32 = 0o077;

/// The sticky bit, as on `/tmp`: a folder that all users share on purpose.
const STICKY: u32 = 0o1000;

pub fn create_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Creates one folder.
///
/// # Errors
/// [`ErrorKind::AlreadyExists`] if something has this name.
pub fn create_new_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Options that create a file with mode 0600. An existing file keeps its mode.
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Writes a file atomically. A symbolic link at this path is replaced, not followed.
pub fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let half = path.with_file_name(name);
    match fs::remove_file(&half) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = options().write(true).create_new(true).open(&half)?;
    file.write_all(contents)?;
    drop(file);
    fs::rename(&half, path)
}

/// Removes the permissions of other users from a file or folder.
///
/// # Errors
/// The system's error; a missing file or folder is not an error.
pub fn make_private(path: &Path) -> io::Result<()> {
    let mode = match fs::symlink_metadata(path) {
        Ok(about) if about.is_symlink() => return Ok(()),
        Ok(about) => about.permissions().mode() & 0o7777,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if mode & OTHERS == 0 || mode & STICKY != 0 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(mode & !OTHERS))
}

/// Removes other users' permissions from a folder of ours and from the files directly in it:
/// databases, logs and notes that an older version left readable. A missing folder is not an error.
///
/// # Errors
/// [`StorageError::ReadableByOthers`] for a file or folder of ours that stays open to other users.
pub fn make_folder_private(folder: &Path, setting: &'static str) -> Result<()> {
    match make_private(folder) {
        // The folder belongs to the platform, such as a volume. Everything that we create in it is
        // private.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            tracing::warn!(folder = %folder.display(), "other users may read this folder, which belongs to another user");
        }
        closed => closed.map_err(|source| readable_by_others(folder, source, setting))?,
    }
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries.filter_map(Result::ok) {
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            make_file_private(&entry.path(), setting)?;
        }
    }
    Ok(())
}

/// # Errors
/// [`StorageError::ReadableByOthers`] if it stays open to others.
pub(crate) fn make_file_private(path: &Path, setting: &'static str) -> Result<()> {
    make_private(path).map_err(|source| readable_by_others(path, source, setting))
}

fn readable_by_others(path: &Path, source: io::Error, setting: &'static str) -> StorageError {
    StorageError::ReadableByOthers { path: path.to_owned(), source, setting }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn created_files_are_private() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("a/b");
        create_private_folder(&folder).unwrap();
        write(&folder.join("note"), b"secret").unwrap();
        assert_eq!(mode(&home.path().join("a")), 0o700);
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join("note")), 0o600);
    }

    #[test]
    fn old_open_permissions_are_removed() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("data");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        for name in ["vibecoder.db", "vibecoder.db-wal", "temporal.log"] {
            fs::write(folder.join(name), "").unwrap();
            fs::set_permissions(folder.join(name), Permissions::from_mode(0o644)).unwrap();
        }
        make_folder_private(&folder, "DATA_DIR").unwrap();
        assert_eq!(mode(&folder), 0o700);
        for name in ["vibecoder.db", "vibecoder.db-wal", "temporal.log"] {
            assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
        }
        make_folder_private(&home.path().join("nothing"), "DATA_DIR").unwrap();
    }

    #[test]
    fn shared_folder_keeps_its_mode() {
        let home = tempfile::tempdir().unwrap();
        let shared = home.path().join("tmp");
        fs::create_dir(&shared).unwrap();
        fs::set_permissions(&shared, Permissions::from_mode(0o1777)).unwrap();
        make_private(&shared).unwrap();
        assert_eq!(mode(&shared), 0o1777);
    }

    #[test]
    fn symlink_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let victim = home.path().join("victim");
        fs::write(&victim, "mine").unwrap();
        for name in ["note", "note.new"] {
            std::os::unix::fs::symlink(&victim, home.path().join(name)).unwrap();
        }
        write(&home.path().join("note"), b"theirs").unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
        assert_eq!(fs::read_to_string(home.path().join("note")).unwrap(), "theirs");
    }
}
