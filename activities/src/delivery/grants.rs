//! Grants: permission for `cargo dev make` to write outside `OUTPUT_DIR`.
//!
//! Every user of the machine can reach a dev server and start a workflow there, so a request must
//! not name a folder itself. `make` writes a grant, a file in the data folder that only its user
//! can read and write, and puts the grant's token into the request. A grant is valid for one folder
//! and one carousel: the token, which the Web UI shows, is useless in another request. `make`
//! removes the grant when its carousel has ended.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use domain::CarouselId;
use serde::{Deserialize, Serialize};
use storage::private_files;
use uuid::Uuid;

/// How long a grant stays valid after its `make` died. The carousel is delivered within half an
/// hour after the next start.
const VALID_FOR: Duration = Duration::from_secs(24 * 3600);

/// The grants of one data folder.
#[derive(Debug, Clone)]
pub struct Grants(PathBuf);

/// Valid until it is dropped.
#[derive(Debug)]
pub struct Grant {
    token: String,
    file: PathBuf,
}

#[derive(Debug, Serialize, Deserialize)]
struct GrantFile {
    carousel: String,
    folder: PathBuf,
}

impl Grants {
    pub fn of(data: &Path) -> Self {
        Self(data.join("grants"))
    }

    /// Allows writing `carousel` to `folder`, an absolute path.
    ///
    /// # Errors
    ///
    /// If the grant's file can't be written.
    pub fn issue(&self, carousel: &CarouselId, folder: &Path) -> io::Result<Grant> {
        private_files::create_private_folder(&self.0)?;
        private_files::make_private(&self.0)?;
        self.remove_expired();
        // At least 124 random bits.
        let token = format!("{}{}", Uuid::now_v7().simple(), Uuid::now_v7().simple());
        let note = GrantFile { carousel: carousel.as_str().to_owned(), folder: folder.to_owned() };
        let file = self.0.join(&token);
        private_files::write(&file, &serde_json::to_vec(&note)?)?;
        Ok(Grant { token, file })
    }

    /// The folder that `token` grants for `carousel`.
    pub(super) fn find(&self, token: &str, carousel: &CarouselId) -> Option<PathBuf> {
        if token.len() != 64 || !token.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let file = self.0.join(token);
        if is_old(&file) {
            return None;
        }
        let note: GrantFile = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
        (note.carousel == carousel.as_str() && note.folder.is_absolute()).then_some(note.folder)
    }

    /// Removes expired grants of killed processes.
    fn remove_expired(&self) {
        let entries = fs::read_dir(&self.0).into_iter().flatten();
        for entry in entries.filter_map(Result::ok) {
            if is_old(&entry.path()) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Grant {
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
    written.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age > VALID_FOR))
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
        let grant = grants.issue(&mine, Path::new("/srv/there")).unwrap();
        let found = |token: &str, carousel: &CarouselId| grants.find(token, carousel);
        assert_eq!(found(grant.token(), &mine).unwrap(), Path::new("/srv/there"));
        assert_eq!(found(grant.token(), &theirs), None);
        for bad in ["", "../grants", &grant.token()[1..], &"0".repeat(64)] {
            assert_eq!(found(bad, &mine), None, "{bad}");
        }
        let token = grant.token().to_owned();
        drop(grant);
        assert_eq!(found(&token, &mine), None, "the grant was removed");
    }

    #[test]
    fn no_other_user_can_write_a_grant() {
        let data = tempfile::tempdir().unwrap();
        let grants = Grants::of(data.path());
        let grant = grants.issue(&id("carousel-cli-1"), Path::new("/srv")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data.path().join("grants")), 0o700);
        assert_eq!(mode(&grant.file), 0o600);
    }

    #[test]
    fn abandoned_grant_expires_after_a_day() {
        let data = tempfile::tempdir().unwrap();
        let grants = Grants::of(data.path());
        let mine = id("carousel-cli-1");
        let grant = grants.issue(&mine, Path::new("/srv")).unwrap();
        let file = fs::File::options().write(true).open(&grant.file).unwrap();
        file.set_modified(SystemTime::now() - VALID_FOR - Duration::from_secs(60)).unwrap();
        assert_eq!(grants.find(grant.token(), &mine), None);
        let _next = grants.issue(&mine, Path::new("/srv")).unwrap();
        assert!(!grant.file.exists());
    }
}
