//! `outage`: a server stops while carousels are in progress and restarts, and every carousel
//! completes.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use domain::Outcome;
use testkit::{
    RedisServer,
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
    /// Killed, and restarted with its data.
    Redis,
    /// Killed, and restarted empty.
    RedisEmpty,
}

/// Runs the outage; returns whether every promise was kept.
pub(crate) async fn run(outage: OutageArgs) -> anyhow::Result<bool> {
    match outage.server {
        OutageServer::Postgres => postgres(Duration::from_secs(outage.seconds)).await,
        OutageServer::Redis => redis(Duration::from_secs(outage.seconds), false).await,
        OutageServer::RedisEmpty => redis(Duration::from_secs(outage.seconds), true).await,
    }
}

/// Carousels are made before, during and after the outage, and do not wait for it. Afterwards the stream has every event
/// of the outbox, and those of each carousel in their order.
async fn redis(away: Duration, is_erased: bool) -> anyhow::Result<bool> {
    let Some(mut redis) = RedisServer::start_or_skip() else {
        return Ok(true);
    };
    let program = std::env::current_exe().context("the path of this program")?;
    let plan = ClusterPlan::new(program).env("REDIS_URL", redis.url());
    let cluster = plan.start().await?;
    let began = Instant::now();
    let seconds = || began.elapsed().as_secs_f64();
    let mut requests = vec![cluster.order("before", "Why tests matter").await?];
    cluster.ended(&requests[0], REACHED).await?.context("the first carousel does not end")?;
    let before = cluster.stream_when_published(&redis).await?;
    note(format!("{:.1} s: Redis is killed; {before}", seconds()));
    if is_erased {
        redis.kill_and_erase();
    } else {
        redis.kill();
    }
    for n in 1..=CAROUSELS {
        let request = cluster.order(&format!("during-{n}"), "Why tests matter").await?;
        let ended = cluster.ended(&request, REACHED).await?;
        let how = ended.and_then(|ended| ended.outcome).map_or("not over", Outcome::name);
        note(format!("{:.1} s: {} is {how}", seconds(), request.id));
        requests.push(request);
    }
    tokio::time::sleep(away.saturating_sub(began.elapsed())).await;
    redis.start();
    let back = Instant::now();
    note(format!("{:.1} s: Redis is back", seconds()));
    requests.push(cluster.order("after", "Why tests matter").await?);
    cluster.ended(&requests[CAROUSELS + 1], REACHED).await?.context("the last one does not end")?;
    let stream = cluster.stream_when_published(&redis).await?;
    note(format!("{:.1} s later: {stream}", back.elapsed().as_secs_f64()));
    let report = cluster.audit(&requests).await?;
    print(&report);
    Ok(stream.is_complete()
        && report.has_no_findings()
        && report.ended("delivered") == requests.len())
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
        let how = ended.and_then(|ended| ended.outcome).map_or("not over", Outcome::name);
        note(format!("{:.1} s: {} is {how}", began.elapsed().as_secs_f64(), request.id));
    }
    let report = cluster.audit(&requests).await?;
    print(&report);
    Ok(report.has_no_findings() && report.ended("delivered") == CAROUSELS)
}
