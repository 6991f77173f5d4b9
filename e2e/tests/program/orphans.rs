//! The program itself is killed: all its processes and files are removed.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use testkit::signals::is_alive;

use crate::program;

/// Longer than any step here takes, on any machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Polls until `so` is true.
#[track_caller]
fn until(what: &str, so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The process ids on the reaper's list.
fn processes(folder: &Path) -> Vec<u32> {
    let list = fs::read_to_string(folder.join("pids")).unwrap_or_default();
    list.lines().map(|pid| pid.parse().unwrap()).collect()
}

#[test]
fn killed_program_leaves_no_processes_or_files() {
    // A process that is held at a point keeps the cluster up for at least ten seconds.
    let mut runner = program(&["kill", "--point", "render_carousel.after"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(runner.stderr.take().unwrap());
    let folder = told.lines().find_map(|line| {
        let line = line.unwrap();
        let (_, path) = line.split_once(": logs are in ")?;
        Some(PathBuf::from(path))
    });
    let folder = folder.unwrap();
    // Temporal, five pools, the gateway.
    until("the cluster is up", || processes(&folder).len() == 7);
    let started = processes(&folder);
    assert!(started.iter().all(|pid| is_alive(*pid)), "{started:?}");

    runner.kill().unwrap();
    runner.wait().unwrap();

    until("the folder is gone", || !folder.exists());
    until("everybody is gone", || started.iter().all(|pid| !is_alive(*pid)));
}
