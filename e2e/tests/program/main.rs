//! The bench as whoever types it sees it: what it prints, and with which exit code it ends.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod day;
mod killing;
mod load;
mod orphans;
mod outage;
mod roles;
mod usage;

use std::{
    io::Write as _,
    process::{Command, Output},
};

use testkit::cluster::postgres_is_installed;

/// The program, before it runs.
fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_e2e"));
    command.args(args);
    command
}

/// Runs it to its end.
fn run(args: &[&str]) -> Output {
    program(args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn succeeded(output: &Output) {
    let (said, told) = (stdout(output), stderr(output));
    assert_eq!(output.status.code(), Some(0), "{said}\n{told}");
}

/// Says why a test that needs PostgreSQL does nothing, past the test runner.
fn without_postgres() -> bool {
    let installed = postgres_is_installed();
    if let Err(why) = &installed {
        let _ = writeln!(std::io::stderr(), "e2e: skipped on PostgreSQL: {why}");
    }
    installed.is_err()
}
