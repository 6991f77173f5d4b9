//! The program from outside: its output and its exit codes.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod day;
mod killing;
mod load;
mod metrics_pages;
mod orphans;
mod outage;
mod roles;
mod traces;
mod upgrade;
mod usage;

use std::{
    io::Write as _,
    process::{Command, Output},
};

use testkit::cluster::postgres_is_installed;

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_e2e"));
    command.args(args);
    command
}

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

/// Whether a test has to be skipped because PostgreSQL is missing; prints the reason to stderr,
/// past the test harness.
fn without_postgres() -> bool {
    let installed = postgres_is_installed();
    if let Err(why) = &installed {
        let _ = writeln!(std::io::stderr(), "e2e: skipped on PostgreSQL: {why}");
    }
    installed.is_err()
}
