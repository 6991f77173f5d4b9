//! `docs/api/worker.py`, a worker in Python with Temporal's own SDK, serves the queue `ai`; our
//! workers serve the other queues.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command},
};

use domain::Outcome;
use testkit::{TestApp, installed_or_skipped};

/// Python with the packages of the worker; `None` if it can't be installed.
fn python() -> Option<Command> {
    let programs = installed_or_skipped("temporalio==1.35.0,jsonschema==4.26.0")?;
    let mut command = Command::new(programs.join("python"));
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    Some(command)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/api")
}

/// A process that ends with the test.
struct ChildGuard(Child);

impl Drop for ChildGuard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn python_worker_writes_a_delivered_carousel() {
    let Some(mut python) = python() else { return };
    // A provider that none of our workers can reach.
    let mut app = TestApp::builder()
        .env("AI_PROVIDERS", "openai")
        .env("OPENAI_API_KEY", "unused")
        .without_workers()
        .await;
    app.restart_pools("workflow,render,persistence,delivery").await;
    let address = &app.temporal.target().address;
    let address = format!("{}:{}", address.host_str().unwrap(), address.port().unwrap());
    let worker = python.arg(folder().join("worker.py")).arg(address);
    let _worker = ChildGuard(worker.spawn().unwrap());

    let (id, result) = app.make("How to name things").await;

    assert_eq!((result.outcome, result.provider.as_str()), (Some(Outcome::Delivered), "openai"));
    let json = std::fs::read(app.export_folder(&id).join("carousel.json")).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["slides"][1]["body"], "Step 1 of: How to name things.");
    assert!(app.export_folder(&id).join("slide-03.jpg").exists());
}

#[test]
fn python_worker_refuses_undocumented_input() {
    let Some(mut python) = python() else { return };
    let script = "
import asyncio, worker
try:
    asyncio.run(worker.analyze_topic({'brief': 'secret'}))
except worker.ApplicationError as error:
    assert error.non_retryable and error.type == 'InvalidInput'
    print(error.message)
";
    let output = python.args(["-c", script]).current_dir(folder()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.trim(), "AnalyzeInput: $.brief does not satisfy the schema's type");
}
