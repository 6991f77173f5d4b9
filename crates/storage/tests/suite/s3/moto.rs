//! `moto`, an S3-compatible server from PyPI: installed into the target folder once, started for
//! one test and stopped with it.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Once,
    time::{Duration, Instant},
};

/// The tested version.
const VERSION: &str = "5.2.5";

/// Runs the server, and exits when its parent process is gone.
const RUN: &str = "import os, sys, threading\n\
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()\n\
    from moto.server import main\n\
    main(['-H', '127.0.0.1', '-p', sys.argv[1]])";

/// A running server with a bucket named `slides`.
pub(super) struct Moto {
    port: u16,
    child: Child,
}

impl Moto {
    /// A server; `None` after a line that says why there is none.
    pub(super) fn start() -> Option<Self> {
        static SKIPPED: Once = Once::new();
        match Self::started() {
            Ok(moto) => Some(moto),
            Err(why) => {
                SKIPPED.call_once(|| {
                    let line = format!("storage: skipped on S3: {why}\n");
                    let _ = std::io::stderr().write_all(line.as_bytes());
                });
                None
            }
        }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Puts an object into a bucket directly.
    pub(super) fn put(&self, bucket: &str, name: &str, contents: &str) {
        self.post(&format!("/{bucket}/{name}"), contents).unwrap();
    }

    fn started() -> Result<Self, String> {
        let python = installed()?;
        let free = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let port = free.local_addr().map_err(|error| error.to_string())?.port();
        drop(free);
        let child = Command::new(python)
            .args(["-c", RUN, &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let moto = Self { port, child };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if begun.elapsed() > Duration::from_secs(60) {
                return Err("moto did not start within a minute".to_owned());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        moto.post("/slides", "").unwrap();
        Ok(moto)
    }

    fn post(&self, path: &str, body: &str) -> Result<(), String> {
        let said = |error: std::io::Error| error.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).map_err(said)?;
        let length = body.len();
        // Requires a signature but does not verify it.
        let request = format!(
            "PUT {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=key/20261124/us-east-1/s3/aws4_request, \
             SignedHeaders=host, Signature=0\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).map_err(said)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_err(said)?;
        if answer.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(answer) }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A Python with `moto`, installed by the first caller.
fn installed() -> Result<PathBuf, String> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("moto-{VERSION}"));
    let (python, done) = (home.join("bin/python"), home.join("installed"));
    let lock = File::create(home.with_extension("lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    if done.exists() {
        return Ok(python);
    }
    let _ = fs::remove_dir_all(&home);
    run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
    let moto = format!("moto[server]=={VERSION}");
    let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    run(Command::new(&python).args(quiet).arg(moto))?;
    fs::write(done, "").map_err(|error| error.to_string())?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let ended = command.stdin(Stdio::null()).output();
    let ended = ended.map_err(|error| format!("{name}: {error}"))?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    let last = said.trim().lines().last().unwrap_or_default();
    Err(format!("{name} did not install moto: {last}"))
}
