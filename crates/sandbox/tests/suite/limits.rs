//! The limits of a child: how many run, how long, what they have open; and that a child ends with
//! its caller.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use futures::future::join_all;
use sandbox::{ParserProgram, Sandbox, SandboxError, SandboxLimits};
use tokio::time::Instant;

use crate::{children, hostile::misnested, limits, parser, sandbox};

/// Limits under which the misnested page keeps a child busy for long.
fn generous_limits(mark: u64) -> SandboxLimits {
    SandboxLimits {
        memory: SandboxLimits::default().memory * 64 + mark * 4_096,
        cpu_time: Duration::from_secs(30),
        wall_time: Duration::from_secs(30),
        ..limits(mark)
    }
}

/// Few open tags over many paragraphs: little memory, much time.
fn slow_page() -> String {
    let open = |n| format!("<b x={n}>");
    format!("<p>{}{}", (0..400).map(open).collect::<String>(), "<p>x".repeat(20_000))
}

#[tokio::test]
async fn dropping_a_call_kills_its_child() {
    let limits = generous_limits(11);
    let sandbox = Sandbox::new(parser(), limits);
    let call = tokio::spawn(async move { sandbox.article(&slow_page()).await });
    children::wait_for_children(&limits, 1).await;
    call.abort();
    children::wait_for_children(&limits, 0).await;
}

#[tokio::test]
async fn concurrent_children_are_limited() {
    let limits = SandboxLimits { max_children: 2, ..limits(12) };
    let sandbox = Sandbox::new(parser(), limits);
    let page = misnested();
    let watch = children::ChildWatcher::start(limits);
    let all = join_all((0..5).map(|_| sandbox.article(&page))).await;
    assert!(all.iter().all(|one| matches!(one, Err(SandboxError::Stopped(_)))));
    assert_eq!(watch.peak().children, 2);
}

#[tokio::test]
async fn queue_timeout_is_busy() {
    let limits = SandboxLimits {
        max_children: 1,
        queue_timeout: Duration::from_millis(50),
        ..generous_limits(13)
    };
    let sandbox = Sandbox::new(parser(), limits);
    let first = sandbox.clone();
    let first = tokio::spawn(async move { first.article(&slow_page()).await });
    children::wait_for_children(&limits, 1).await;
    let second = sandbox.article("<p>x").await.unwrap_err();
    assert!(matches!(second, SandboxError::Busy), "{second}");
    first.abort();
}

#[tokio::test]
async fn child_has_no_environment_files_or_folder() {
    let limits = generous_limits(14);
    let sandbox = Sandbox::new(parser(), limits);
    let _file = fs::File::open(env!("CARGO_BIN_EXE_parse-untrusted")).unwrap();
    let _socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let call = tokio::spawn(async move { sandbox.article(&slow_page()).await });
    let child = children::wait_for_children(&limits, 1).await.remove(0).folder;
    let limited = |of: &str| {
        let all = fs::read_to_string(child.join("limits")).unwrap();
        let line = all.lines().find(|line| line.starts_with(of)).unwrap();
        let most = line[of.len()..].split_whitespace().nth(1).unwrap();
        most.to_owned()
    };
    while limited("Max open files") != "0" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(limited("Max data size"), limits.memory.to_string());
    assert_eq!(limited("Max cpu time"), "30");
    assert_eq!(limited("Max core file size"), "0");
    assert_eq!(limited("Max file size"), "0");
    assert_eq!(fs::read(child.join("environ")).unwrap(), b"");
    assert_eq!(fs::read_link(child.join("cwd")).unwrap(), Path::new("/"));
    // The test runner may leave pipes of its own in the child; it must have no file or socket of
    // ours.
    let open = fs::read_dir(child.join("fd")).unwrap().flatten();
    let leads = |fd: fs::DirEntry| fs::read_link(fd.path()).unwrap();
    let mut leads: Vec<PathBuf> = open.map(leads).collect();
    leads.retain(|to| !to.to_string_lossy().starts_with("pipe:"));
    leads.dedup();
    assert_eq!(leads, [Path::new("/dev/null")]);
    call.abort();
}

#[test]
fn a_child_ends_when_its_parent_dies() {
    let page = slow_page();
    let mut child = Command::new(env!("CARGO_BIN_EXE_parse-untrusted"))
        .args(["--parse-untrusted", "1000000000", "60"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let length = u32::try_from(page.len()).unwrap();
    stdin.write_all(&length.to_le_bytes()).unwrap();
    stdin.write_all(page.as_bytes()).unwrap();
    // Simulates the death of the parent: its pipe closes.
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(5));
}

/// A program that runs this script instead of parsing.
fn script(name: &str, does: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, format!("#!/bin/sh\n{does}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[tokio::test]
async fn sleeping_child_is_killed_at_the_wall_limit() {
    let limits = SandboxLimits { wall_time: Duration::from_millis(300), ..limits(15) };
    let sandbox = Sandbox::new(ParserProgram::at(script("sleeps", "exec sleep 60")), limits);
    let began = Instant::now();
    let stopped = sandbox.article("<p>x").await.unwrap_err();
    assert!(matches!(stopped, SandboxError::Stopped("it took too long")), "{stopped}");
    assert!(began.elapsed() < Duration::from_secs(10));
    children::wait_for_children(&limits, 0).await;
}

#[tokio::test]
async fn invalid_reply_is_refused() {
    for (name, does, why) in [
        ("endless", "exec yes", "its reply is too long"),
        ("mumbles", "cat > /dev/null & echo x", "its reply makes no sense"),
        ("fails", "exit 101", "it broke the parser"),
        ("dies", "kill -9 $$", "it takes too much memory or time"),
    ] {
        let sandbox = Sandbox::new(ParserProgram::at(script(name, does)), limits(16));
        match sandbox.article("<p>x").await {
            Err(SandboxError::Stopped(said)) => assert_eq!(said, why, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn missing_program_is_reported() {
    let sandbox = Sandbox::new(ParserProgram::at("/there/is/no/parser"), limits(17));
    let error = sandbox.article("<p>x").await.unwrap_err();
    assert!(matches!(error, SandboxError::NotStarted(_)), "{error}");
    let said = error.to_string();
    assert!(said.starts_with("the parser can't be started: "), "{said}");
}

#[tokio::test]
async fn oversized_input_starts_no_child() {
    let long = "x".repeat(9 * 1024 * 1024);
    let refused = sandbox(18).article(&long).await.unwrap_err();
    assert!(matches!(refused, SandboxError::Stopped("it is too long")), "{refused}");
}
