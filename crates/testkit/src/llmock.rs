//! PyPI's `llmock`, a third-party model server: installed once into `target/`, one process per
//! test. If it can't be installed (no Python, no index), the test prints that and passes.

use std::{
    io::Write as _,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const VERSION: &str = "0.2.2";

/// A running server. Dropping it ends it.
pub struct Llmock {
    process: Child,
    address: SocketAddr,
}

impl Llmock {
    /// Starts a server; `None`, with a line on stderr, if it can't be installed.
    pub async fn start() -> Option<Self> {
        let program = match installed() {
            Ok(program) => program,
            Err(why) => {
                // The test harness captures `eprintln!`.
                let _ = writeln!(std::io::stderr(), "skipped: no llmock {VERSION}: {why}");
                return None;
            }
        };
        let free = TcpListener::bind("127.0.0.1:0").ok()?;
        let address = free.local_addr().ok()?;
        drop(free);
        let process = Command::new(program)
            .args(["serve", "--host", "127.0.0.1", "--port"])
            .arg(address.port().to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("what is installed can be run");
        let server = Self { process, address };
        server.ready().await;
        Some(server)
    }

    async fn ready(&self) {
        let up = async {
            while TcpStream::connect(self.address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), up).await;
        waited.expect("llmock is up within a minute");
    }

    /// The environment variables that make an application use this server.
    pub fn env(&self) -> [(&'static str, String); 2] {
        let address = format!("http://{}/v1", self.address);
        [("OPENAI_BASE_URL", address), ("OPENAI_API_KEY", "key".into())]
    }

    /// Queues behaviors in llmock's own format.
    pub async fn script(&self, behaviors: &[Value]) {
        let body = json!({ "behaviors": behaviors }).to_string();
        let answer = self.http("POST", "/_llmock/scenario", &body).await;
        assert!(answer.contains("queued"), "{answer}");
    }

    /// The number of answered requests.
    pub async fn calls(&self) -> usize {
        let answer = self.http("GET", "/_llmock/requests", "").await;
        let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
        let json: Value = serde_json::from_str(body).expect("llmock answers in JSON");
        json["requests"].as_array().map_or(0, Vec::len)
    }

    async fn http(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.expect("it is up");
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.expect("it listens");
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        answer
    }
}

impl Drop for Llmock {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The path of the program, which is installed at most once for all tests.
fn installed() -> Result<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let target = root.expect("the workspace is two folders up").join("target");
    let folder = target.join(format!("llmock-{VERSION}"));
    let program = folder.join("bin/llmock");
    std::fs::create_dir_all(&target).map_err(|e| e.to_string())?;
    let lock = std::fs::File::create(target.join("llmock.lock")).map_err(|e| e.to_string())?;
    lock.lock().map_err(|e| e.to_string())?;
    if program.exists() {
        return Ok(program);
    }
    // An incomplete installation is replaced.
    let _ = std::fs::remove_dir_all(&folder);
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let package = format!("llmock=={VERSION}");
    let made = run(Command::new(folder.join("bin/pip")).args(["install", "--quiet", &package]));
    if let Err(why) = made {
        let _ = std::fs::remove_dir_all(&folder);
        return Err(why);
    }
    Ok(program)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| e.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().last().unwrap_or("it failed").to_owned())
}
