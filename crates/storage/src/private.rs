//! Files and folders for one user alone: modes 0600 and 0700, whatever the process's umask says.

use std::{
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use crate::Error;

/// What other users of the machine may do, in a mode's bits.
const OTHERS: u32 = 0o077;

/// `/tmp` and the like: folders that all users share on purpose.
const STICKY: u32 = 0o1000;

/// Makes a folder and those above it that are missing.
///
/// # Errors
/// What the system says.
pub fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Options that create a file with mode 0600. An existing file keeps its mode.
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Writes a file, whole or not at all. A link that lies in its place is replaced, not followed.
///
/// # Errors
/// What the system says.
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

/// Takes from other users what they may do with a file or folder.
///
/// # Errors
/// What the system says; a file or folder that is not there is none.
pub fn close(path: &Path) -> io::Result<()> {
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

/// Closes a folder of ours and the files that lie directly in it: databases, logs and notes that an older
/// version made readable for all. A folder that is not there is none.
///
/// # Errors
/// [`Error::Exposed`] for a file or folder of ours that stays open to others.
pub fn close_folder(folder: &Path, setting: &'static str) -> Result<(), Error> {
    match close(folder) {
        // Not ours to close: a volume that belongs to the platform. Everything we make in it is closed.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            tracing::warn!(folder = %folder.display(), "other users may look into this folder, which is not ours");
        }
        closed => closed.map_err(|source| exposed(folder, source, setting))?,
    }
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries.filter_map(Result::ok) {
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            close_file(&entry.path(), setting)?;
        }
    }
    Ok(())
}

/// Closes a file.
///
/// # Errors
/// [`Error::Exposed`] if it stays open to others.
pub(crate) fn close_file(path: &Path, setting: &'static str) -> Result<(), Error> {
    close(path).map_err(|source| exposed(path, source, setting))
}

fn exposed(path: &Path, source: io::Error, setting: &'static str) -> Error {
    Error::Exposed {
        path: path.to_owned(),
        source,
        setting,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn what_is_made_is_for_one_user() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("a/b");
        make_folder(&folder).unwrap();
        write(&folder.join("note"), b"secret").unwrap();
        assert_eq!(mode(&home.path().join("a")), 0o700);
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join("note")), 0o600);
    }

    #[test]
    fn what_an_older_version_left_open_is_closed() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("data");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        for name in ["vibecoder.db", "vibecoder.db-wal", "temporal.log"] {
            fs::write(folder.join(name), "").unwrap();
            fs::set_permissions(folder.join(name), Permissions::from_mode(0o644)).unwrap();
        }
        close_folder(&folder, "DATA_DIR").unwrap();
        assert_eq!(mode(&folder), 0o700);
        for name in ["vibecoder.db", "vibecoder.db-wal", "temporal.log"] {
            assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
        }
        close_folder(&home.path().join("nothing"), "DATA_DIR").unwrap();
    }

    #[test]
    fn a_folder_that_all_users_share_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let shared = home.path().join("tmp");
        fs::create_dir(&shared).unwrap();
        fs::set_permissions(&shared, Permissions::from_mode(0o1777)).unwrap();
        close(&shared).unwrap();
        assert_eq!(mode(&shared), 0o1777);
    }

    #[test]
    fn a_link_in_the_place_of_a_file_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let victim = home.path().join("victim");
        fs::write(&victim, "mine").unwrap();
        for name in ["note", "note.new"] {
            std::os::unix::fs::symlink(&victim, home.path().join(name)).unwrap();
        }
        write(&home.path().join("note"), b"theirs").unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
        assert_eq!(
            fs::read_to_string(home.path().join("note")).unwrap(),
            "theirs"
        );
    }
}
