//! `outage`: a server goes away in mid-carousel and comes back, and every carousel completes.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use testkit::{
    cluster::{Member, Plan},
    failpoints::{Action, Failpoints, late_at},
};
use workers::Pool;

use crate::cli::{note, print};

/// Carousels under way when it happens.
const CAROUSELS: usize = 3;

/// Where the first of them is by then: between two steps that need the database.
const MIDDLE: &str = "render_carousel.after";

/// How long until it is there.
const REACHED: Duration = Duration::from_secs(60);

/// `outage`.
#[derive(Debug, Args)]
pub(crate) struct Outage {
    /// Which server goes away.
    #[arg(value_enum, default_value_t)]
    server: Server,
    /// For how long.
    #[arg(long, default_value_t = 20, value_name = "SECONDS")]
    seconds: u64,
}

/// A server that everybody needs.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Server {
    /// Stopped in order, as for an upgrade, and started again.
    #[default]
    Postgres,
}

/// Does it; gives whether every promise was kept.
pub(crate) async fn run(outage: Outage) -> anyhow::Result<bool> {
    match outage.server {
        Server::Postgres => postgres(Duration::from_secs(outage.seconds)).await,
    }
}

/// Drawing is slowed down, so that there is a middle: the server is stopped while one carousel is
/// drawn, and all of them need it afterwards.
async fn postgres(away: Duration) -> anyhow::Result<bool> {
    let slow = Failpoints::at(MIDDLE, Action::Delay(Duration::from_secs(2)));
    let program = std::env::current_exe().context("where this program is")?;
    let plan = Plan::new(program).with(Member::Gateway).postgres();
    let plan = plan.failpoints(Pool::Render, slow.map_err(anyhow::Error::msg)?);
    let mut cluster = plan.start().await?;
    let began = Instant::now();
    let mut requests = Vec::new();
    for n in 1..=CAROUSELS {
        requests.push(
            cluster
                .order(&format!("outage-{n}"), "Почему тесты важны")
                .await?,
        );
    }
    if cluster.says(&late_at(MIDDLE), REACHED).await.is_none() {
        bail!("nobody came to {MIDDLE} within {REACHED:?}");
    }

    note(format!(
        "{:.1} s: PostgreSQL is stopped",
        began.elapsed().as_secs_f64()
    ));
    cluster.stop(Member::Postgres).await;
    tokio::time::sleep(away).await;
    cluster.start(Member::Postgres).await?;
    note(format!(
        "{:.1} s: PostgreSQL is back",
        began.elapsed().as_secs_f64()
    ));

    // Whoever waits in a retry has at most its longest pause left, 20 s.
    let patience = away + Duration::from_secs(60);
    for request in &requests {
        let ended = cluster.ended(request, patience).await?;
        let how = ended.map_or_else(|| "not over".to_owned(), |ended| ended.outcome);
        note(format!(
            "{:.1} s: {} is {how}",
            began.elapsed().as_secs_f64(),
            request.id
        ));
    }
    let report = cluster.audit(&requests).await?;
    print(&report);
    Ok(report.holds() && report.ended("delivered") == CAROUSELS)
}
