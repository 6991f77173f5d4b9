//! `cargo run -p gateway -- COMMAND`: the bot, and the commands of its operator. `--help` lists them.

use std::{path::Path, process::ExitCode};

use clap::Parser as _;
use gateway::{cli::GatewayCli, health::Unhealthy, rebuild::RowsDiffer};
use runtime::{env::Env, exit, settings::Settings, shutdown, telemetry};

fn main() -> ExitCode {
    match sandbox::enter() {
        Ok(parser) => shutdown::run(start(parser)),
        Err(ended) => ended,
    }
}

async fn start(parser: sandbox::ParserProgram) -> ExitCode {
    runtime::tls::install();
    let cli = GatewayCli::parse();
    let read = |env| Settings::read_for(&env, cli.command.needs());
    let settings = match Env::load(Path::new(".")).and_then(read) {
        Ok(settings) => settings,
        Err(problems) => return failed(&problems, exit::CONFIGURATION),
    };
    let (format, traces) = (settings.log_format, settings.traces.as_ref());
    let telemetry =
        match telemetry::start(settings.log_filter.as_deref(), format, traces, "gateway") {
            Ok(telemetry) => telemetry,
            Err(e) => {
                return failed(&format!("logs and traces can't start: {e}"), exit::CONFIGURATION);
            }
        };
    let ran = cli.command.run(&settings, parser).await;
    telemetry.end().await;
    match ran {
        Ok(said) => {
            print(&said);
            ExitCode::SUCCESS
        }
        Err(e) => {
            let unhealthy = e.downcast_ref().map(|Unhealthy(report)| report);
            let differing = e.downcast_ref().map(|RowsDiffer(report)| report);
            match unhealthy.or(differing) {
                Some(report) => {
                    print(report);
                    ExitCode::from(exit::FAILED)
                }
                None => failed(&format!("{e:#}"), exit::FAILED),
            }
        }
    }
}

#[expect(clippy::print_stdout, reason = "what the operator asked for")]
fn print(said: &str) {
    print!("{said}");
}

#[expect(clippy::print_stderr, reason = "the final error of a program")]
fn failed(reason: &dyn std::fmt::Display, code: u8) -> ExitCode {
    eprintln!("error: {reason}");
    ExitCode::from(code)
}
