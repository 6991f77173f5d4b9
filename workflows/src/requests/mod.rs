//! Small workflows that make no carousel: a question is answered, a thought of the day is found.
//! Each is admitted, asks providers in turn, and is recorded, whatever came of it. Nothing has to be
//! undone.

#![expect(
    missing_docs,
    reason = "the constants that the macro makes carry no docs"
)]

mod answer;
mod turns;
mod wisdom;

use temporalio_workflow::{
    WorkflowContext, WorkflowContextView, WorkflowResult, workflow, workflow_methods,
};

use crate::contract::{AnswerRequest, AnswerResult, WisdomRequest, WisdomResult};

/// A question becomes an answer from our notes, or the word that they don't say.
#[workflow]
pub struct AnswerWorkflow {
    request: AnswerRequest,
}

#[workflow_methods]
impl AnswerWorkflow {
    /// Stores its input and nothing more: a panic here would take the whole worker down.
    #[init]
    fn new(_: &WorkflowContextView, request: AnswerRequest) -> Self {
        Self { request }
    }

    /// Asks and answers.
    #[run(name = "AnswerWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<AnswerResult> {
        answer::run(ctx).await
    }
}

/// A day and a person become a thought.
#[workflow]
pub struct WisdomWorkflow {
    request: WisdomRequest,
}

#[workflow_methods]
impl WisdomWorkflow {
    /// Stores its input and nothing more: a panic here would take the whole worker down.
    #[init]
    fn new(_: &WorkflowContextView, request: WisdomRequest) -> Self {
        Self { request }
    }

    /// Finds it.
    #[run(name = "WisdomWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<WisdomResult> {
        wisdom::run(ctx).await
    }
}
