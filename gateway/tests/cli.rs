//! Tests of the operator's commands in their own process, without the workers.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use std::process::{Command, Output, Stdio};

use domain::{CarouselId, Outcome, UserId, record::BriefRecord};
use runtime::failpoint_hooks::FailpointHooks;
use testkit::{FailpointScript, ScriptedFailpoints, TestApp, eventually};
use workflows::{carousel::CarouselInput, destination::DestinationRecord};

fn gateway(app: &TestApp, args: &[&str]) -> Output {
    let data = &app.settings().data;
    command(app.temporal.target().address.as_str(), &data.dir.display().to_string(), args)
        .env("DATABASE_URL", data.database_url.expose())
        .output()
        .unwrap()
}

fn run(address: &str, data: &str, args: &[&str]) -> Output {
    command(address, data, args).output().unwrap()
}

fn command(address: &str, data: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command
        .args(args)
        .env_clear()
        .env("TEMPORAL_ADDRESS", address)
        .env("DATA_DIR", data)
        .stdin(Stdio::null());
    command
}

/// What a command prints that succeeds.
fn answered(app: &TestApp, args: &[&str]) -> String {
    said(&gateway(app, args))
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

    let id = CarouselId::parse("carousel-cli-mine").unwrap();
    assert_eq!(app.wait_for_result(&id).await.outcome, Some(Outcome::Delivered));
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
async fn health_names_the_pool_without_a_worker() {
    let mut app = TestApp::builder().without_workers().await;
    app.restart_pools("workflow,persistence,delivery,render").await;
    let report = eventually("four pools with workers", async || {
        let output = gateway(&app, &["health"]);
        assert_eq!(output.status.code(), Some(1));
        let report = String::from_utf8(output.stdout).unwrap();
        (report.matches("none: start this pool").count() == 1).then_some(report)
    });
    let report = report.await;
    let ai = report.lines().find(|line| line.contains("none: ")).unwrap();
    assert!(ai.starts_with("ai "), "{report}");
    for line in ["temporal: ok\n", "database: ok\n", "blobs: ok\n"] {
        assert!(report.contains(line), "{report}");
    }

    let _ai = app.start_workers(&"ai".parse().unwrap(), FailpointHooks::none()).await;
    let report = eventually("all pools with workers", async || {
        let output = gateway(&app, &["health", "--json"]);
        output.status.success().then(|| said(&output))
    });
    let report: serde_json::Value = serde_json::from_str(&report.await).unwrap();
    assert_eq!(report["healthy"], true, "{report}");
    assert_eq!(report["queues"].as_array().unwrap().len(), 5, "{report}");
    assert!(report["queues"][0]["pollers"][0]["identity"].is_string(), "{report}");
    assert_eq!(report["dependencies"][1]["name"], "database", "{report}");

    let nowhere = app.settings().data.dir.join("elsewhere").display().to_string();
    let output = run(app.temporal.target().address.as_str(), &nowhere, &["health"]);
    assert_eq!(output.status.code(), Some(1));
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains("database: there is no database"), "{report}");
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
async fn failed_carousel_is_listed_shown_and_made_again_once() {
    // As often as the step is tried.
    let faults = ScriptedFailpoints::new([("write_slides.before", FailpointScript::Fail(3))]);
    let app = TestApp::builder().faults(faults.hooks()).start().await;
    let gateway = |args: &[&str]| answered(&app, args);
    assert_eq!(gateway(&["failures"]), "no carousel failed within 1day\n");
    gateway(&["start", "Почему тесты важны", "--key", "mine"]);
    let first = CarouselId::parse("carousel-cli-mine").unwrap();
    assert_eq!(app.wait_for_result(&first).await.outcome, Some(Outcome::Failed));

    let list = gateway(&["failures", "--since", "1h"]);
    for part in [
        "carousel-cli-mine",
        "Почему тесты важны for local",
        "write_slides, attempt 3",
        "retry helps",
    ] {
        assert!(list.contains(part), "{part}: {list}");
    }
    let shown = gateway(&["show", "carousel-cli-mine"]);
    for part in [
        "outcome    failed at",
        "failed in  write_slides",
        "workflow   failed",
        "carousel.generate.requested",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }

    let again = gateway(&["retry", "carousel-cli-mine", "carousel-cli-none"]);
    assert!(again.contains("started again as carousel-again-cli-mine-retry1"), "{again}");
    assert!(again.contains("there is no carousel with this id"), "{again}");
    let second = CarouselId::parse("carousel-again-cli-mine-retry1").unwrap();
    assert_eq!(app.wait_for_result(&second).await.outcome, Some(Outcome::Delivered));
    let twice = gateway(&["retry", "--all-failed"]);
    assert!(twice.contains("was started again before"), "{twice}");
    let delivered = gateway(&["retry", "carousel-again-cli-mine-retry1"]);
    assert!(delivered.contains("not started: it was delivered"), "{delivered}");
    let shown = gateway(&["show", "carousel-again-cli-mine-retry1"]);
    assert!(
        shown.contains("outcome    delivered at") && shown.contains("carousel.completed"),
        "{shown}"
    );
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

#[tokio::test(flavor = "multi_thread")]
async fn migrate_needs_no_temporal() {
    let app = TestApp::builder().without_workers().await;
    let data = &app.settings().data;
    let output = command("127.0.0.1:1", &data.dir.display().to_string(), &["migrate"])
        .env("DATABASE_URL", data.database_url.expose())
        .output()
        .unwrap();
    assert!(said(&output).contains("the database has schema "));
    let nowhere = data.dir.join("elsewhere").display().to_string();
    assert_eq!(run("127.0.0.1:1", &nowhere, &["migrate"]).status.code(), Some(1));
}

/// With the logs of all libraries.
#[tokio::test(flavor = "multi_thread")]
async fn failing_bot_prints_no_password() {
    let app = TestApp::start().await;
    let data = tempfile::tempdir().unwrap();
    let log = data.path().join("log");
    let printed = || std::fs::File::options().create(true).append(true).open(&log).unwrap();
    let mut gateway = Command::new(env!("CARGO_BIN_EXE_gateway"))
        .arg("serve")
        .env_clear()
        .env("TEMPORAL_ADDRESS", app.temporal.target().address.as_str())
        .env("DATA_DIR", data.path().join("data"))
        .env("HTTP_ADDRESS", "127.0.0.1:0")
        .env("TELOXIDE_TOKEN", "1:hunter2")
        // Port 1 refuses connections.
        .env("TELOXIDE_API_URL", "http://u:hunter2@127.0.0.1:1/hunter2")
        .env("OPENAI_API_KEY", "hunter2")
        .env("OPENAI_BASE_URL", "http://u:hunter2@127.0.0.1:1/v1")
        .env("RUST_LOG", "debug")
        .stdin(Stdio::null())
        .stdout(printed())
        .stderr(printed())
        .spawn()
        .unwrap();
    // It keeps trying, because Telegram may come back.
    let warned = async || {
        let said = std::fs::read_to_string(&log).unwrap();
        said.contains("Telegram can't be reached").then_some(said)
    };
    let said = eventually("the failure is logged", warned).await;
    assert!(!said.contains("hunter2"), "{said}");
    assert!(gateway.try_wait().unwrap().is_none(), "{said}");
    gateway.kill().unwrap();
    gateway.wait().unwrap();
}

#[test]
fn malformed_token_is_a_configuration_error() {
    let output = Command::new(env!("CARGO_BIN_EXE_gateway"))
        .arg("serve")
        .env_clear()
        .env("TELOXIDE_TOKEN", "hunter2")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(64), "{said}");
    assert!(said.contains("TELOXIDE_TOKEN: it does not look like a bot's token"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_a_tree_below_a_foreign_cause() {
    let app = TestApp::start().await;
    let id = CarouselId::parse("carousel-cli-tree").unwrap();
    let brief = app.validate(testkit::short_order("Why tests matter")).await;
    let input = CarouselInput {
        user: UserId::local().to_string(),
        brief: BriefRecord::from(&brief),
        destination: DestinationRecord::folder(id.as_str()),
        cause: "their-1".to_owned(),
        ..CarouselInput::default()
    };
    app.carousels.start_input(&id, &UserId::local(), input).await.unwrap();
    assert_eq!(app.wait_for_result(&id).await.outcome, Some(Outcome::Delivered));

    let tree = answered(&app, &["events", "--carousel", id.as_str()]);
    let lines: Vec<&str> = tree.lines().collect();
    assert!(lines[0].starts_with("carousel-cli-tree: 16 events in "), "{tree}");
    assert_eq!(lines[2], "their-1  (not stored here: of another system, or pruned)");
    assert!(lines[3].ends_with("  carousel.generate.requested"), "{tree}");
    assert!(lines[4].contains(" ms  workflow.started"), "{tree}");
    assert!(lines[18].ends_with("  workflow.completed  outcome=delivered"), "{tree}");

    let events = storage::outbox::of_carousel(&app.db.read(), &id).await.unwrap();
    let shown = answered(&app, &["events", "show", events[0].id.as_str()]);
    assert!(shown.contains("\"causationid\": \"their-1\""), "{shown}");
    for wrong in [vec!["events"], vec!["events", "show", "nothing"]] {
        assert!(!gateway(&app, &wrong).status.success(), "{wrong:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rebuild_check_exits_with_1_for_a_planted_difference() {
    let mut app = TestApp::start().await;
    let (id, _) = app.make("Why tests matter").await;
    let report = answered(&app, &["rebuild", "--check"]);
    assert_eq!(report, "1 carousels compared with their events: 0 differences\n");

    app.allow_differing_rows();
    let at = chrono::Utc::now();
    let draft = storage::carousels::find_draft(&app.db.read(), &id, 1).await.unwrap().unwrap();
    let (id, draft) = (&id, &draft);
    let save =
        |tx| async move { storage::carousels::save_draft(&tx, id, 2, draft, None, at).await };
    app.db.write(save).await.unwrap();
    let output = gateway(&app, &["rebuild", "--check"]);
    let report = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{report}");
    assert!(report.contains("revision is 2 in its rows, 1 by its events\n"), "{report}");
}
