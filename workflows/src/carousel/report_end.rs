//! `ReportEndWorkflow`: notifies the user of a reconciled carousel, even if the delivery pool is
//! unavailable for long. Its id contains the carousel, so the user is notified once.

use temporalio_workflow::{
    WorkflowContext, WorkflowContextView, WorkflowResult, WorkflowTermination, workflow,
    workflow_methods,
};

use crate::{
    activity_caller::ActivityCaller,
    carousel::{ReportEnd, ReportEndInput},
    web_ui_texts,
};

pub fn workflow_id(carousel: &str) -> String {
    format!("tell-{carousel}")
}

/// Reports the end of a carousel when its own workflow could not.
#[workflow]
pub struct ReportEndWorkflow {
    input: ReportEndInput,
}

#[workflow_methods]
impl ReportEndWorkflow {
    /// Only stores the input: a panic here stops the whole worker.
    #[init]
    fn new(_: &WorkflowContextView, input: ReportEndInput) -> Self {
        Self { input }
    }

    #[run(name = "TellWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let input = ctx.state(|s| s.input.clone());
        let steps = ActivityCaller::new(ctx, &input.carousel).for_chat(&input.destination);
        let summary = format!("say in the chat: {}", web_ui_texts::outcome_name(input.outcome));
        let told = steps.call(ReportEnd, input, summary).await;
        told.map_err(WorkflowTermination::from)
    }
}
