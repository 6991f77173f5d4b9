//! `outage`: a server stops while carousels are in progress and restarts, and every carousel
//! completes.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use testkit::{
    cluster::{ClusterPlan, Member},
    failpoints::{FailpointAction, Failpoints, delay_log_line},
};
use workers::Pool;

use crate::cli::{note, print};

/// The number of carousels in progress during the outage.
const CAROUSELS: usize = 3;

/// Where the first of them is at that time: between two steps that need the database.
const OUTAGE_POINT: &str = "render_carousel.after";

/// The deadline to get there.
const REACHED: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub(crate) struct OutageArgs {
    /// The server that stops.
    #[arg(value_enum, default_value_t)]
    server: OutageServer,
    /// The duration in seconds.
    #[arg(long, default_value_t = 20, value_name = "SECONDS")]
    seconds: u64,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum OutageServer {
    /// Stopped in order, as for an upgrade, and restarted.
    #[default]
    Postgres,
}

/// Runs the outage; returns whether every promise was kept.
pub(crate) async fn run(outage: OutageArgs) -> anyhow::Result<bool> {
    match outage.server {
        OutageServer::Postgres => postgres(Duration::from_secs(outage.seconds)).await,
    }
}

/// Rendering is delayed, so that the server is stopped while one carousel is rendered; all
/// carousels need it afterwards.
async fn postgres(away: Duration) -> anyhow::Result<bool> {
    let slow = Failpoints::at(OUTAGE_POINT, FailpointAction::Delay(Duration::from_secs(2)));
    let program = std::env::current_exe().context("the path of this program")?;
    let plan = ClusterPlan::new(program).with(Member::Gateway).postgres();
    let plan = plan.failpoints(Pool::Render, slow.map_err(anyhow::Error::msg)?);
    let mut cluster = plan.start().await?;
    let began = Instant::now();
    let mut requests = Vec::new();
    for n in 1..=CAROUSELS {
        requests.push(cluster.order(&format!("outage-{n}"), "Почему тесты важны").await?);
    }
    if cluster.wait_for_log(&delay_log_line(OUTAGE_POINT), REACHED).await.is_none() {
        bail!("no process reached {OUTAGE_POINT} within {REACHED:?}");
    }

    note(format!("{:.1} s: PostgreSQL is stopped", began.elapsed().as_secs_f64()));
    cluster.stop(Member::Postgres).await;
    tokio::time::sleep(away).await;
    cluster.start(Member::Postgres).await?;
    note(format!("{:.1} s: PostgreSQL is back", began.elapsed().as_secs_f64()));

    // A retry waits for at most its longest interval, 20 s.
    let patience = away + Duration::from_secs(60);
    for request in &requests {
        let ended = cluster.ended(request, patience).await?;
        let how = ended.map_or_else(|| "not over".to_owned(), |ended| ended.outcome);
        note(format!("{:.1} s: {} is {how}", began.elapsed().as_secs_f64(), request.id));
    }
    let report = cluster.audit(&requests).await?;
    print(&report);
    Ok(report.has_no_findings() && report.ended("delivered") == CAROUSELS)
}
