//! `RevisionWorkflow`: edits one carousel, edit after edit.
//!
//! Edits arrive as signals, not as updates: a signal is durable before a worker receives it, so a
//! user's text is not lost while no worker runs. Each edit has a name, under which it is applied
//! once across all runs of the workflow.

mod run;

use std::collections::VecDeque;

use temporalio_workflow::{
    SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult, workflow,
    workflow_methods,
};

use crate::contract::{ChangeRecord, ReviseInput, Revised};

/// Edits one carousel until no edit arrives for a while.
#[workflow]
pub struct RevisionWorkflow {
    input: ReviseInput,
    waiting: VecDeque<ChangeRecord>,
    known: Vec<String>,
    revised: Revised,
}

#[workflow_methods]
impl RevisionWorkflow {
    /// Only stores the input: a panic here stops the whole worker.
    #[init]
    fn new(_: &WorkflowContextView, input: ReviseInput) -> Self {
        Self {
            waiting: input.waiting.iter().cloned().collect(),
            known: Vec::new(),
            revised: Revised::default(),
            input,
        }
    }

    /// Applies the edits in the order of their arrival.
    #[run(name = "RevisionWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Revised> {
        run::run(ctx).await
    }

    /// Requests an edit.
    #[signal]
    pub fn change(&mut self, _: &mut SyncWorkflowContext<Self>, change: ChangeRecord) {
        if !self.known.contains(&change.intent) {
            self.known.push(change.intent.clone());
            self.waiting.push_back(change);
        }
    }

    #[query]
    pub fn revised(&self, _: &WorkflowContextView) -> Revised {
        self.revised.clone()
    }
}
