//! `cargo run -p workers [-- --pool ai,render,…]`: runs worker pools until SIGTERM or Ctrl-C.

use std::{net::SocketAddr, path::Path, process::ExitCode};

use clap::Parser;
use runtime::{
    env::Env, exit, http::Port, metrics::ProcessMetrics, settings::Settings, shutdown,
    shutdown::Shutdown, telemetry, temporal::TemporalTarget,
};
use workers::{Pools, WorkerConfig};

/// Runs worker pools against a Temporal server.
#[derive(Debug, Parser)]
#[command(
    version = runtime::VERSION,
    after_help = "Settings come from the environment and .env; .env.example names all of them."
)]
struct Args {
    /// Pools to run: workflow, ai, render, persistence, delivery. Default: all.
    #[arg(long, value_name = "POOL,…")]
    pool: Option<Pools>,
}

fn main() -> ExitCode {
    match sandbox::enter() {
        Ok(parser) => shutdown::run(start(parser)),
        Err(ended) => ended,
    }
}

async fn start(parser: sandbox::ParserProgram) -> ExitCode {
    runtime::tls::install();
    let args = Args::parse();
    let pools = args.pool.unwrap_or_else(Pools::all);
    let read = |env| Settings::read_for(&env, pools.needs());
    let settings = match Env::load(Path::new(".")).and_then(read) {
        Ok(settings) => settings,
        Err(problems) => return failed(&problems, exit::CONFIGURATION),
    };
    let (format, traces) = (settings.log_format, settings.traces.as_ref());
    let telemetry =
        match telemetry::start(settings.log_filter.as_deref(), format, traces, "workers") {
            Ok(telemetry) => telemetry,
            Err(e) => {
                return failed(&format!("logs and traces can't start: {e}"), exit::CONFIGURATION);
            }
        };
    let ran = run(pools, &settings, parser).await;
    telemetry.end().await;
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => failed(&format!("{e:#}"), exit::FAILED),
    }
}

/// Bind, connect, start, serve, drain.
async fn run(
    pools: Pools,
    settings: &Settings,
    parser: sandbox::ParserProgram,
) -> anyhow::Result<()> {
    let shutdown = Shutdown::on_signals(settings.drain + shutdown::MARGIN)?;
    let address = settings.http.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 9464)));
    let port = Port::bind(address).await?;
    let metrics = ProcessMetrics::with_sdk("workers").map_err(anyhow::Error::from_boxed)?;
    let client = TemporalTarget::of(&settings.temporal).connect("workers").await?;
    let running = workers::start(
        &pools,
        WorkerConfig {
            settings,
            client,
            metrics: &metrics,
            shutdown: shutdown.clone(),
            failpoints: runtime::failpoint_hooks::FailpointHooks::none(),
            folders: activities::delivery::Folders::under(&settings.data.output_dir),
            address_policy: activities::ai::AddressPolicy::public(),
            parser,
        },
    )
    .await?;
    tracing::info!("metrics and health at http://{}", port.address());
    let pages = Port::pages(metrics, running.checks(), shutdown.clone());
    // The metrics and health pages stay up during the drain.
    let serving = tokio::spawn(port.serve(pages, Shutdown::default()));
    let ended = running.ended().await;
    serving.abort();
    ended.map_err(anyhow::Error::msg)
}

#[expect(clippy::print_stderr, reason = "a program reports why it failed on stderr")]
fn failed(reason: &dyn std::fmt::Display, code: u8) -> ExitCode {
    eprintln!("error: {reason}");
    ExitCode::from(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verify_cli() {
        use clap::CommandFactory as _;
        Args::command().debug_assert();
    }
}
