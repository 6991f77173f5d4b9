//! Tests of the operator's commands in their own process, without the workers.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use std::process::{Command, Output, Stdio};

use testkit::{FailpointScript, ScriptedFailpoints, TestApp};

fn gateway(app: &TestApp, args: &[&str]) -> Output {
    let data = app.settings().data.dir.display().to_string();
    run(app.temporal.target().address.as_str(), &data, args)
}

fn run(address: &str, data: &str, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gateway"))
        .args(args)
        .env_clear()
        .env("TEMPORAL_ADDRESS", address)
        .env("DATA_DIR", data)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn carousel_is_started_watched_and_listed() {
    let app = TestApp::start().await;
    let args = ["start", "Почему тесты важны", "--slides", "3", "--key", "mine"];
    let started = said(&gateway(&app, &args));
    assert!(started.starts_with("carousel-cli-mine\nstarted"), "{started}");
    let again = said(&gateway(&app, &args));
    assert!(again.contains("was started before"), "{again}");

    let id = domain::CarouselId::parse("carousel-cli-mine").unwrap();
    assert_eq!(app.wait_for_result(&id).await.outcome, "delivered");
    let status = said(&gateway(&app, &["status", "carousel-cli-mine"]));
    assert!(
        status.contains("«Почему тесты важны»") && status.contains("\ndelivered\n"),
        "{status}"
    );
    // Temporal's visibility store lags by about a second, and the list reads it.
    let listed = async || loop {
        let list = said(&gateway(&app, &["list"]));
        if list.contains("delivered") {
            return list;
        }
    };
    let list = tokio::time::timeout(std::time::Duration::from_secs(20), listed()).await.unwrap();
    assert!(list.contains("carousel-cli-mine") && list.contains("Почему тесты важны"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_prints_its_result() {
    let faults = ScriptedFailpoints::new([("write_slides.before", FailpointScript::Hold)]);
    let app = TestApp::builder().faults(faults.hooks()).start().await;
    said(&gateway(&app, &["start", "Почему тесты важны", "--key", "mine"]));
    faults.reached("write_slides.before").await;

    let cancelled = said(&gateway(&app, &["cancel", "carousel-cli-mine"]));
    assert!(cancelled.contains("is cancelled, and what was done is undone"), "{cancelled}");
    let again = said(&gateway(&app, &["cancel", "carousel-cli-mine"]));
    assert!(again.contains("nothing to cancel"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn status_without_workers_says_so() {
    let app = TestApp::builder().without_workers().await;
    said(&gateway(&app, &["start", "Почему тесты важны", "--key", "mine"]));
    let status = said(&gateway(&app, &["status", "carousel-cli-mine"]));
    assert!(status.contains("is `cargo run -p workers` running?"), "{status}");
}

#[test]
fn without_temporal_commands_say_how_to_start_it() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for args in [&["list"][..], &["start", "x y"], &["status", "carousel-cli-1"], &["serve"]] {
        let output = run(&nobody.to_string(), &folder.path().display().to_string(), args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("no Temporal answers at") && said.contains("cargo dev"), "{said}");
    }
}

#[test]
fn invalid_id_is_refused_before_any_request() {
    let output = run("127.0.0.1:1", "data", &["status", "../../etc"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("carousel-<source>-<key>"));
}

/// With the logs of all libraries.
#[tokio::test(flavor = "multi_thread")]
async fn failing_bot_prints_no_password() {
    let app = TestApp::start().await;
    let data = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_gateway"))
        .arg("serve")
        .env_clear()
        .env("TEMPORAL_ADDRESS", app.temporal.target().address.as_str())
        .env("DATA_DIR", data.path())
        .env("HTTP_ADDRESS", "127.0.0.1:0")
        .env("TELOXIDE_TOKEN", "1:hunter2")
        // Port 1 refuses connections.
        .env("TELOXIDE_API_URL", "http://u:hunter2@127.0.0.1:1/hunter2")
        .env("OPENAI_API_KEY", "hunter2")
        .env("OPENAI_BASE_URL", "http://u:hunter2@127.0.0.1:1/v1")
        .env("RUST_LOG", "debug")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed);
    assert!(!output.status.success(), "{printed}");
    assert!(printed.contains("Telegram can't be reached"), "{printed}");
    assert!(!printed.contains("hunter2"), "{printed}");
}
