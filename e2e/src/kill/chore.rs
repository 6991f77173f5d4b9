//! Work besides carousels: maintenance, run once instead of on its schedule, and requests of users.

use std::{
    fs::{self, File},
    path::Path,
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, bail};
use temporalio_client::{
    Client, UntypedWorkflow, WorkflowGetResultOptions, WorkflowStartOptions,
    WorkflowTerminateOptions,
};
use testkit::{audit::Request, cluster::Cluster, failpoints::held_at};
use workflows::{
    AnswerWorkflow, CollectBlobsWorkflow, PruneWorkflow, ReconcileWorkflow, WisdomWorkflow,
    contract::{AnswerRequest, WisdomRequest},
    queues,
};

use super::{alarm, point::LEFT_AT, scene::REACHED};

/// Older than the minimum age of everything that maintenance leaves alone: a minute for carousels,
/// a day for blobs.
const LONG_AGO: Duration = Duration::from_secs(48 * 3600);

/// Work besides a carousel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chore {
    /// Settles carousels with a closed workflow.
    Reconcile,
    /// Alerts an operator about a stuck workflow.
    RaiseAlert,
    /// Collects blobs without references.
    CollectBlobs,
    /// Deletes rows that are past their retention.
    Prune,
    /// Answers a question.
    Answer,
    /// Selects a daily tip.
    Wisdom,
}

impl Chore {
    /// Makes sure that there is work to do.
    pub(super) async fn prepare(self, cluster: &Cluster, request: &Request) -> anyhow::Result<()> {
        match self {
            Self::Reconcile => lose(cluster, request).await,
            Self::RaiseAlert | Self::CollectBlobs | Self::Prune | Self::Answer | Self::Wisdom => {
                if cluster.ended(request, REACHED).await?.is_none() {
                    bail!("the carousel did not end within {REACHED:?}");
                }
                age(&cluster.folder().join("data/blobs")).context("the blobs")
            }
        }
    }

    /// Runs it to its end.
    pub(crate) async fn run(self, client: Client, carousel: String) -> anyhow::Result<()> {
        let start = |id: &str| WorkflowStartOptions::new(queues::CAROUSEL, id).build();
        let options = WorkflowGetResultOptions::default();
        match self {
            Self::Reconcile => {
                let run = ReconcileWorkflow::run;
                let begun = client
                    .start_workflow(run, (), start("chore-reconcile"))
                    .await?;
                begun.get_result(options).await?;
            }
            Self::RaiseAlert => alarm::raise(client, carousel).await?,
            Self::CollectBlobs => {
                let run = CollectBlobsWorkflow::run;
                let begun = client
                    .start_workflow(run, (), start("chore-collect"))
                    .await?;
                begun.get_result(options).await?;
            }
            Self::Prune => {
                let run = PruneWorkflow::run;
                let begun = client.start_workflow(run, (), start("chore-prune")).await?;
                begun.get_result(options).await?;
            }
            Self::Answer => {
                let asked = AnswerRequest {
                    user: "local".to_owned(),
                    question: "Зачем нужны тесты?".to_owned(),
                    language: "ru".to_owned(),
                    ..AnswerRequest::default()
                };
                let run = AnswerWorkflow::run;
                let begun = client
                    .start_workflow(run, asked, start("chore-answer"))
                    .await?;
                begun.get_result(options).await?;
            }
            Self::Wisdom => {
                let asked = WisdomRequest {
                    user: "local".to_owned(),
                    day: "2026-11-24".to_owned(),
                    language: "ru".to_owned(),
                    ..WisdomRequest::default()
                };
                let run = WisdomWorkflow::run;
                let begun = client
                    .start_workflow(run, asked, start("chore-wisdom"))
                    .await?;
                begun.get_result(options).await?;
            }
        }
        Ok(())
    }
}

/// Terminates a carousel's workflow in progress, and moves its dates back far enough for
/// reconciliation.
async fn lose(cluster: &Cluster, request: &Request) -> anyhow::Result<()> {
    if cluster.says(&held_at(LEFT_AT), REACHED).await.is_none() {
        bail!("no process reached {LEFT_AT} within {REACHED:?}");
    }
    let client = cluster.client().await?;
    let handle = client.get_workflow_handle::<UntypedWorkflow>(&request.id);
    handle
        .terminate(WorkflowTerminateOptions::default())
        .await?;
    Ok(cluster.age(request, LONG_AGO).await?)
}

/// Sets the modification time of every file below `folder` far into the past.
fn age(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            age(&path)?;
        } else {
            let file = File::options().write(true).open(path)?;
            file.set_modified(SystemTime::now() - LONG_AGO)?;
        }
    }
    Ok(())
}
