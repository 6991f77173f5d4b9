//! Small workflows without a carousel: they answer a question or find a daily tip. Each is
//! admitted, asks the providers in turn, and is recorded on success and failure. They have no
//! undos.

mod answer;
mod daily_tip;
pub(crate) mod payloads;
mod request_steps;

use temporalio_workflow::{
    WorkflowContext, WorkflowContextView, WorkflowResult, workflow, workflow_methods,
};

pub use payloads::*;

/// Answers a question from the knowledge base, or says that the notes don't cover it.
#[workflow]
pub struct AnswerWorkflow {
    request: AnswerRequest,
}

#[workflow_methods]
impl AnswerWorkflow {
    /// Only stores the input: a panic here stops the whole worker.
    #[init]
    fn new(_: &WorkflowContextView, request: AnswerRequest) -> Self {
        Self { request }
    }

    #[run(name = "AnswerWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<AnswerResult> {
        answer::run(ctx).await
    }
}

/// Finds the daily tip of a user and a day.
#[workflow]
pub struct DailyTipWorkflow {
    request: DailyTipRequest,
}

#[workflow_methods]
impl DailyTipWorkflow {
    /// Only stores the input: a panic here stops the whole worker.
    #[init]
    fn new(_: &WorkflowContextView, request: DailyTipRequest) -> Self {
        Self { request }
    }

    #[run(name = "WisdomWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<DailyTipResult> {
        daily_tip::run(ctx).await
    }
}
