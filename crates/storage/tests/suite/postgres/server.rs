//! A PostgreSQL server in a folder, started from the installed programs. It listens on a socket in
//! that folder and uses no port.
//!
//! Depends only on the standard library, so that the benchmark can use it too.

#[path = "../../../../testkit/src/cluster/postgres/programs.rs"]
mod programs;

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use programs::PostgresPrograms;

/// A running server. Dropping it stops it and removes its folder.
pub(crate) struct PostgresServer {
    folder: PathBuf,
    programs: PostgresPrograms,
    child: Child,
}

impl PostgresServer {
    /// Starts a server in `folder`, which is deleted first if it exists. `settings` are added to
    /// those that keep it small and isolated.
    ///
    /// # Errors
    /// The reason, for people.
    pub(crate) fn start(folder: &Path, settings: &[&str]) -> Result<Self, String> {
        let programs = PostgresPrograms::find()?;
        let said = |what: &str, error: &io::Error| format!("{what}: {error}");
        let data = folder.join("data");
        if data.join("postmaster.pid").exists() {
            stop(&programs, &data);
        }
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(|e| said("the folder of before", &e))?;
        }
        fs::create_dir_all(folder).map_err(|e| said("a folder for PostgreSQL", &e))?;
        programs.give(folder).map_err(|e| said("its owner", &e))?;
        programs.init(&data)?;
        let log = File::create(folder.join("log")).map_err(|e| said("its log", &e))?;
        let child = programs
            .command("postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder)
            .args(SMALL_SETTINGS.iter().chain(settings).flat_map(|setting| ["-c", setting]))
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
        stop(&self.programs, &self.folder.join("data"));
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

const SMALL_SETTINGS: &[&str] =
    &["listen_addresses=", "max_connections=200", "shared_buffers=64MB", "log_min_messages=error"];

fn stop(programs: &PostgresPrograms, data: &Path) {
    let mut stop = programs.command("pg_ctl");
    stop.arg("-D").arg(data).args(["-m", "immediate", "-w", "stop"]);
    let _ = stop.stdout(Stdio::null()).stderr(Stdio::null()).status();
}
