//! A PostgreSQL server from the installed programs. PostgreSQL refuses to run as root, so root runs
//! it as an ordinary user.

use std::{
    fs,
    io::{self, ErrorKind},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::{ClusterError, process::ProcessSpec};
use crate::signals::Signal;

/// The deadline for a server to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Settings of a server for test data. What it acknowledges has to survive `kill -9`, which needs
/// no `fsync`: only a power failure would.
const SETTINGS: [&str; 5] = [
    "listen_addresses=127.0.0.1",
    "max_connections=200",
    "fsync=off",
    "full_page_writes=off",
    "log_min_messages=warning",
];

/// A server's files and programs.
#[derive(Debug, Clone)]
pub(super) struct Postgres {
    programs: PostgresBinaries,
    folder: PathBuf,
    port: u16,
}

/// The folder of PostgreSQL's programs, and the user that runs them.
#[derive(Debug, Clone)]
struct PostgresBinaries {
    folder: PathBuf,
    user: Option<SystemUser>,
}

/// An ordinary user.
#[derive(Debug, Clone)]
struct SystemUser {
    uid: u32,
    gid: u32,
}

/// Whether PostgreSQL can run here.
///
/// # Errors
/// What is missing.
pub fn is_installed() -> Result<(), String> {
    PostgresBinaries::find().map(drop)
}

impl Postgres {
    /// Creates the files of a server in `folder`.
    pub(super) fn init(folder: PathBuf, port: u16) -> Result<Self, ClusterError> {
        let missing = |reason| ClusterError::Missing { what: "PostgreSQL", reason };
        let programs = PostgresBinaries::find().map_err(missing)?;
        let fault = |source| ClusterError::Folder { path: folder.clone(), source };
        programs.make_accessible(&folder).map_err(fault)?;
        let made = programs
            .command("initdb")
            .arg("-D")
            .arg(folder.join("data"))
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"])
            .current_dir("/")
            .stdin(Stdio::null())
            .output()
            .map_err(fault)?;
        if !made.status.success() {
            let said = String::from_utf8_lossy(&made.stderr);
            return Err(missing(format!("initdb: {}", said.trim())));
        }
        Ok(Self { programs, folder, port })
    }

    /// The command that runs the server.
    pub(super) fn spec(&self) -> ProcessSpec {
        let command = self.programs.command("postgres");
        let mut args: Vec<_> = command.get_args().map(Into::into).collect();
        args.extend(["-D".into(), self.folder.join("data").into()]);
        args.extend(["-k".into(), self.folder.clone().into()]);
        args.extend(["-p".into(), self.port.to_string().into()]);
        args.extend(SETTINGS.iter().flat_map(|setting| ["-c".into(), setting.into()]));
        ProcessSpec {
            program: command.get_program().into(),
            args,
            folder: PathBuf::from("/"),
            env: Vec::new(),
            // On SIGTERM it would wait until the last client has disconnected.
            end: Signal::Interrupt,
        }
    }

    /// `host:port`.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The `DATABASE_URL` for a server that is reached through `address`.
    pub(super) fn url(address: &str) -> String {
        format!("postgres://postgres@{address}/postgres")
    }

    /// Checks that the server accepts statements.
    pub(super) async fn is_up(&self) -> Result<(), String> {
        let url = Self::url(&self.address());
        let begun = Instant::now();
        loop {
            let mut options = sea_orm::ConnectOptions::new(&url);
            options.max_connections(1).sqlx_logging(false);
            options.connect_timeout(Duration::from_secs(1));
            let reason = match sea_orm::Database::connect(options).await {
                Ok(connection) => match connection.ping().await {
                    Ok(()) => return Ok(()),
                    Err(error) => error.to_string(),
                },
                Err(error) => error.to_string(),
            };
            if begun.elapsed() > PATIENCE {
                return Err(reason);
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
}

impl PostgresBinaries {
    fn find() -> Result<Self, String> {
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
        let user = if is_root() { Some(SystemUser::find()?) } else { None };
        Ok(Self { folder, user })
    }

    fn command(&self, program: &str) -> Command {
        let program = self.folder.join(program);
        let Some(user) = &self.user else {
            return Command::new(program);
        };
        // `setpriv` replaces itself with the program, so signals reach the program.
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--reuid={}", user.uid))
            .arg(format!("--regid={}", user.gid))
            .arg("--clear-groups")
            .arg(program);
        command
    }

    /// Gives `folder` to the user that runs the programs, and makes it reachable.
    fn make_accessible(&self, folder: &Path) -> io::Result<()> {
        let Some(user) = &self.user else {
            return Ok(());
        };
        if let Some(parent) = folder.parent() {
            fs::set_permissions(parent, fs::Permissions::from_mode(0o711))?;
        }
        chown(folder, Some(user.uid), Some(user.gid))
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

/// The owner of `/proc/self` is the user of this process.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0)
}
