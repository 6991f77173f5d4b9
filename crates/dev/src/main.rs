//! `cargo dev` and `cargo dev make "TOPIC"`.

use std::{fmt::Display, path::Path, process::ExitCode};

use clap::{Parser, Subcommand};
use dev::{
    make::{MakeArgs, MakeError},
    up::HoldFailpoint,
};
use runtime::{env::Env, exit, settings::Settings, shutdown, telemetry};

/// The whole system on a laptop: Temporal with its Web UI, all worker pools, the gateway.
#[derive(Debug, Parser)]
#[command(
    name = "cargo dev",
    version,
    after_help = "Settings come from the environment and .env; .env.example names all of them.\n\
                  Exit codes: 0 done, 1 failed, 2 usage, 64 configuration."
)]
struct DevCli {
    #[command(subcommand)]
    command: Option<DevCommand>,
    /// Hold activities at this failpoint until the process ends, to see the effect of a crash
    /// there: `<activity>.<before|after|recorded>`.
    #[arg(long, value_name = "POINT")]
    hold: Option<HoldFailpoint>,
}

#[derive(Debug, Subcommand)]
enum DevCommand {
    /// Starts everything and runs until Ctrl-C; the default command.
    Up,
    /// Makes one carousel and exits.
    Make(Box<MakeArgs>),
}

fn main() -> ExitCode {
    match sandbox::enter() {
        Ok(parser) => shutdown::run(start(parser)),
        Err(ended) => ended,
    }
}

async fn start(parser: sandbox::ParserProgram) -> ExitCode {
    runtime::tls::install();
    let cli = DevCli::parse();
    let settings = match Env::load(Path::new(".")).and_then(|env| Settings::read(&env)) {
        Ok(settings) => settings,
        Err(problems) => return failed(&problems, exit::CONFIGURATION),
    };
    // A person reads the output of `make`, so its log shows errors only.
    let quiet = matches!(cli.command, Some(DevCommand::Make(_)));
    let filter = settings.log_filter.clone().or(quiet.then(|| "error".to_owned()));
    if let Err(e) = telemetry::start(filter.as_deref(), settings.log_format) {
        return failed(&format!("RUST_LOG: {e}"), exit::CONFIGURATION);
    }
    match cli.command.unwrap_or(DevCommand::Up) {
        DevCommand::Up => match dev::up::run(&settings, cli.hold, parser).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => failed(&format!("{e:#}"), exit::FAILED),
        },
        DevCommand::Make(make) => made(*make, &settings, parser).await,
    }
}

#[expect(clippy::print_stdout, reason = "the output of the command")]
async fn made(make: MakeArgs, settings: &Settings, parser: sandbox::ParserProgram) -> ExitCode {
    let json = make.json;
    match dev::make::run(make, settings, parser).await {
        Ok(report) => {
            if json {
                println!("{}", report.json());
            } else {
                print!("{}", report.text());
            }
            if report.is_delivered() {
                ExitCode::SUCCESS
            } else {
                failed(&report.reason, exit::FAILED)
            }
        }
        Err(MakeError::Usage(refusal)) => failed(&refusal, exit::USAGE),
        Err(MakeError::Other(e)) => failed(&format!("{e:#}"), exit::FAILED),
    }
}

#[expect(clippy::print_stderr, reason = "the final error of a program")]
fn failed(reason: &dyn Display, code: u8) -> ExitCode {
    eprintln!("error: {reason}");
    ExitCode::from(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verify_cli() {
        use clap::CommandFactory as _;
        DevCli::command().debug_assert();
    }
}
