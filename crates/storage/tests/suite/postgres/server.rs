//! A PostgreSQL server in a folder, started from the installed programs, as another user if the
//! tests run as root (PostgreSQL refuses root). It listens on a socket in that folder and uses no
//! port.
//!
//! Depends only on the standard library, so that the benchmark can use it too.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::{MetadataExt as _, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A running server. Dropping it stops it and removes its folder.
pub(crate) struct PostgresServer {
    folder: PathBuf,
    programs: StorageTestPostgresPrograms,
    child: Child,
}

impl PostgresServer {
    /// Starts a server in `folder`, which is deleted first if it exists. `settings` are added to
    /// those that keep it small and isolated.
    ///
    /// # Errors
    /// The reason, for people.
    pub(crate) fn start(folder: &Path, settings: &[&str]) -> Result<Self, String> {
        let programs = StorageTestPostgresPrograms::find()?;
        let said = |what: &str, error: &io::Error| format!("{what}: {error}");
        let data = folder.join("data");
        if data.join("postmaster.pid").exists() {
            programs.stop(&data);
        }
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(|e| said("the folder of before", &e))?;
        }
        fs::create_dir_all(folder).map_err(|e| said("a folder for PostgreSQL", &e))?;
        programs.chown(folder)?;
        let made = programs
            .command("initdb")
            .arg("-D")
            .arg(&data)
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8"])
            .args(["--no-locale", "--no-sync"])
            .stdin(Stdio::null())
            .output()
            .map_err(|e| said("initdb", &e))?;
        if !made.status.success() {
            let why = String::from_utf8_lossy(&made.stderr);
            return Err(format!("initdb: {}", why.trim()));
        }
        let log = File::create(folder.join("log")).map_err(|e| said("its log", &e))?;
        let child = programs
            .command("postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder)
            .args(SMALL_SETTINGS.iter().chain(settings).flat_map(|setting| ["-c", setting]))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|e| said("postgres", &e))?;
        let mut server = Self { folder: folder.to_owned(), programs, child };
        server.wait(&data)?;
        Ok(server)
    }

    pub(crate) fn url(&self) -> String {
        let socket = self.folder.display();
        format!("postgres://postgres@localhost/postgres?host={socket}")
    }

    /// Waits until the server's own file says that it is ready, as `pg_ctl` does.
    fn wait(&mut self, data: &Path) -> Result<(), String> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(60) {
            let status = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            if status.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
                return Ok(());
            }
            if let Ok(Some(ended)) = self.child.try_wait() {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                return Err(format!("postgres ended ({ended}): {}", log.trim()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err("postgres was not ready within a minute".to_owned())
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.programs.stop(&self.folder.join("data"));
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

const SMALL_SETTINGS: &[&str] =
    &["listen_addresses=", "max_connections=200", "shared_buffers=64MB", "log_min_messages=error"];

/// PostgreSQL's programs and the user who runs them.
struct StorageTestPostgresPrograms {
    folder: PathBuf,
    user: Option<UnprivilegedUser>,
}

/// A non-root user, and the program that switches to it.
struct UnprivilegedUser {
    name: String,
    uid: u32,
    gid: u32,
    through: &'static str,
}

impl StorageTestPostgresPrograms {
    fn find() -> Result<Self, String> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        // Debian installs them outside PATH, by version.
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
        let mut installed: Vec<PathBuf> =
            versions.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect();
        installed.sort();
        folders.extend(installed.into_iter().rev());
        let has_both =
            |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
        let folder = folders.into_iter().find(has_both);
        let folder = folder.ok_or("PostgreSQL is not installed (no initdb and postgres)")?;
        let user = if is_root() { Some(UnprivilegedUser::find()?) } else { None };
        Ok(Self { folder, user })
    }

    /// A command that runs one of the programs.
    fn command(&self, program: &str) -> Command {
        let program = self.folder.join(program);
        let Some(user) = &self.user else {
            return Command::new(program);
        };
        let mut command = Command::new(user.through);
        match user.through {
            "setpriv" => command
                .arg(format!("--reuid={}", user.uid))
                .arg(format!("--regid={}", user.gid))
                .arg("--clear-groups"),
            _ => command.args(["-u", &user.name, "--"]),
        };
        command.arg(program);
        // The user may not be able to read the current folder.
        command.current_dir("/");
        command
    }

    /// Makes a folder writable for the user who runs the programs.
    fn chown(&self, folder: &Path) -> Result<(), String> {
        match &self.user {
            Some(user) => chown(folder, Some(user.uid), Some(user.gid))
                .map_err(|error| format!("giving {} away: {error}", folder.display())),
            None => Ok(()),
        }
    }

    fn stop(&self, data: &Path) {
        let mut stop = self.command("pg_ctl");
        stop.arg("-D").arg(data).args(["-m", "immediate", "-w", "stop"]);
        let _ = stop.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

impl UnprivilegedUser {
    fn find() -> Result<Self, String> {
        let known = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let read = |line: &str| {
            let mut fields = line.split(':');
            let name = fields.next()?.to_owned();
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            Some((name, uid, gid))
        };
        let users: Vec<(String, u32, u32)> = known.lines().filter_map(read).collect();
        let user = ["postgres", "nobody"]
            .iter()
            .find_map(|wanted| users.iter().find(|(name, ..)| name == wanted));
        let (name, uid, gid) = user.ok_or("PostgreSQL refuses root, and there is no other user")?;
        let runs = |program: &&&str| {
            let mut asked = Command::new(program);
            asked.arg("--version").stdin(Stdio::null());
            let asked = asked.stdout(Stdio::null()).stderr(Stdio::null()).status();
            asked.is_ok_and(|status| status.success())
        };
        let through = ["setpriv", "runuser"].iter().find(runs);
        Ok(Self {
            name: name.clone(),
            uid: *uid,
            gid: *gid,
            through: through
                .ok_or("PostgreSQL refuses root; neither setpriv nor runuser is there")?,
        })
    }
}

/// On Linux, root owns its own `/proc` folder.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0)
}
