//! The steps of the maintenance workflows.

use domain::{Outcome, retention};
use temporalio_workflow::{
    ChildWorkflowOptions, ParentClosePolicy, WorkflowContext, WorkflowIdReusePolicy,
    WorkflowResult, WorkflowTermination, common::error::ApplicationFailure,
};

use super::{CollectBlobsWorkflow, PruneWorkflow, ReconcileWorkflow};
use crate::{
    activity::Activity,
    carousel::ReportEndInput,
    carousel::report_end::{self, ReportEndWorkflow},
    destination::DestinationRecord,
    maintenance::{
        BlobsCollected, CollectBlobs, CollectInput, FindLost, FindLostInput, PruneInput,
        PruneTables, RaiseAlert, RaiseAlertInput, ReconcileLost, ReconcileLostInput,
        ReconcileResult, ReconciledCarousel, TablesPruned,
    },
    web_ui, webhook,
};
use domain::failure::FailureKind;

/// Carousels per page. A user has at most three open ones, so a page is usually enough.
const PAGE: u32 = 100;

/// Pages per run; the next run continues. Bounds the history.
const PAGES: u32 = 20;

/// How long an unreferenced blob is kept after its last use.
const GRACE_HOURS: u32 = retention::BLOB_GRACE_HOURS;

/// Longer than Temporal's retention (72 h), in which a reset workflow could write an event twice.
const KEEP_DAYS: u32 = retention::EVENT_DAYS;

pub(super) async fn reconcile(
    ctx: &WorkflowContext<ReconcileWorkflow>,
) -> WorkflowResult<ReconcileResult> {
    let mut reconciled = ReconcileResult::default();
    let mut after = None;
    for page in 1..=PAGES {
        let found = call(
            ctx,
            FindLost,
            FindLostInput { after, limit: PAGE },
            format!("open carousels, page {page}"),
        )
        .await?;
        reconciled.looked_at += found.looked_at;
        for lost in found.lost {
            let carousel = lost.carousel.clone();
            let settled = call(
                ctx,
                ReconcileLost,
                ReconcileLostInput { carousel: lost.carousel, why: lost.why },
                format!("settle {carousel}"),
            )
            .await?;
            webhook::start_calls(ctx, settled.webhooks).await;
            if let Some(outcome) = settled.outcome {
                if let Some(destination) = settled.destination {
                    notify_user(ctx, &carousel, outcome, destination).await;
                }
                let outcome = Some(outcome);
                reconciled.settled.push(ReconciledCarousel { carousel, outcome });
            }
        }
        if !found.stuck.is_empty() {
            let ids = found.stuck.iter().map(|stuck| stuck.carousel.clone());
            reconciled.stuck.extend(ids);
            let stuck = found.stuck;
            let summary = format!("{} workflows are stuck", stuck.len());
            call(ctx, RaiseAlert, RaiseAlertInput { stuck }, summary).await?;
        }
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    Ok(reconciled)
}

/// Notifies the user in a separate workflow, so that an unavailable delivery pool does not delay
/// the next carousel. No-op if that workflow exists.
async fn notify_user(
    ctx: &WorkflowContext<ReconcileWorkflow>,
    carousel: &str,
    outcome: Outcome,
    destination: DestinationRecord,
) {
    let told = ReportEndInput {
        destination,
        outcome: Some(outcome),
        cause: FailureKind::Lost.into(),
        carousel: carousel.to_owned(),
        ..ReportEndInput::default()
    };
    let options = ChildWorkflowOptions::builder()
        .workflow_id(report_end::workflow_id(carousel))
        .parent_close_policy(ParentClosePolicy::Abandon)
        .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
        .static_summary(
            web_ui::EscapedText::from(format!("{carousel} was settled: {outcome}")).into(),
        )
        .build();
    let run = ReportEndWorkflow::run;
    let _ = ctx.start_child_workflow(run, told, options).await;
}

pub(super) async fn collect(
    ctx: &WorkflowContext<CollectBlobsWorkflow>,
) -> WorkflowResult<BlobsCollected> {
    call(
        ctx,
        CollectBlobs,
        CollectInput { grace_hours: GRACE_HOURS },
        format!("blobs unused for {GRACE_HOURS} h"),
    )
    .await
}

pub(super) async fn prune(ctx: &WorkflowContext<PruneWorkflow>) -> WorkflowResult<TablesPruned> {
    call(
        ctx,
        PruneTables,
        PruneInput { keep_days: KEEP_DAYS },
        format!("rows that are over for {KEEP_DAYS} days"),
    )
    .await
}

/// Calls one activity. Its failure needs no undo: the next run repeats it.
async fn call<W, A: Activity>(
    ctx: &WorkflowContext<W>,
    activity: A,
    input: A::Input,
    summary: impl Into<web_ui::EscapedText>,
) -> Result<A::Output, WorkflowTermination> {
    let options = A::POLICY.options(summary.into(), None);
    ctx.execute_activity(activity, input, options).await.map_err(|error| {
        if error.as_cancelled().is_some() {
            return WorkflowTermination::cancelled();
        }
        let reason = match error.reason() {
            Some(reason) => reason.to_string(),
            None => error.to_string(),
        };
        ApplicationFailure::builder(reason).non_retryable(true).build().into()
    })
}
