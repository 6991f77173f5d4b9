//! [`OutputFolder`]: a new folder for one carousel, checked before anything is started for it.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use storage::private_files;

/// About the size of a carousel with its PDF and ZIP, so that a full disk is noticed early.
const PROBE_BYTES: usize = 8 << 20;

/// Most folders with the same name.
const SAME_NAME_MAX: u32 = 9_999;

/// An empty, writable folder.
#[derive(Debug)]
pub(super) struct OutputFolder {
    path: PathBuf,
    /// Whether we created it.
    created: bool,
}

/// Why no folder can be used.
#[derive(Debug, thiserror::Error)]
#[error("can't write to {}: {reason}\nName another folder with --out, or free space there.", .path.display())]
pub struct OutputFolderError {
    path: PathBuf,
    reason: io::Error,
}

impl OutputFolder {
    /// `wanted` if it does not exist or is empty; otherwise a new folder in it, called `name`.
    ///
    /// # Errors
    /// [`OutputFolderError`] if it can't be created, or has no space for a carousel.
    pub(super) fn in_or_as(wanted: &Path, name: &str) -> Result<Self, OutputFolderError> {
        let fault = |reason| OutputFolderError { path: wanted.to_owned(), reason };
        match fs::read_dir(wanted) {
            Ok(mut entries) => match entries.next() {
                None => Self { path: wanted.to_owned(), created: false }.probed(),
                Some(_) => Self::new_in(wanted, name),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                private_files::create_private_folder(wanted).map_err(fault)?;
                Self { path: wanted.to_owned(), created: true }.probed()
            }
            Err(error) => Err(fault(error)),
        }
    }

    /// A new folder in `parent`: `name`, or `name-2` and so on if that exists.
    ///
    /// # Errors
    /// As [`Self::in_or_as`].
    pub(super) fn new_in(parent: &Path, name: &str) -> Result<Self, OutputFolderError> {
        let fault = |path: &Path, reason| OutputFolderError { path: path.to_owned(), reason };
        private_files::create_private_folder(parent).map_err(|e| fault(parent, e))?;
        for number in 1..=SAME_NAME_MAX {
            let path = match number {
                1 => parent.join(name),
                number => parent.join(format!("{name}-{number}")),
            };
            // Fails if it exists, also if another process creates it at the same time.
            match private_files::create_new_private_folder(&path) {
                Ok(()) => return Self { path, created: true }.probed(),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(fault(&path, error)),
            }
        }
        Err(fault(&parent.join(name), io::ErrorKind::AlreadyExists.into()))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the folder again if we created it and nothing was written to it.
    pub(super) fn discard_if_empty(&self) {
        if self.created {
            // Fails if it contains files, and then it stays.
            let _ = fs::remove_dir(&self.path);
        }
    }

    /// Writes and removes a file: only this detects permissions, quotas, read-only and full disks.
    fn probed(self) -> Result<Self, OutputFolderError> {
        let probe = self.path.join(format!(".write-probe-{}", std::process::id()));
        let written = private_files::options().write(true).create_new(true).open(&probe).and_then(
            |mut file| file.write_all(&vec![0; PROBE_BYTES]).and_then(|()| file.sync_all()),
        );
        let removed = fs::remove_file(&probe);
        match written.and(removed) {
            Ok(()) => Ok(self),
            Err(reason) => {
                self.discard_if_empty();
                Err(OutputFolderError { path: self.path, reason })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_carousel_gets_a_new_folder() {
        let home = tempfile::tempdir().unwrap();
        let name = |folder: OutputFolder| {
            folder.path().strip_prefix(home.path()).unwrap().display().to_string()
        };
        let out = home.path().join("out");
        assert_eq!(name(OutputFolder::new_in(&out, "topic").unwrap()), "out/topic");
        assert_eq!(name(OutputFolder::new_in(&out, "topic").unwrap()), "out/topic-2");
        let mine = home.path().join("mine");
        assert_eq!(name(OutputFolder::in_or_as(&mine, "topic").unwrap()), "mine");
        assert_eq!(name(OutputFolder::in_or_as(&mine, "topic").unwrap()), "mine");
        fs::write(mine.join("slide-09.jpg"), "of the user").unwrap();
        assert_eq!(name(OutputFolder::in_or_as(&mine, "topic").unwrap()), "mine/topic");
        assert_eq!(name(OutputFolder::in_or_as(&mine, "topic").unwrap()), "mine/topic-2");
        assert_eq!(fs::read_to_string(mine.join("slide-09.jpg")).unwrap(), "of the user");
    }

    #[test]
    fn unusable_folder_error_names_it_and_the_option() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();
        for wanted in [Path::new("/proc/carousel"), &file, &file.join("below")] {
            let error = OutputFolder::in_or_as(wanted, "topic").unwrap_err().to_string();
            let shown = wanted.display().to_string();
            assert!(error.contains(&shown) && error.contains("--out"), "{error}");
        }
    }

    #[test]
    fn discarding_keeps_folders_with_files() {
        let home = tempfile::tempdir().unwrap();
        let empty = OutputFolder::new_in(home.path(), "empty").unwrap();
        let used = OutputFolder::new_in(home.path(), "used").unwrap();
        fs::write(used.path().join("caption.txt"), "").unwrap();
        for folder in [&empty, &used] {
            folder.discard_if_empty();
        }
        assert!(!empty.path().exists() && used.path().exists());
    }
}
