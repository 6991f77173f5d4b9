//! A Redis server from the installed program, one process per test.
//!
//! Depends only on the standard library: the tests of `bus` include this file, which saves them from compiling
//! `testkit`.

use std::{
    fs,
    io::{self, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

/// A server with its files. Dropping it ends it and removes them.
pub struct RedisServer {
    process: Option<Child>,
    address: SocketAddr,
    folder: PathBuf,
}

impl RedisServer {
    /// Starts a server; `None`, with a line on stderr, if `redis-server` is not installed.
    pub fn start_or_skip() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            // The test harness captures `eprintln!`.
            let _ = writeln!(io::stderr(), "skipped: redis-server is not installed");
            return None;
        }
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("vibecoder-redis-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("the temporary folder can be written");
        let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = free.local_addr().expect("it is bound");
        drop(free);
        let mut server = Self { process: None, address, folder };
        server.start();
        Some(server)
    }

    /// `redis://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// The id of its process; 0 while it does not run.
    pub fn pid(&self) -> u32 {
        self.process.as_ref().map_or(0, Child::id)
    }

    /// Starts it again, with the data that it had.
    pub fn start(&mut self) {
        // What it acknowledges has to survive `kill -9`, which needs no fsync.
        let process = Command::new("redis-server")
            .args(["--port", &self.address.port().to_string(), "--bind", "127.0.0.1"])
            .args(["--appendonly", "yes", "--appendfsync", "no", "--save", ""])
            .arg("--dir")
            .arg(&self.folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.process = Some(process.expect("what is installed can be run"));
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_err() || self.cli(&["ping"]) != "PONG" {
            assert!(begun.elapsed() < Duration::from_secs(30), "Redis is not up");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Kills it.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Kills it and removes its data.
    pub fn kill_and_erase(&mut self) {
        self.kill();
        fs::remove_dir_all(&self.folder).expect("the folder is ours");
        fs::create_dir_all(&self.folder).expect("the folder is ours");
    }

    /// What `redis-cli` prints for a command.
    pub fn cli(&self, args: &[&str]) -> String {
        let port = self.address.port().to_string();
        let output = Command::new("redis-cli").args(["-p", &port]).args(args).output();
        let output = output.expect("redis-cli comes with redis-server").stdout;
        String::from_utf8_lossy(&output).trim().to_owned()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
