//! `EditWorkflow`: edits one carousel, edit after edit.
//!
//! Edits arrive as signals, not as updates: a signal is durable before a worker receives it, so a
//! user's text is not lost while no worker runs. Each edit has a name, under which it is applied
//! once across all runs of the workflow.

pub(crate) mod edit_text;
pub(crate) mod payloads;
mod run;

use std::collections::VecDeque;

use temporalio_workflow::{
    SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult, workflow,
    workflow_methods,
};

pub use payloads::*;

/// Edits one carousel until no edit arrives for a while.
#[workflow]
pub struct EditWorkflow {
    input: EditInput,
    waiting: VecDeque<EditRecord>,
    known: Vec<String>,
    revised: EditResult,
}

#[workflow_methods]
impl EditWorkflow {
    /// Only stores the input: a panic here stops the whole worker.
    #[init]
    fn new(_: &WorkflowContextView, input: EditInput) -> Self {
        Self {
            waiting: input.waiting.iter().cloned().collect(),
            known: Vec::new(),
            revised: EditResult::default(),
            input,
        }
    }

    /// Applies the edits in the order of their arrival.
    #[run(name = "RevisionWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<EditResult> {
        run::run(ctx).await
    }

    #[signal]
    pub fn change(&mut self, _: &mut SyncWorkflowContext<Self>, change: EditRecord) {
        if !self.known.contains(&change.intent) {
            self.known.push(change.intent.clone());
            self.waiting.push_back(change);
        }
    }

    #[query]
    pub fn revised(&self, _: &WorkflowContextView) -> EditResult {
        self.revised.clone()
    }
}
