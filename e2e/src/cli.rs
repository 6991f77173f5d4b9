//! The command line and its exit codes.

use std::{fmt::Display, io::Write as _, process::ExitCode};

use clap::{Parser, Subcommand};
use runtime::exit;

use crate::{
    api::{self, ApiArgs},
    attack::{self, AttackArgs},
    containers::{self, ContainersArgs},
    day::{self, DayArgs},
    kill::{self, KillArgs},
    load::{self, LoadArgs},
    observe::{self, ObserveArgs},
    outage::{self, OutageArgs},
    price::{self, PriceArgs},
    role::{self, ClusterRole},
    soak::{self, SoakArgs},
    trace::{self, TraceArgs},
    upgrade::{self, UpgradeArgs},
    write::{self, WriteArgs},
};

/// End-to-end tests with real processes: kills, outages, upgrades, load and attacks, with an audit
/// of every request.
#[derive(Debug, Parser)]
#[command(
    name = "e2e",
    version,
    after_help = "Exit codes: 0 every promise was kept, 1 one was broken or something failed, \
                  2 usage, 64 configuration."
)]
pub(crate) struct E2eCli {
    /// The command to run.
    #[command(subcommand)]
    pub(crate) command: E2eCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum E2eCommand {
    /// Runs one process of a cluster until it gets a signal.
    #[command(subcommand)]
    Role(ClusterRole),
    /// Kills (-9) the process that reaches a failpoint, and audits the result.
    Kill(KillArgs),
    /// Stops a server while carousels are in progress, and audits the result.
    Outage(OutageArgs),
    /// Kills, disconnects and replaces each container of a docker-compose project under load, and
    /// audits the result.
    Containers(ContainersArgs),
    /// Replaces every process of an older build while carousels are in progress, and audits the
    /// result.
    Upgrade(UpgradeArgs),
    /// Chats with the bot for a simulated day, and prints the chat with its pictures.
    Day(DayArgs),
    /// Writes to the bot as many people, and reports how fast it answered each of them.
    Load(LoadArgs),
    /// Asks the HTTP API for carousels, and reports how fast it answered.
    Api(ApiArgs),
    /// Attacks the system with hostile input and load, and compares the measurements with the
    /// limits.
    Attack(AttackArgs),
    /// Writes fixed inputs with each writer, checks the drafts, and draws them side by side.
    Write(WriteArgs),
    /// Orders a carousel whose first model call fails, and prints its trace as a tree with times.
    Trace(TraceArgs),
    /// Makes every alert of deploy/prometheus fire by its fault, with a real Prometheus and
    /// Alertmanager.
    Observe(ObserveArgs),
    /// Makes requests for some time while every process is killed, frozen and cut off, and accounts for each
    /// request.
    Soak(SoakArgs),
    /// Measures the processor time of a carousel with and without traces, and of each idle process.
    Price(PriceArgs),
}

impl E2eCommand {
    pub(crate) async fn run(self, parser: sandbox::ParserProgram) -> ExitCode {
        match self {
            Self::Role(role) => role::run(role, parser).await,
            Self::Kill(kill) => ended(kill::run(kill).await),
            Self::Outage(outage) => ended(outage::run(outage).await),
            Self::Containers(containers) => ended(containers::run(containers).await),
            Self::Upgrade(upgrade) => ended(upgrade::run(upgrade).await),
            Self::Day(day) => ended(day::run(day).await),
            Self::Load(load) => ended(load::run(load).await),
            Self::Api(api) => ended(api::run(api, parser).await),
            Self::Attack(attack) => ended(attack::run(attack).await),
            Self::Write(write) => ended(write::run(write).await),
            Self::Trace(trace) => ended(trace::run(trace).await),
            Self::Observe(observe) => ended(observe::run(observe).await),
            Self::Soak(soak) => ended(soak::run(soak).await),
            Self::Price(price) => ended(price::run(price).await),
        }
    }
}

/// The exit code: success only if every promise was kept.
fn ended(kept: anyhow::Result<bool>) -> ExitCode {
    match kept {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => failed(&"a promise was not kept, see above", exit::FAILED),
        Err(e) => failed(&format!("{e:#}"), exit::FAILED),
    }
}

/// Writes a result to stdout. An error is ignored: the reader may have closed the pipe early.
pub(crate) fn print(said: impl Display) {
    let _ = writeln!(std::io::stdout(), "{said}");
}

/// Writes progress to stderr.
pub(crate) fn note(said: impl Display) {
    let _ = writeln!(std::io::stderr(), "{said}");
}

pub(crate) fn failed(reason: &dyn Display, code: u8) -> ExitCode {
    note(format!("error: {reason}"));
    ExitCode::from(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verify_cli() {
        use clap::CommandFactory as _;
        E2eCli::command().debug_assert();
    }

    #[test]
    fn only_kept_promises_exit_with_success() {
        assert_eq!(ended(Ok(true)), ExitCode::SUCCESS);
        assert_eq!(ended(Ok(false)), ExitCode::from(1));
        assert_eq!(ended(Err(anyhow::anyhow!("no server"))), ExitCode::from(1));
    }
}
