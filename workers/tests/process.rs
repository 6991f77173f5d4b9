//! `workers` as a process: pools, health probes, shutdown.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use testkit::{PortReservation, TestApp};

/// A running `workers`, killed when the test ends.
struct Workers {
    child: Child,
    port: u16,
    _reserved: PortReservation,
}

impl Workers {
    fn start(app: &TestApp, args: &[&str]) -> Self {
        let reserved = PortReservation::of(1);
        let port = reserved.port(0);
        let data = &app.settings().data;
        let child = Command::new(env!("CARGO_BIN_EXE_workers"))
            .args(args)
            .env_clear()
            .env("TEMPORAL_ADDRESS", app.temporal.target().address.as_str())
            .env("DATA_DIR", &data.dir)
            .env("OUTPUT_DIR", &data.output_dir)
            .env("HTTP_ADDRESS", format!("127.0.0.1:{port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let workers = Self { child, port, _reserved: reserved };
        let began = Instant::now();
        while !workers.page("/readyz").contains(" 200 ") {
            assert!(began.elapsed() < Duration::from_secs(30), "{}", workers.page("/readyz"));
            std::thread::sleep(Duration::from_millis(50));
        }
        workers
    }

    /// Response of the port with its head; empty if the connection fails.
    fn page(&self, path: &str) -> String {
        let ask = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")?;
            let mut page = String::new();
            stream.read_to_string(&mut page)?;
            Ok(page)
        };
        ask().unwrap_or_default()
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pools_in_separate_processes_make_a_carousel() {
    let app = TestApp::builder().without_workers().await;
    let pools = ["workflow", "ai", "render", "persistence", "delivery"];
    let workers = pools.map(|pool| Workers::start(&app, &["--pool", pool]));

    let (_, result) = app.make("Почему тесты важны").await;

    assert_eq!(result.outcome, "delivered", "{}", result.reason);
    let drawn = workers[2].page("/metrics");
    assert!(drawn.contains("slide_draw_seconds_count 3"), "{drawn}");
    assert!(drawn.contains("temporal_activity_execution_latency"), "the SDK's own are there");
    let ended = workers[3].page("/metrics");
    assert!(ended.contains("carousels_ended_total{outcome=\"delivered\"} 1"), "{ended}");
    assert!(workers[2].page("/readyz").contains("blobs: ok"));
    assert!(!workers[2].page("/readyz").contains("database"), "render needs no database");
    assert!(workers[0].page("/healthz").ends_with("ok\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_drains_and_exits_with_success() {
    let app = TestApp::builder().without_workers().await;
    let mut workers = Workers::start(&app, &[]);
    let ids = [app.order("Почему тесты важны").await.id, app.order("Naming").await.id];

    workers.signal("-TERM");
    let began = Instant::now();
    let status = workers.child.wait().unwrap();
    assert!(status.success(), "{status}");
    assert!(began.elapsed() < Duration::from_secs(30));

    // The next process finishes the first one's work.
    let _next = Workers::start(&app, &[]);
    for id in ids {
        assert_eq!(app.wait_for_result(&id).await.outcome, "delivered");
    }
}

#[test]
fn unknown_pool_is_a_usage_error() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_workers")).args(["--pool", "painting"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("choose from workflow, ai, render, persistence, delivery"), "{said}");
}
