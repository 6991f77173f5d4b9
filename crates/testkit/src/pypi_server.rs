//! A server from PyPI: installed into the target folder once, one process per test.
//!
//! Depends only on the standard library: the tests of `storage` include this file, which saves them
//! from compiling `testkit`.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A running server. Dropping it ends it.
pub(crate) struct PypiServer {
    process: Child,
    address: SocketAddr,
}

impl PypiServer {
    /// Starts a server of `package`, such as `moto[server]==5.2.5`; `None`, with a line on stderr,
    /// if it can't be installed (no Python, no index). `command` gets the folder of the installed
    /// programs and the port.
    pub(crate) fn start(
        package: &str,
        command: impl FnOnce(&Path, u16) -> Command,
    ) -> Option<Self> {
        let programs = installed_or_skipped(package)?;
        let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = free.local_addr().expect("it is bound");
        drop(free);
        let mut command = command(&programs, address.port());
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let server = Self { process: process.expect("what is installed can be run"), address };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "{package} is not up");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(server)
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for PypiServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The folder of the package's programs; `None`, with a line on stderr, if it can't be installed (no
/// Python, no index). Several packages are separated by commas.
pub(crate) fn installed_or_skipped(package: &str) -> Option<PathBuf> {
    match installed(package) {
        Ok(programs) => Some(programs),
        Err(why) => {
            // The test harness captures `eprintln!`.
            let _ = writeln!(io::stderr(), "skipped: no {package}: {why}");
            None
        }
    }
}

/// The folder of the package's programs, installed by the first caller.
fn installed(package: &str) -> Result<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let target = root.expect("the workspace is two folders up").join("target");
    let home = target.join(package);
    let (programs, done) = (home.join("bin"), home.join("installed"));
    let said = |error: io::Error| error.to_string();
    fs::create_dir_all(&target).map_err(said)?;
    let lock = File::create(target.join(format!("{package}.lock"))).map_err(said)?;
    lock.lock().map_err(said)?;
    if done.exists() {
        return Ok(programs);
    }
    // An incomplete installation is replaced.
    let _ = fs::remove_dir_all(&home);
    run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
    let packages = package.split(',');
    run(Command::new(programs.join("pip")).args(["install", "--quiet"]).args(packages))?;
    fs::write(done, "").map_err(said)?;
    Ok(programs)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|e| e.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().last().unwrap_or("it failed").to_owned())
}
