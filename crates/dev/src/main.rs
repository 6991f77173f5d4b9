//! `cargo dev`, `cargo dev make "TOPIC"` and `cargo dev models`.

use std::{fmt::Display, io::Write as _, path::Path, process::ExitCode};

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
    /// Lists what each configured model service offers, and tests each configured model with one
    /// call. Exit code 1 if a model does not work.
    Models,
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
    // A person reads the output of `make` and `models`, so the log shows errors only.
    let quiet = matches!(cli.command, Some(DevCommand::Make(_) | DevCommand::Models));
    let filter = settings.log_filter.clone().or(quiet.then(|| "error".to_owned()));
    let (format, traces) = (settings.log_format, settings.traces.as_ref());
    let telemetry = match telemetry::start(filter.as_deref(), format, traces, "dev") {
        Ok(telemetry) => telemetry,
        Err(e) => return failed(&format!("logs and traces can't start: {e}"), exit::CONFIGURATION),
    };
    let code = run(cli, &settings, parser).await;
    telemetry.end().await;
    code
}

async fn run(cli: DevCli, settings: &Settings, parser: sandbox::ParserProgram) -> ExitCode {
    match cli.command.unwrap_or(DevCommand::Up) {
        DevCommand::Up => match dev::up::run(settings, cli.hold, parser).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => failed(&format!("{e:#}"), exit::FAILED),
        },
        DevCommand::Make(make) => made(*make, settings, parser).await,
        DevCommand::Models => {
            let report = dev::models::run(&settings.ai).await;
            let _ = std::io::stdout().write_all(report.text.as_bytes());
            if report.all_work { ExitCode::SUCCESS } else { ExitCode::from(exit::FAILED) }
        }
    }
}

async fn made(make: MakeArgs, settings: &Settings, parser: sandbox::ParserProgram) -> ExitCode {
    let json = make.json;
    match dev::make::run(make, settings, parser).await {
        Ok(report) => {
            let text = if json { report.json() + "\n" } else { report.text() };
            // The reader may have closed the pipe, as `head -1` does.
            let _ = std::io::stdout().write_all(text.as_bytes());
            if report.is_delivered() {
                return ExitCode::SUCCESS;
            }
            let advice = report.advice();
            let separator = if advice.is_empty() { "" } else { "\n" };
            failed(&format!("{}{separator}{advice}", report.reason), exit::FAILED)
        }
        Err(MakeError::Usage(refusal)) => failed(&refusal, exit::USAGE),
        Err(MakeError::Other(e)) => failed(&format!("{e:#}"), exit::FAILED),
    }
}

fn failed(reason: &dyn Display, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "error: {reason}");
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
