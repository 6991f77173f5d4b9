//! Runs one process of a cluster: the same code as the program of that name, with failpoints.

mod bot_api;
mod chaos;
mod workers;

use std::{path::Path, process::ExitCode};

use clap::Subcommand;
use runtime::{
    env::Env,
    exit,
    settings::{Needs, Settings},
    telemetry,
};
use testkit::failpoints::Failpoints;

pub(crate) use self::{
    bot_api::BotApiRole,
    chaos::ChaosRole,
    workers::{PAGES_AT, WorkersRole},
};
use crate::cli::failed;

/// A process of a cluster.
#[derive(Debug, Subcommand)]
pub(crate) enum ClusterRole {
    /// Worker pools, as `cargo run -p workers` runs them.
    Workers(WorkersRole),
    /// The gateway, as `cargo run -p gateway -- serve` runs it.
    Gateway,
    /// The fake Bot API. Its web page shows the chats, and lets a person write.
    BotApi(BotApiRole),
    /// A TCP proxy that injects network faults.
    Chaos(ChaosRole),
}

impl ClusterRole {
    /// The service's name in traces.
    const fn name(&self) -> &'static str {
        match self {
            Self::Workers(_) => "workers",
            Self::Gateway => "gateway",
            Self::BotApi(_) => "bot-api",
            Self::Chaos(_) => "chaos",
        }
    }

    /// The secrets and addresses that it needs, like the program of the same name.
    fn needs(&self) -> Needs {
        match self {
            Self::Workers(workers) => workers.needs(),
            Self::Gateway => gateway::cli::GatewayCommand::Serve.needs(),
            Self::BotApi(_) | Self::Chaos(_) => Needs::default(),
        }
    }
}

/// Runs the role until a signal arrives.
pub(crate) async fn run(role: ClusterRole, parser: sandbox::ParserProgram) -> ExitCode {
    let needs = role.needs();
    let read = |env| Settings::read_for(&env, needs);
    let settings = match Env::load(Path::new(".")).and_then(read) {
        Ok(settings) => settings,
        Err(problems) => return failed(&problems, exit::CONFIGURATION),
    };
    let (filter, format) = (settings.log_filter.as_deref(), settings.log_format);
    let telemetry = match telemetry::start(filter, format, settings.traces.as_ref(), role.name()) {
        Ok(telemetry) => telemetry,
        Err(e) => return failed(&e.to_string(), exit::CONFIGURATION),
    };
    let ended = match role {
        ClusterRole::Workers(workers) => workers.run(&settings, parser).await,
        ClusterRole::Gateway => match Failpoints::of_environment() {
            Ok(failpoints) => gateway::serve::run(&settings, failpoints.hooks(), parser).await,
            Err(e) => return failed(&e, exit::CONFIGURATION),
        },
        ClusterRole::BotApi(fake) => fake.run().await,
        ClusterRole::Chaos(proxy) => proxy.run().await,
    };
    telemetry.end().await;
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => failed(&format!("{e:#}"), exit::FAILED),
    }
}
