//! `workers` as a process: pools, health probes, shutdown.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use domain::Outcome;
use testkit::{PortReservation, TestApp, eventually, http::HttpRequest};

/// A running `workers`, killed when the test ends.
struct Workers {
    child: Child,
    port: u16,
    _reserved: PortReservation,
}

impl Workers {
    async fn start(app: &TestApp, args: &[&str]) -> Self {
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
        eventually("ready", async || {
            workers.page("/readyz").await.filter(|(status, _)| *status == 200)
        })
        .await;
        workers
    }

    /// The status and the text of a page of the port; `None` if the connection fails.
    async fn page(&self, path: &str) -> Option<(u16, String)> {
        let url = format!("http://127.0.0.1:{}{path}", self.port).parse().unwrap();
        let answer = HttpRequest::get(url).send(Duration::from_secs(10)).await.ok()?;
        Some((answer.status, answer.text()))
    }

    async fn text(&self, path: &str) -> String {
        self.page(path).await.unwrap().1
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
    let workers = pools.map(async |pool| Workers::start(&app, &["--pool", pool]).await);
    let workers = futures::future::join_all(workers).await;

    let (_, result) = app.make("Почему тесты важны").await;

    assert_eq!(result.outcome, Some(Outcome::Delivered), "{}", result.reason);
    let drawn = workers[2].text("/metrics").await;
    assert!(drawn.contains("slide_draw_seconds_count 3"), "{drawn}");
    assert!(drawn.contains("temporal_activity_execution_latency"), "the SDK's own are there");
    let ended = workers[3].text("/metrics").await;
    assert!(
        ended.contains("carousels_ended_total{outcome=\"delivered\",source=\"cli\"} 1"),
        "{ended}"
    );
    assert!(workers[2].text("/readyz").await.contains("blobs: ok"));
    assert!(!workers[2].text("/readyz").await.contains("database"), "render needs no database");
    assert!(workers[0].text("/healthz").await.ends_with("ok\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_drains_and_exits_with_success() {
    let app = TestApp::builder().without_workers().await;
    let mut workers = Workers::start(&app, &[]).await;
    let ids = [app.order("Почему тесты важны").await.id, app.order("Naming").await.id];

    workers.signal("-TERM");
    let began = Instant::now();
    let status = workers.child.wait().unwrap();
    assert!(status.success(), "{status}");
    assert!(began.elapsed() < Duration::from_secs(30));

    // The next process finishes the first one's work.
    let _next = Workers::start(&app, &[]).await;
    for id in ids {
        assert_eq!(app.wait_for_result(&id).await.outcome, Some(Outcome::Delivered));
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
