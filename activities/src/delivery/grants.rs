//! Folders outside `OUTPUT_DIR`, for `cargo dev make`.
//!
//! Everybody on the machine can reach a dev server and start a workflow there, so a request must not be able to
//! name a folder of its own. `make` writes a grant, a file in the data folder that no other user can write or
//! read, and its request carries the grant's token. A grant is for one folder and one carousel: its token, which
//! the Web UI shows, is of no use in another request. `make` takes it back when its carousel is over.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use domain::CarouselId;
use serde::{Deserialize, Serialize};
use storage::private;
use uuid::Uuid;

/// How long a grant counts whose `make` died. Its carousel is delivered within the half hour after the next start.
const COUNTS_FOR: Duration = Duration::from_secs(24 * 3600);

/// The grants of one data folder.
#[derive(Debug, Clone)]
pub struct Grants(PathBuf);

/// A grant that counts until this is dropped.
#[derive(Debug)]
pub struct Grant {
    token: String,
    file: PathBuf,
}

/// What the file says.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    carousel: String,
    folder: PathBuf,
}

impl Grants {
    /// Those of a data folder.
    pub fn of(data: &Path) -> Self {
        Self(data.join("grants"))
    }

    /// Lets `carousel` be written to `folder`, which is absolute.
    ///
    /// # Errors
    /// When the grant can't be written.
    pub fn give(&self, carousel: &CarouselId, folder: &Path) -> io::Result<Grant> {
        private::make_folder(&self.0)?;
        private::close(&self.0)?;
        self.sweep();
        // 124 random bits or more.
        let token = format!("{}{}", Uuid::now_v7().simple(), Uuid::now_v7().simple());
        let note = Note {
            carousel: carousel.as_str().to_owned(),
            folder: folder.to_owned(),
        };
        let file = self.0.join(&token);
        private::write(&file, &serde_json::to_vec(&note)?)?;
        Ok(Grant { token, file })
    }

    /// The folder that `token` grants `carousel`, if it does.
    pub(super) fn find(&self, token: &str, carousel: &CarouselId) -> Option<PathBuf> {
        if token.len() != 64 || !token.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let file = self.0.join(token);
        if is_old(&file) {
            return None;
        }
        let note: Note = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
        (note.carousel == carousel.as_str() && note.folder.is_absolute()).then_some(note.folder)
    }

    /// Removes what processes that were killed left behind.
    fn sweep(&self) {
        let entries = fs::read_dir(&self.0).into_iter().flatten();
        for entry in entries.filter_map(Result::ok) {
            if is_old(&entry.path()) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Grant {
    /// What the request carries.
    pub fn token(&self) -> &str {
        &self.token
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

fn is_old(file: &Path) -> bool {
    let written = fs::metadata(file).and_then(|about| about.modified());
    written.is_ok_and(|at| {
        SystemTime::now()
            .duration_since(at)
            .is_ok_and(|age| age > COUNTS_FOR)
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn id(name: &str) -> CarouselId {
        CarouselId::parse(name).unwrap()
    }

    #[test]
    fn a_grant_is_for_one_carousel_and_one_folder() {
        let data = tempfile::tempdir().unwrap();
        let grants = Grants::of(data.path());
        let (mine, theirs) = (id("carousel-cli-1"), id("carousel-cli-2"));
        let grant = grants.give(&mine, Path::new("/srv/there")).unwrap();
        let found = |token: &str, carousel: &CarouselId| grants.find(token, carousel);
        assert_eq!(
            found(grant.token(), &mine).unwrap(),
            Path::new("/srv/there")
        );
        assert_eq!(found(grant.token(), &theirs), None);
        for bad in ["", "../grants", &grant.token()[1..], &"0".repeat(64)] {
            assert_eq!(found(bad, &mine), None, "{bad}");
        }
        let token = grant.token().to_owned();
        drop(grant);
        assert_eq!(found(&token, &mine), None, "it was taken back");
    }

    #[test]
    fn no_other_user_can_write_a_grant() {
        let data = tempfile::tempdir().unwrap();
        let grants = Grants::of(data.path());
        let grant = grants
            .give(&id("carousel-cli-1"), Path::new("/srv"))
            .unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data.path().join("grants")), 0o700);
        assert_eq!(mode(&grant.file), 0o600);
    }

    #[test]
    fn a_grant_left_behind_counts_for_a_day() {
        let data = tempfile::tempdir().unwrap();
        let grants = Grants::of(data.path());
        let mine = id("carousel-cli-1");
        let grant = grants.give(&mine, Path::new("/srv")).unwrap();
        let file = fs::File::options().write(true).open(&grant.file).unwrap();
        file.set_modified(SystemTime::now() - COUNTS_FOR - Duration::from_secs(60))
            .unwrap();
        assert_eq!(grants.find(grant.token(), &mine), None);
        let _next = grants.give(&mine, Path::new("/srv")).unwrap();
        assert!(!grant.file.exists());
    }
}
