//! `kill`: kills a process at a failpoint, and checks that every promise is still kept.

mod alarm;
mod chat_scenario;
mod kill_point;
mod kill_run;
mod kill_summary;
mod privacy;
mod workflow_scenario;

pub(crate) use alarm::raise as raise_alarm;
pub(crate) use chat_scenario::{PATIENCE, is_idle, is_paused, order, trigger_first, until};
pub(crate) use privacy::forget;
pub(crate) use workflow_scenario::WorkflowScenario;

use clap::{ArgGroup, Args, ValueEnum};
use futures::{StreamExt as _, stream};
use testkit::failpoints;

use self::{
    kill_point::{CarouselPath, KillPoint},
    kill_run::KillRun,
    kill_summary::KillSummary,
};
use crate::cli::{note, print};

#[derive(Debug, Args)]
#[group(skip)]
#[command(group(ArgGroup::new("what").required(true)))]
pub(crate) struct KillArgs {
    /// Lists the failpoints, one per line.
    #[arg(long, group = "what")]
    list: bool,
    /// Kills at this failpoint; can be repeated.
    #[arg(long, value_name = "ACTIVITY.MOMENT", group = "what")]
    point: Vec<KillPoint>,
    /// Kills at every failpoint.
    #[arg(long, group = "what")]
    all: bool,
    /// The number of runs per failpoint.
    #[arg(long, default_value_t = 1, value_name = "TIMES")]
    runs: u32,
    /// The number of clusters at a time: most of a run is a wait for a heartbeat timeout.
    #[arg(long, default_value_t = 1, value_name = "CLUSTERS")]
    jobs: usize,
    /// The database of the cluster.
    #[arg(long, value_enum, default_value_t)]
    database: ClusterDatabase,
    /// Orders carousels in a chat and delivers them to a fake Bot API instead of a folder.
    #[arg(long)]
    chat: bool,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum ClusterDatabase {
    /// A file that all processes share.
    #[default]
    Sqlite,
    /// A server of the cluster's own.
    Postgres,
}

/// Runs the kills; returns whether every promise was kept.
pub(crate) async fn run(kill: KillArgs) -> anyhow::Result<bool> {
    if kill.list {
        failpoints::points().for_each(print);
        return Ok(true);
    }
    let points: Vec<KillPoint> = if kill.all {
        let all = failpoints::points().map(|name| name.parse::<KillPoint>());
        let all: Result<Vec<_>, _> = all.collect();
        let (far, near): (Vec<KillPoint>, _) = all
            .map_err(anyhow::Error::msg)?
            .into_iter()
            .partition(|point| kill_run::path_to(point, kill.chat) == CarouselPath::Unreachable);
        far.iter().for_each(|point| note(format!("{point}: skipped, no carousel reaches it")));
        near
    } else {
        kill.point
    };
    let alone = points.len() == 1 && kill.runs == 1;
    let runs = points.iter().flat_map(|point| (1..=kill.runs).map(move |run| (point, run)));
    let scenes = runs.map(|(point, run)| {
        let scene = KillRun::new(point.clone(), kill.database, kill.chat);
        async move {
            let played = scene.run().await;
            (point, run, played)
        }
    });
    let mut summary = KillSummary::default();
    let mut playing = stream::iter(scenes).buffer_unordered(kill.jobs.max(1));
    while let Some((point, run, played)) = playing.next().await {
        if !alone {
            note(format!("{point}, run {run}: {}", kill_summary::word(&played)));
        }
        match &played {
            Ok(played) if alone || !played.holds() => print(&played.report),
            Ok(_) => {}
            Err(e) => note(format!("{point}, run {run}: {e:#}")),
        }
        summary.add(point, &played);
    }
    print(&summary);
    Ok(summary.holds())
}
