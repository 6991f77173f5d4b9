//! `cargo run -p gateway -- start|status|cancel|list|serve`.

use std::{path::Path, process::ExitCode};

use clap::Parser as _;
use gateway::cli::GatewayCli;
use runtime::{env::Env, exit, settings::Settings, shutdown, telemetry};

fn main() -> ExitCode {
    shutdown::run(start())
}

async fn start() -> ExitCode {
    runtime::tls::install();
    let cli = GatewayCli::parse();
    let read = |env| Settings::read_for(&env, cli.command.needs());
    let settings = match Env::load(Path::new(".")).and_then(read) {
        Ok(settings) => settings,
        Err(problems) => return failed(&problems, exit::CONFIGURATION),
    };
    if let Err(e) = telemetry::start(settings.log_filter.as_deref(), settings.log_format) {
        return failed(&format!("RUST_LOG: {e}"), exit::CONFIGURATION);
    }
    match cli.command.run(&settings).await {
        Ok(said) => {
            print(&said);
            ExitCode::SUCCESS
        }
        Err(e) => failed(&format!("{e:#}"), exit::FAILED),
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
