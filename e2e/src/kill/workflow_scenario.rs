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
use testkit::{audit::AuditedRequest, cluster::Cluster, failpoints::hold_log_line};
use workflows::{
    AnswerWorkflow, CollectBlobsWorkflow, DailyTipWorkflow, PruneWorkflow, ReconcileWorkflow,
    questions::{AnswerRequest, DailyTipRequest},
    queues,
};

use super::{alarm, kill_point::TERMINATED_AT, kill_run::REACHED};

/// Older than the minimum age of everything that maintenance leaves alone: a minute for carousels,
/// a day for blobs.
const LONG_AGO: Duration = Duration::from_secs(48 * 3600);

/// Work besides a carousel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WorkflowScenario {
    /// Settles carousels with a closed workflow.
    Reconcile,
    /// Alerts an operator about a stuck workflow.
    RaiseAlert,
    /// Collects blobs without references.
    CollectBlobs,
    /// Deletes rows that are past their retention.
    Prune,
    Answer,
    DailyTip,
}

impl WorkflowScenario {
    /// Makes sure that there is work to do.
    pub(super) async fn prepare(
        self,
        cluster: &Cluster,
        request: &AuditedRequest,
    ) -> anyhow::Result<()> {
        match self {
            Self::Reconcile => terminate_workflow(cluster, request).await,
            Self::RaiseAlert | Self::CollectBlobs | Self::Prune | Self::Answer | Self::DailyTip => {
                if cluster.ended(request, REACHED).await?.is_none() {
                    bail!("the carousel did not end within {REACHED:?}");
                }
                backdate_files(&cluster.folder().join("data/blobs")).context("the blobs")
            }
        }
    }

    pub(crate) async fn run(self, client: Client, carousel: String) -> anyhow::Result<()> {
        let start = |id: &str| WorkflowStartOptions::new(queues::CAROUSEL, id).build();
        let options = WorkflowGetResultOptions::default();
        match self {
            Self::Reconcile => {
                let run = ReconcileWorkflow::run;
                let begun = client.start_workflow(run, (), start("chore-reconcile")).await?;
                begun.get_result(options).await?;
            }
            Self::RaiseAlert => alarm::raise(client, carousel).await?,
            Self::CollectBlobs => {
                let run = CollectBlobsWorkflow::run;
                let begun = client.start_workflow(run, (), start("chore-collect")).await?;
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
                let begun = client.start_workflow(run, asked, start("chore-answer")).await?;
                begun.get_result(options).await?;
            }
            Self::DailyTip => {
                let asked = DailyTipRequest {
                    user: "local".to_owned(),
                    day: "2026-11-24".to_owned(),
                    language: "ru".to_owned(),
                    ..DailyTipRequest::default()
                };
                let run = DailyTipWorkflow::run;
                let begun = client.start_workflow(run, asked, start("chore-wisdom")).await?;
                begun.get_result(options).await?;
            }
        }
        Ok(())
    }
}

/// Terminates a carousel's workflow in progress, and moves its dates back far enough for
/// reconciliation.
async fn terminate_workflow(cluster: &Cluster, request: &AuditedRequest) -> anyhow::Result<()> {
    if cluster.wait_for_log(&hold_log_line(TERMINATED_AT), REACHED).await.is_none() {
        bail!("no process reached {TERMINATED_AT} within {REACHED:?}");
    }
    let client = cluster.client().await?;
    let handle = client.get_workflow_handle::<UntypedWorkflow>(&request.id);
    handle.terminate(WorkflowTerminateOptions::default()).await?;
    Ok(cluster.backdate(request, LONG_AGO).await?)
}

/// Sets the modification time of every file below `folder` far into the past.
fn backdate_files(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            backdate_files(&path)?;
        } else {
            let file = File::options().write(true).open(path)?;
            file.set_modified(SystemTime::now() - LONG_AGO)?;
        }
    }
    Ok(())
}
