//! `RevisionWorkflow`: a carousel that is there is changed, one wish after the other.
//!
//! Wishes come as signals, not as updates: a signal is durable before any worker has seen it, so
//! what somebody typed is not lost while the workers are away. Each wish has a name, under which it
//! is done once, whichever run of the workflow comes to it.

#![expect(
    missing_docs,
    reason = "the constants that the macro makes carry no docs"
)]

mod run;

use std::collections::VecDeque;

use temporalio_workflow::{
    SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult, workflow,
    workflow_methods,
};

use crate::contract::{ChangeRecord, ReviseInput, Revised};

/// Changes one carousel, until nobody has wanted anything for a while.
#[workflow]
pub struct RevisionWorkflow {
    input: ReviseInput,
    waiting: VecDeque<ChangeRecord>,
    known: Vec<String>,
    revised: Revised,
}

#[workflow_methods]
impl RevisionWorkflow {
    /// Stores its input and nothing more: a panic here would take the whole worker down.
    #[init]
    fn new(_: &WorkflowContextView, input: ReviseInput) -> Self {
        Self {
            waiting: input.waiting.iter().cloned().collect(),
            known: Vec::new(),
            revised: Revised::default(),
            input,
        }
    }

    /// Does what is wanted, in the order in which it was.
    #[run(name = "RevisionWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Revised> {
        run::run(ctx).await
    }

    /// Somebody wants something to be different.
    #[signal]
    pub fn change(&mut self, _: &mut SyncWorkflowContext<Self>, change: ChangeRecord) {
        if !self.known.contains(&change.intent) {
            self.known.push(change.intent.clone());
            self.waiting.push_back(change);
        }
    }

    /// What was done so far.
    #[query]
    pub fn revised(&self, _: &WorkflowContextView) -> Revised {
        self.revised.clone()
    }
}
