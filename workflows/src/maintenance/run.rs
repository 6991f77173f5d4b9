//! The order of steps.

use temporalio_common::{ActivityDefinition, data_converters::TemporalDeserializable};
use temporalio_workflow::{
    WorkflowContext, WorkflowResult, WorkflowTermination, common::error::ApplicationFailure,
};

use super::{CollectBlobsWorkflow, PruneWorkflow, ReconcileWorkflow};
use crate::{
    contract::{
        BlobsCollected, CollectInput, FindLostInput, MaintenanceActivities, PruneInput, Pruned,
        RaiseAlertInput, Reconciled, SettleLostInput, SettledCarousel,
    },
    policy::Step,
};

/// Carousels that are looked at together. Three are open per user: a page is small.
const PAGE: u32 = 100;

/// Pages of one run; the rest is the next run's. Bounds the history.
const PAGES: u32 = 20;

/// How long nobody may have used a blob that is left alone.
const GRACE_HOURS: u32 = 24;

/// Longer than Temporal keeps a workflow (72 h) that could still be reset and write an event twice.
const KEEP_DAYS: u32 = 7;

pub(super) async fn reconcile(
    ctx: &WorkflowContext<ReconcileWorkflow>,
) -> WorkflowResult<Reconciled> {
    let mut reconciled = Reconciled::default();
    let mut after = None;
    for page in 1..=PAGES {
        let found = call(
            ctx,
            Step::FindLost,
            MaintenanceActivities::find_lost,
            FindLostInput { after, limit: PAGE },
            format!("open carousels, page {page}"),
        )
        .await?;
        reconciled.looked_at += found.looked_at;
        for lost in found.lost {
            let carousel = lost.carousel.clone();
            let settled = call(
                ctx,
                Step::SettleLost,
                MaintenanceActivities::settle_lost,
                SettleLostInput {
                    carousel: lost.carousel,
                    why: lost.why,
                },
                format!("settle {carousel}"),
            )
            .await?;
            if !settled.outcome.is_empty() {
                let outcome = settled.outcome;
                reconciled
                    .settled
                    .push(SettledCarousel { carousel, outcome });
            }
        }
        if !found.stuck.is_empty() {
            let ids = found.stuck.iter().map(|stuck| stuck.carousel.clone());
            reconciled.stuck.extend(ids);
            let stuck = found.stuck;
            let summary = format!("{} workflows are stuck", stuck.len());
            let alert = MaintenanceActivities::raise_alert;
            call(
                ctx,
                Step::RaiseAlert,
                alert,
                RaiseAlertInput { stuck },
                summary,
            )
            .await?;
        }
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    Ok(reconciled)
}

pub(super) async fn collect(
    ctx: &WorkflowContext<CollectBlobsWorkflow>,
) -> WorkflowResult<BlobsCollected> {
    call(
        ctx,
        Step::CollectBlobs,
        MaintenanceActivities::collect_blobs,
        CollectInput {
            grace_hours: GRACE_HOURS,
        },
        format!("blobs unused for {GRACE_HOURS} h"),
    )
    .await
}

pub(super) async fn prune(ctx: &WorkflowContext<PruneWorkflow>) -> WorkflowResult<Pruned> {
    call(
        ctx,
        Step::PruneTables,
        MaintenanceActivities::prune_tables,
        PruneInput {
            keep_days: KEEP_DAYS,
        },
        format!("rows that are over for {KEEP_DAYS} days"),
    )
    .await
}

/// One activity; nothing has to be undone when it fails, the next run does the same again.
async fn call<W, A>(
    ctx: &WorkflowContext<W>,
    step: Step,
    activity: A,
    input: A::Input,
    summary: String,
) -> Result<A::Output, WorkflowTermination>
where
    A: ActivityDefinition,
    A::Output: TemporalDeserializable,
{
    let options = step.policy().options(summary, None);
    ctx.execute_activity(activity, input, options)
        .await
        .map_err(|error| {
            if error.as_cancelled().is_some() {
                return WorkflowTermination::cancelled();
            }
            let reason = match error.reason() {
                Some(reason) => reason.to_string(),
                None => error.to_string(),
            };
            ApplicationFailure::builder(reason)
                .non_retryable(true)
                .build()
                .into()
        })
}
