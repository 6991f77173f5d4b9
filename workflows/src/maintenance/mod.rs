//! What looks after the house, each on a schedule: `ReconcileWorkflow`, `CollectBlobsWorkflow` and
//! `PruneWorkflow`. None of them is needed for a carousel that goes well.

#![expect(
    missing_docs,
    reason = "the constants that the macro makes carry no docs"
)]

mod run;
mod schedule;

use temporalio_workflow::{
    WorkflowContext, WorkflowContextView, WorkflowResult, workflow, workflow_methods,
};

use crate::contract::{BlobsCollected, Pruned, Reconciled};

pub use schedule::{SCHEDULES, Schedule};

/// Carousels that are open in the database, and whose workflow is over, are settled: completed if
/// they arrived, undone if they did not. Workflows that do not get on are reported.
#[workflow]
pub struct ReconcileWorkflow;

#[workflow_methods]
impl ReconcileWorkflow {
    #[init]
    fn new(_: &WorkflowContextView) -> Self {
        Self
    }

    /// Looks at every open carousel, a page at a time.
    #[run(name = "ReconcileWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Reconciled> {
        run::reconcile(ctx).await
    }
}

/// Blobs that nothing refers to and nobody has used for a day are taken.
#[workflow]
pub struct CollectBlobsWorkflow;

#[workflow_methods]
impl CollectBlobsWorkflow {
    #[init]
    fn new(_: &WorkflowContextView) -> Self {
        Self
    }

    /// One collection.
    #[run(name = "CollectBlobsWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<BlobsCollected> {
        run::collect(ctx).await
    }
}

/// Rows that are over and that nobody will ask for again go.
#[workflow]
pub struct PruneWorkflow;

#[workflow_methods]
impl PruneWorkflow {
    #[init]
    fn new(_: &WorkflowContextView) -> Self {
        Self
    }

    /// Prunes once.
    #[run(name = "PruneWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Pruned> {
        run::prune(ctx).await
    }
}
