//! One PostgreSQL server for all tests of this workspace, in any number of processes.
//!
//! A test process that needs the server holds a shared lock on a file while it runs; the lock ends
//! with the process. The first one starts a *keeper*: this program in a process group of its own.
//! The keeper starts the server. When the lock has been free for a moment, the keeper takes it,
//! stops the server and exits. So nothing is left running, and a test that starts while the keeper
//! exits waits for it and starts the next one.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use super::server::PostgresServer;

/// The environment variable that makes this program the keeper; its value is the folder.
const KEEPER: &str = "STORAGE_TEST_POSTGRES_KEEPER";

/// How long the server outlives its last user: there may be a gap between two tests.
const LINGER: Duration = Duration::from_secs(2);

/// Tests do not need commits that survive a power cut.
const NON_DURABLE_SETTINGS: &[&str] =
    &["fsync=off", "full_page_writes=off", "synchronous_commit=off"];

/// A lock on the server: it runs while at least one process holds one.
pub(super) struct SharedServer {
    pub(super) url: String,
    _lock: File,
}

/// The server of this workspace.
///
/// # Errors
/// The reason, for people.
pub(super) fn of_workspace() -> Result<&'static str, &'static str> {
    static USED: OnceLock<Result<SharedServer, String>> = OnceLock::new();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgres");
    let used = USED.get_or_init(|| join(&folder));
    used.as_ref().map(|used| used.url.as_str()).map_err(String::as_str)
}

/// Joins the users of the server in `folder`, and starts a keeper if there is none.
pub(super) fn join(folder: &Path) -> Result<SharedServer, String> {
    let said = |error: io::Error| format!("{}: {error}", folder.display());
    fs::create_dir_all(folder).map_err(said)?;
    // Waits for a keeper that exits.
    let users = open(folder, "users").map_err(said)?;
    users.lock_shared().map_err(said)?;
    let starting = open(folder, "starting").map_err(said)?;
    starting.lock().map_err(said)?;
    if !is_kept(folder).map_err(said)? {
        start_keeper(folder).map_err(said)?;
    }
    let url = wait(folder)?;
    Ok(SharedServer { url, _lock: users })
}

/// Runs the keeper if this process was started as one; returns whether it was.
pub(super) fn run_as_keeper() -> bool {
    let Some(folder) = std::env::var_os(KEEPER) else {
        return false;
    };
    let folder = PathBuf::from(folder);
    if let Err(why) = keep(&folder) {
        let _ = publish(&folder, &format!("failed {why}"));
    }
    true
}

/// Whether a keeper is running.
fn is_kept(folder: &Path) -> io::Result<bool> {
    match open(folder, "keeper")?.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn start_keeper(folder: &Path) -> io::Result<()> {
    let _ = fs::remove_file(folder.join("state"));
    Command::new(std::env::current_exe()?)
        .args(["--exact", super::KEEPER_TEST])
        .env(KEEPER, folder)
        .env_remove("RUST_TEST_THREADS")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // A process that kills a test kills its process group.
        .process_group(0)
        .spawn()?;
    Ok(())
}

/// Waits for the keeper's message.
fn wait(folder: &Path) -> Result<String, String> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(90) {
        let state = fs::read_to_string(folder.join("state")).unwrap_or_default();
        match state.split_once(' ') {
            Some(("ready", url)) => return Ok(url.to_owned()),
            Some(("failed", why)) => return Err(why.to_owned()),
            Some(_) | None => std::thread::sleep(Duration::from_millis(20)),
        }
    }
    Err("PostgreSQL did not start within 90 s".to_owned())
}

fn keep(folder: &Path) -> Result<(), String> {
    let said = |error: io::Error| error.to_string();
    let keeper = open(folder, "keeper").map_err(said)?;
    if keeper.try_lock().is_err() {
        return Ok(());
    }
    let users = open(folder, "users").map_err(said)?;
    let server = PostgresServer::start(&home(folder), NON_DURABLE_SETTINGS)?;
    publish(folder, &format!("ready {}", server.url())).map_err(said)?;
    let mut idle_since = None;
    loop {
        std::thread::sleep(Duration::from_millis(200));
        if users.try_lock().is_err() {
            idle_since = None;
        } else if idle_since.get_or_insert_with(Instant::now).elapsed() > LINGER {
            // No process can join from here on until this one has exited.
            let _ = fs::remove_file(folder.join("state"));
            drop(server);
            return Ok(());
        } else {
            users.unlock().map_err(said)?;
        }
    }
}

/// The server's folder is in the system's temporary folder, because another user may not be able to
/// read ours, and because the path of a socket must be short.
fn home(folder: &Path) -> PathBuf {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    folder.hash(&mut hasher);
    std::env::temp_dir().join(format!("vibecoder-pg-{:016x}", hasher.finish()))
}

/// Writes a temporary file and renames it, so that readers see all of it or nothing.
fn publish(folder: &Path, state: &str) -> io::Result<()> {
    let beside = folder.join("state.new");
    fs::write(&beside, state)?;
    fs::rename(beside, folder.join("state"))
}

fn open(folder: &Path, name: &str) -> io::Result<File> {
    let path = folder.join(format!("{name}.lock"));
    File::options().create(true).truncate(false).write(true).open(path)
}

/// Whether a server still answers there.
pub(super) fn is_running(folder: &Path) -> bool {
    let pid = home(folder).join("data/postmaster.pid");
    let mut text = String::new();
    File::open(pid).is_ok_and(|mut file| file.read_to_string(&mut text).is_ok())
}
