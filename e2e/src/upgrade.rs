//! `upgrade`: every process of an older build is replaced by this build while carousels are in
//! progress, and every carousel completes.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use clap::Args;
use testkit::{
    cluster::{Cluster, ClusterPlan, Member, MemberId, postgres_is_installed},
    failpoints::{FailpointAction, Failpoints},
};
use workers::Pool;

use crate::{
    cli::{note, print},
    kill::{self, PATIENCE},
};

/// Where the first carousel is when the upgrade begins.
const UPGRADE_POINT: &str = "render_carousel.after";

/// How long rendering takes before the upgrade, so that all carousels are still in progress.
const RENDERING: Duration = Duration::from_secs(5);

/// The deadline to get there.
const REACHED: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub(crate) struct UpgradeArgs {
    /// The program `e2e` of the older build.
    #[arg(long, value_name = "PROGRAM")]
    from: PathBuf,
    /// The number of carousels in progress.
    #[arg(long, default_value_t = 20, value_name = "NUMBER")]
    carousels: usize,
}

/// Runs the upgrade; returns whether every promise was kept.
pub(crate) async fn run(upgrade: UpgradeArgs) -> anyhow::Result<bool> {
    let program = std::env::current_exe().context("the path of this program")?;
    let slow = Failpoints::at(UPGRADE_POINT, FailpointAction::Delay(RENDERING));
    let older = upgrade.from.canonicalize().with_context(|| upgrade.from.display().to_string())?;
    let plan = ClusterPlan::new(program).older(older).with(Member::Gateway).bot_api();
    let plan = match postgres_is_installed() {
        Ok(()) => plan.postgres(),
        Err(missing) => {
            note(format!("SQLite is used: {missing}"));
            plan
        }
    };
    let plan = plan.failpoints(Pool::Render, slow.map_err(anyhow::Error::msg)?);
    let mut cluster = plan.start().await?;
    note(format!("logs are in {}", cluster.folder().display()));

    let telegram = cluster.telegram().clone().with_timeout(PATIENCE);
    let mut people = Vec::new();
    for n in 1..=upgrade.carousels {
        people.push(telegram.person_speaking(&format!("Ann {n}"), "en").await);
    }
    let mut requests = Vec::new();
    for person in &people {
        requests.push(kill::order(&telegram, person, "Why tests matter").await);
    }
    // The older build may log the delay in other words.
    if cluster.wait_for_log(UPGRADE_POINT, REACHED).await.is_none() {
        bail!("no process reached {UPGRADE_POINT} within {REACHED:?}");
    }
    replace_all(&mut cluster).await?;

    // Each person's next carousel needs what the older build stored about them.
    for person in &people {
        requests.push(kill::order(&telegram, person, "Clean code").await);
    }
    for request in &requests {
        cluster.ended(request, PATIENCE).await?;
    }
    let report = cluster.audit_when_idle(&requests, PATIENCE).await?;
    print(&report);
    Ok(report.has_no_findings() && report.ended("delivered") == requests.len())
}

/// One process after the other: the older and the newer build run side by side meanwhile.
async fn replace_all(cluster: &mut Cluster) -> anyhow::Result<()> {
    let began = Instant::now();
    let pools = Pool::ALL.map(MemberId::from);
    for member in pools.into_iter().chain([Member::Gateway.into()]) {
        cluster.upgrade(member).await?;
        note(format!("{:.1} s: {member} is upgraded", began.elapsed().as_secs_f64()));
    }
    Ok(())
}
