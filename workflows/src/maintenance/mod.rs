//! The scheduled maintenance workflows: `ReconcileWorkflow`, `CollectBlobsWorkflow` and
//! `PruneWorkflow`. A carousel without failures needs none of them.

pub(crate) mod payloads;
mod run;
mod schedule;

use temporalio_workflow::{
    WorkflowContext, WorkflowContextView, WorkflowResult, workflow, workflow_methods,
};

pub use schedule::{MaintenanceSchedule, SCHEDULES};

pub use payloads::*;

/// Reconciles carousels that are open in the database although their workflow has ended: completes
/// delivered ones, undoes the others. Reports stuck workflows.
#[workflow]
pub struct ReconcileWorkflow;

#[workflow_methods]
impl ReconcileWorkflow {
    #[init]
    fn new(_: &WorkflowContextView) -> Self {
        Self
    }

    /// Inspects all open carousels, page by page.
    #[run(name = "ReconcileWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<ReconcileResult> {
        run::reconcile(ctx).await
    }
}

/// Deletes blobs without references that were not used for a day.
#[workflow]
pub struct CollectBlobsWorkflow;

#[workflow_methods]
impl CollectBlobsWorkflow {
    #[init]
    fn new(_: &WorkflowContextView) -> Self {
        Self
    }

    #[run(name = "CollectBlobsWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<BlobsCollected> {
        run::collect(ctx).await
    }
}

/// Deletes rows that are finished and no longer needed.
#[workflow]
pub struct PruneWorkflow;

#[workflow_methods]
impl PruneWorkflow {
    #[init]
    fn new(_: &WorkflowContextView) -> Self {
        Self
    }

    #[run(name = "PruneWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<TablesPruned> {
        run::prune(ctx).await
    }
}
