//! The installed programs of PostgreSQL. PostgreSQL refuses to run as root, so root runs them as an
//! ordinary user.
//!
//! Depends only on the standard library: the tests of `storage` and its benchmark include this file,
//! which saves them from compiling `testkit`.

use std::{
    fs,
    io::{self, ErrorKind},
    os::unix::fs::{MetadataExt as _, chown},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The folder of the programs, and the user that runs them.
#[derive(Debug, Clone)]
pub(crate) struct PostgresPrograms {
    folder: PathBuf,
    user: Option<SystemUser>,
}

#[derive(Debug, Clone)]
struct SystemUser {
    uid: u32,
    gid: u32,
}

impl PostgresPrograms {
    /// # Errors
    /// What is missing.
    pub(crate) fn find() -> Result<Self, String> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        // Debian installs them by version, outside `PATH`.
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
        let mut installed: Vec<PathBuf> =
            versions.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect();
        installed.sort();
        folders.extend(installed.into_iter().rev());
        let has_both =
            |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
        let folder = folders.into_iter().find(has_both);
        let folder = folder.ok_or("initdb and postgres are not installed")?;
        // The owner of `/proc/self` is the user of this process.
        let is_root = fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0);
        let user = if is_root { Some(SystemUser::find()?) } else { None };
        Ok(Self { folder, user })
    }

    pub(crate) fn command(&self, program: &str) -> Command {
        let program = self.folder.join(program);
        let mut command = match &self.user {
            None => Command::new(program),
            Some(user) => {
                // `setpriv` replaces itself with the program, so signals reach the program.
                let mut command = Command::new("setpriv");
                command
                    .arg(format!("--reuid={}", user.uid))
                    .arg(format!("--regid={}", user.gid))
                    .arg("--clear-groups")
                    .arg(program);
                command
            }
        };
        // The user may not be able to read the current folder.
        command.current_dir("/").stdin(Stdio::null());
        command
    }

    /// Gives `folder` to the user that runs the programs. Returns whether that is another user.
    pub(crate) fn give(&self, folder: &Path) -> io::Result<bool> {
        let Some(user) = &self.user else {
            return Ok(false);
        };
        chown(folder, Some(user.uid), Some(user.gid))?;
        Ok(true)
    }

    /// Creates the files of a server.
    ///
    /// # Errors
    /// What `initdb` said.
    pub(crate) fn init(&self, data: &Path) -> Result<(), String> {
        let mut initdb = self.command("initdb");
        initdb.arg("-D").arg(data);
        initdb.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
        let made = initdb.output().map_err(|error| format!("initdb: {error}"))?;
        if made.status.success() {
            return Ok(());
        }
        Err(format!("initdb: {}", String::from_utf8_lossy(&made.stderr).trim()))
    }
}

impl SystemUser {
    fn find() -> Result<Self, String> {
        let setpriv = Command::new("setpriv").arg("--version").stdout(Stdio::null()).status();
        if setpriv.is_err_and(|e| e.kind() == ErrorKind::NotFound) {
            return Err("PostgreSQL refuses root, and setpriv (util-linux) is not there".to_owned());
        }
        let known = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let read = |line: &str| {
            let mut fields = line.split(':');
            let name = fields.next()?.to_owned();
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            Some((name, Self { uid, gid }))
        };
        let users: Vec<(String, Self)> = known.lines().filter_map(read).collect();
        let known = |wanted: &&str| users.iter().find(|(name, _)| name == wanted);
        let found = ["postgres", "nobody"].iter().find_map(known);
        let found = found.ok_or("PostgreSQL refuses root, and there is no other user")?;
        Ok(found.1.clone())
    }
}
