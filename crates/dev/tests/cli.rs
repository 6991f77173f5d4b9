//! `cargo dev` from outside: the program, its output and its exit codes.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

#[path = "cli/models.rs"]
mod models;

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use dev::dev_server::TemporalPorts;
use tempfile::TempDir;
use testkit::PortReservation;

/// A working directory with a data folder and ports of its own.
struct Workspace {
    folder: TempDir,
    ports: TemporalPorts,
    http: u16,
    _reserved: PortReservation,
    cli: String,
}

impl Workspace {
    async fn new() -> Self {
        let cli = testkit::find_cli().await.path;
        let cli = if cli.is_relative() && cli.components().count() > 1 {
            std::path::absolute(cli).unwrap()
        } else {
            cli
        };
        let reserved = PortReservation::of(3);
        Self {
            folder: tempfile::tempdir().unwrap(),
            ports: reserved.temporal(),
            http: reserved.port(2),
            _reserved: reserved,
            cli: cli.display().to_string(),
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dev"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TEMPORAL_CLI", &self.cli)
            .env("TEMPORAL_PORT", self.ports.frontend.to_string())
            .env("TEMPORAL_UI_PORT", self.ports.ui.to_string())
            .env("HTTP_ADDRESS", format!("127.0.0.1:{}", self.http))
            .env("API_ADDRESS", "127.0.0.1:0")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Starts `cargo dev` and waits until it prints that everything runs.
    fn up(&self, args: &[&str]) -> RunningDev {
        let log = self.folder.path().join("up.log");
        let file = std::fs::File::create(&log).unwrap();
        let child =
            self.command(args).stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        let up = RunningDev { child, log, note: self.folder.path().join("data/temporal.json") };
        up.wait_for("Everything is up");
        up
    }
}

/// A running `cargo dev`; dropping it kills it and its server.
struct RunningDev {
    child: Child,
    log: PathBuf,
    note: PathBuf,
}

impl RunningDev {
    fn wait_for(&self, words: &str) {
        wait_for_line(&self.log, words);
    }
}

/// Waits until a program has written these words to its log.
fn wait_for_line(log: &Path, words: &str) {
    let began = Instant::now();
    loop {
        let said = std::fs::read_to_string(log).unwrap();
        if said.contains(words) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "“{words}” never came:\n{said}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

impl RunningDev {
    /// `kill -9` for the program. The server keeps running.
    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// `kill -9` for the server: a power failure.
    fn kill_server(&self) {
        let Ok(note) = std::fs::read(&self.note) else {
            return;
        };
        let note: serde_json::Value = serde_json::from_slice(&note).unwrap();
        let pid = note["pid"].to_string();
        let _ = Command::new("kill").args(["-9", &pid]).status();
    }
}

impl Drop for RunningDev {
    fn drop(&mut self) {
        self.kill();
        self.kill_server();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn make_prints_one_line_of_json() {
    let desk = Workspace::new().await;
    let args = ["make", "How to name things", "--slides", "4", "--format", "1x1", "--image", "png"];
    let made = desk.run(&[&args[..], &["--out", "here", "--json"]].concat());

    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    let last = text(&made.stdout).lines().last().unwrap().to_owned();
    let report: serde_json::Value = serde_json::from_str(&last).unwrap();
    assert_eq!(report["outcome"], "delivered");
    assert_eq!(report["provider"], "offline");
    let files = report["files"].as_array().unwrap();
    assert_eq!(files.len(), 8, "{files:?}");
    assert_eq!(files[0], "here/slide-01.png");
    let file = std::fs::File::open(desk.folder.path().join("here/slide-01.png")).unwrap();
    let picture = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
    assert_eq!((picture.info().width, picture.info().height), (1080, 1080));
    for key in ["workflow_id", "run_id", "ui_url", "duration_ms"] {
        assert!(!report[key].is_null(), "{key}");
    }
}

#[tokio::test]
async fn invalid_requests_are_refused_with_advice() {
    let desk = Workspace::new().await;
    let long = "ж".repeat(5_000);
    let cases: [(&[&str], &str); 12] = [
        (&["make", ""], "the topic is empty"),
        (&["make", "\u{1b}\u{7}"], "the topic is empty"),
        (&["make", &long], "at most 300 are allowed"),
        (&["make", "🚀🔥"], "the topic has no words"),
        (&["make", "नमस्ते दुनिया"], "FONT_DIR"),
        (&["make", "Why tests matter", "--lang", "hi"], "FONT_DIR"),
        (&["make", "x", "--lang", "xx"], "unknown language “xx”"),
        (&["make", "x", "--slides", "11"], "3 to 10 slides"),
        (&["make", "x", "--theme", "nope"], "there is no theme “nope”: choose one of aurora"),
        (&["make"], "required arguments were not provided"),
        (&["make", "--text", "missing.md"], "missing.md: No such file"),
        (&["make", "--text", "a.md", "--questions"], "cannot be used with"),
    ];
    for (args, answer) in cases {
        let output = desk.run(args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(answer), "{args:?}: {said}");
    }
    assert!(!desk.folder.path().join("data/temporal.db").exists(), "nothing was started for it");
}

#[tokio::test]
async fn unusable_output_folder_fails_before_anything_starts() {
    let desk = Workspace::new().await;
    let output = desk.run(&["make", "How to name things", "--out", "/proc/carousel"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("can't write to /proc/carousel") && said.contains("--out"), "{said}");
    assert!(!desk.folder.path().join("data/temporal.db").exists(), "nothing was started for it");
}

#[tokio::test]
async fn make_never_touches_files_of_others() {
    let desk = Workspace::new().await;
    let mine = desk.folder.path().join("mine");
    std::fs::create_dir(&mine).unwrap();
    for name in ["slide-09.jpg", "caption.txt"] {
        std::fs::write(mine.join(name), "of the user").unwrap();
    }
    for theme in ["aurora", "paper"] {
        let args = ["make", "How to name things", "--slides", "3", "--theme", theme];
        let made = desk.run(&[&args[..], &["--out", "mine"]].concat());
        assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    }
    for name in ["slide-09.jpg", "caption.txt"] {
        assert_eq!(std::fs::read_to_string(mine.join(name)).unwrap(), "of the user");
    }
    let theme = |folder: &str| {
        let json = std::fs::read(mine.join(folder).join("carousel.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_slice(&json).unwrap();
        manifest["brief"]["theme"].clone()
    };
    assert_eq!([theme("how-to-name-things"), theme("how-to-name-things-2")], ["aurora", "paper"]);
}

#[tokio::test]
async fn uncovered_topic_is_told_and_questions_are_made_on_request() {
    let desk = Workspace::new().await;
    let topic = "Apache Kafka за 7 слайдов";
    let made = desk.run(&["make", topic]);
    let said = text(&made.stderr);
    assert_eq!(made.status.code(), Some(1), "{said}");
    for advice in ["our notes don't cover this topic", "--text FILE", "--link URL", "--questions"] {
        assert!(said.contains(advice), "no {advice}: {said}");
    }
    assert!(text(&made.stdout).contains("failed after"), "{}", text(&made.stdout));
    assert_eq!(std::fs::read_dir(desk.folder.path().join("out")).unwrap().count(), 0);

    let made = desk.run(&["make", topic, "--questions", "--out", "asked", "--slides", "4"]);
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    assert!(text(&made.stdout).contains("questions about the topic, not facts"));
    let caption = desk.folder.path().join("asked/caption.txt");
    let caption = std::fs::read_to_string(caption).unwrap();
    assert!(caption.contains("Вопросы к теме «Apache Kafka за 7 слайдов»"), "{caption}");
    assert!(!caption.to_lowercase().contains("офлайн"), "{caption}");
}

#[tokio::test]
async fn offline_refuses_other_languages_before_drawing() {
    let desk = Workspace::new().await;
    let made = desk.run(&["make", "Cómo elegir una hipoteca"]);
    let said = text(&made.stderr);
    assert_eq!(made.status.code(), Some(1), "{said}");
    assert!(said.contains("in Russian or English, and this one would be in Spanish"), "{said}");
    assert!(!said.contains("drawing"), "{said}");
}

#[tokio::test]
async fn closed_stdout_is_no_error() {
    let desk = Workspace::new().await;
    let mut make = desk.command(&["make", "How to name things", "--slides", "3"]);
    let mut make = make.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(make.stdout.take());
    let ended = make.wait_with_output().unwrap();
    let said = text(&ended.stderr);
    assert!(ended.status.success() && !said.contains("panicked"), "{said}");
    assert!(said.contains("drawing"), "progress is on stderr: {said}");
}

#[tokio::test]
async fn ctrl_c_cancels_make_and_says_so() {
    let desk = Workspace::new().await;
    // A model server that accepts connections and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let log = desk.folder.path().join("make.log");
    let mut make = desk.command(&["make", "How to name things"]);
    let mut make = make
        .env("OPENAI_BASE_URL", format!("http://{}/v1", silent.local_addr().unwrap()))
        .env("OPENAI_API_KEY", "x")
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let said = || std::fs::read_to_string(&log).unwrap();
    wait_for_line(&log, "analysing the topic");
    let pid = make.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(make.wait().unwrap().code(), Some(1), "{}", said());
    assert!(said().contains("interrupted: cancelling"), "{}", said());
    assert_eq!(std::fs::read_dir(desk.folder.path().join("out")).unwrap().count(), 0);
}

#[test]
fn help_of_make_names_all_themes() {
    let output = Command::new(env!("CARGO_BIN_EXE_dev")).args(["make", "--help"]).output().unwrap();
    let said = text(&output.stdout);
    for theme in ["aurora", "galaxy", "terminal", "neon"] {
        assert!(said.contains(theme), "no {theme}: {said}");
    }
}

#[tokio::test]
async fn all_settings_errors_are_reported_together() {
    let desk = Workspace::new().await;
    let output = desk
        .command(&["make", "x"])
        .env("TEMPORAL_PORT", "many")
        .env("LOG_FORMAT", "xml")
        .output()
        .unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(64), "{said}");
    assert!(said.contains("TEMPORAL_PORT=many") && said.contains("LOG_FORMAT=xml"), "{said}");
}

#[tokio::test]
async fn taken_port_error_names_the_setting() {
    let desk = Workspace::new().await;
    let _taken = std::net::TcpListener::bind(("127.0.0.1", desk.ports.frontend)).unwrap();
    let output = desk.run(&[]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("is taken") && said.contains("TEMPORAL_PORT"), "{said}");
}

#[tokio::test]
async fn taken_ui_port_error_names_its_own_setting() {
    let desk = Workspace::new().await;
    let _taken = std::net::TcpListener::bind(("127.0.0.1", desk.ports.ui)).unwrap();
    let output = desk.run(&[]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("Set TEMPORAL_UI_PORT") && !said.contains("TEMPORAL_ADDRESS"), "{said}");
}

#[tokio::test]
async fn make_uses_running_dev_and_second_dev_fails() {
    let desk = Workspace::new().await;
    let _up = desk.up(&[]);

    let made = desk.run(&["make", "How to name things", "--slides", "3"]);
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    let said = text(&made.stderr);
    assert!(said.contains("using the running `cargo dev`") && said.contains("its settings"));
    let shown = said + &text(&made.stdout);
    assert_eq!(shown.matches("/workflows/").count(), 1, "one link to the Web UI: {shown}");

    let second = desk.run(&[]);
    assert_eq!(second.status.code(), Some(1));
    let said = text(&second.stderr);
    assert!(said.contains("another `cargo dev` (process"), "{said}");
}

#[tokio::test]
async fn foreign_workflow_writes_only_below_output_dir() {
    let desk = Workspace::new().await;
    let _up = desk.up(&[]);
    let address = format!("127.0.0.1:{}", desk.ports.frontend);
    let elsewhere = desk.folder.path().join("elsewhere");
    let forged = format!("grant:{}", "0".repeat(64));
    let escapes = [elsewhere.to_str().unwrap(), "../elsewhere", &forged];
    for (n, folder) in escapes.into_iter().enumerate() {
        let input = serde_json::json!({
            "user": "local",
            "brief": {
                "topic": "How to name things", "language": "en", "slides": 3,
                "theme": "aurora", "format": "1x1", "image": "jpeg",
            },
            "destination": { "kind": "folder", "folder": folder },
        });
        let (id, input) = (format!("carousel-cli-foreign-{n}"), input.to_string());
        let done = Command::new(&desk.cli)
            .args(["workflow", "execute", "--type", "CarouselWorkflow", "--task-queue", "carousel"])
            .args(["--workflow-id", &id, "--input", &input, "--address", &address])
            .output()
            .unwrap();
        let told = text(&done.stdout) + &text(&done.stderr);
        assert!(!done.status.success() && told.contains("FAILED"), "{folder}: {told}");
        assert!(!elsewhere.exists(), "{folder}");
    }
    assert_eq!(listed(&desk), "WORKFLOW_EXECUTION_STATUS_FAILED");
}

#[tokio::test]
async fn concurrent_makes_run_one_after_another() {
    let desk = Workspace::new().await;
    let make = |out: &'static str| {
        let mut command = desk.command(&["make", "How to name things", "--slides", "3"]);
        command.args(["--out", out]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let (mut a, mut b) = (make("a"), make("b"));
    assert!(a.wait().unwrap().success() && b.wait().unwrap().success());
    for out in ["a", "b"] {
        assert!(desk.folder.path().join(out).join("carousel.json").exists());
    }
}

#[tokio::test]
async fn carousel_survives_kill_of_everything() {
    let desk = Workspace::new().await;
    for point in ["render_carousel.after", "deliver_carousel.after"] {
        let mut up = desk.up(&["--hold", point]);
        let mut make = desk
            .command(&["make", "Почему тесты важны", "--out", point])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        up.wait_for("until this process ends");
        up.kill();
        up.kill_server();
        make.kill().unwrap();
        make.wait().unwrap();

        let _again = desk.up(&[]);

        let out = desk.folder.path().join(point);
        let began = Instant::now();
        while listed(&desk) != "delivered" {
            assert!(began.elapsed() < Duration::from_secs(60), "{point}: {}", listed(&desk));
            std::thread::sleep(Duration::from_millis(200));
        }
        let slides = std::fs::read_dir(&out)
            .unwrap()
            .filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with("slide-"))
            .count();
        assert_eq!(slides, 7, "{point}: none lost, none doubled");
    }
}

#[tokio::test]
async fn server_of_killed_dev_is_adopted() {
    let desk = Workspace::new().await;
    let mut up = desk.up(&[]);
    up.kill();

    let again = desk.up(&[]);

    let said = std::fs::read_to_string(&again.log).unwrap();
    assert!(said.contains("adopted, left by an earlier run"), "{said}");
}

#[tokio::test]
async fn ctrl_c_stops_everything_in_order() {
    let desk = Workspace::new().await;
    let mut up = desk.up(&[]);
    let pid = up.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(up.child.wait().unwrap().code(), Some(0));
    assert!(!desk.folder.path().join("data/temporal.json").exists());
    assert!(std::net::TcpListener::bind(("127.0.0.1", desk.ports.frontend)).is_ok());
}

/// The status of the newest workflow, from the server.
fn listed(desk: &Workspace) -> String {
    let address = format!("127.0.0.1:{}", desk.ports.frontend);
    let output = Command::new(&desk.cli)
        .args(["workflow", "list", "--limit", "1", "-o", "json", "--address", &address])
        .output()
        .unwrap();
    let listed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    match listed[0]["status"].as_str() {
        Some("WORKFLOW_EXECUTION_STATUS_COMPLETED") => "delivered".to_owned(),
        other => other.unwrap_or("nothing").to_owned(),
    }
}
