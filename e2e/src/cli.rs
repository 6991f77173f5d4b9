//! The command line: what can be asked for, and with which exit code it ends.

use std::{fmt::Display, io::Write as _, process::ExitCode};

use clap::{Parser, Subcommand};
use runtime::exit;

use crate::{
    attack::{self, Attack},
    day::{self, Day},
    kill::{self, Kill},
    load::{self, Load},
    outage::{self, Outage},
    role::{self, Role},
};

/// Kills, outages and load, on real processes, with an account of every request.
#[derive(Debug, Parser)]
#[command(
    name = "e2e",
    version,
    after_help = "Exit codes: 0 every promise was kept, 1 one was broken or something failed, \
                  2 usage, 64 configuration."
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What the bench can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Is one process of a cluster, until it is told to stop.
    #[command(subcommand)]
    Role(Role),
    /// Kills (-9) the process that is at a named point, and accounts for what came of it.
    Kill(Kill),
    /// Takes a server away in mid-carousel, and accounts for what came of it.
    Outage(Outage),
    /// Chats with the bot for a day, and prints the chat with its pictures.
    Day(Day),
    /// Writes to the bot as many people, and says how soon it answered each of them.
    Load(Load),
    /// Attacks the system with hostile input and load, and compares what it measures with the limits.
    Attack(Attack),
}

impl Command {
    pub(crate) async fn run(self, parser: sandbox::Program) -> ExitCode {
        match self {
            Self::Role(role) => role::run(role, parser).await,
            Self::Kill(kill) => ended(kill::run(kill).await),
            Self::Outage(outage) => ended(outage::run(outage).await),
            Self::Day(day) => ended(day::run(day).await),
            Self::Load(load) => ended(load::run(load).await),
            Self::Attack(attack) => ended(attack::run(attack).await),
        }
    }
}

/// Whether every promise was kept.
fn ended(kept: anyhow::Result<bool>) -> ExitCode {
    match kept {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => failed(&"a promise was not kept, see above", exit::FAILED),
        Err(e) => failed(&format!("{e:#}"), exit::FAILED),
    }
}

/// What was asked for. Whoever reads only the first lines of it closes the pipe: no reason to die.
pub(crate) fn print(said: impl Display) {
    let _ = writeln!(std::io::stdout(), "{said}");
}

/// What goes on, for whoever waits.
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
        Cli::command().debug_assert();
    }

    #[test]
    fn only_a_kept_promise_is_a_success() {
        assert_eq!(ended(Ok(true)), ExitCode::SUCCESS);
        assert_eq!(ended(Ok(false)), ExitCode::from(1));
        assert_eq!(ended(Err(anyhow::anyhow!("no server"))), ExitCode::from(1));
    }
}
