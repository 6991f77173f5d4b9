//! Worker pools with failpoints.

use std::net::SocketAddr;

use activities::{ai::AddressPolicy, delivery::Folders};
use clap::Args;
use runtime::{
    http::Port,
    metrics::ProcessMetrics,
    settings::{Needs, Settings},
    shutdown::{self, Shutdown},
    temporal::TemporalTarget,
};
use testkit::failpoints::Failpoints;
use workers::{Pools, WorkerConfig};

/// The variable with one address, in addition to public ones, that pages may be read from.
pub(crate) const PAGES_AT: &str = "BENCH_PAGES_AT";

#[derive(Debug, Args)]
pub(crate) struct WorkersRole {
    /// The pools: workflow, ai, render, persistence, delivery; all by default.
    #[arg(long, value_name = "POOL,…")]
    pool: Option<Pools>,
    /// The failpoints and their actions: `render_carousel.after=hold;save_draft.before=fail(2)`.
    /// Actions are kill, hold, fail(TIMES) and delay(MS); `kill --list` names the points. The
    /// default is the value of FAILPOINTS.
    #[arg(long, value_name = "POINT=ACTION;…")]
    failpoints: Option<Failpoints>,
}

impl WorkersRole {
    /// The secrets and addresses that its pools need.
    pub(super) fn needs(&self) -> Needs {
        self.pool.as_ref().map_or_else(|| Pools::all().needs(), Pools::needs)
    }

    /// Like the program `workers`, plus failpoints.
    pub(super) async fn run(
        self,
        settings: &Settings,
        parser: sandbox::ParserProgram,
    ) -> anyhow::Result<()> {
        let failpoints = match self.failpoints {
            Some(failpoints) => failpoints,
            None => Failpoints::of_environment().map_err(anyhow::Error::msg)?,
        };
        let shutdown = Shutdown::on_signals(settings.drain + shutdown::MARGIN)?;
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let port = Port::bind(settings.http.unwrap_or(any)).await?;
        let metrics = ProcessMetrics::with_sdk("workers").map_err(anyhow::Error::from_boxed)?;
        let client = TemporalTarget::of(&settings.temporal).connect("workers").await?;
        let materials = WorkerConfig {
            settings,
            client,
            metrics: &metrics,
            shutdown: shutdown.clone(),
            failpoints: failpoints.hooks(),
            folders: Folders::under(&settings.data.output_dir),
            address_policy: reach()?,
            parser,
        };
        let pools = self.pool.unwrap_or_else(Pools::all);
        let running = workers::start(&pools, materials).await?;
        tracing::info!("metrics and health at http://{}", port.address());
        let pages = Port::pages(metrics, running.checks(), shutdown.clone());
        let serving = tokio::spawn(port.serve(pages, Shutdown::default()));
        let ended = running.ended().await;
        serving.abort();
        ended.map_err(anyhow::Error::msg)
    }
}

fn reach() -> anyhow::Result<AddressPolicy> {
    match std::env::var(PAGES_AT) {
        Ok(address) => Ok(AddressPolicy::public().allowing(address.parse()?)),
        Err(_) => Ok(AddressPolicy::public()),
    }
}
