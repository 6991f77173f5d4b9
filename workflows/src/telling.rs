//! `TellWorkflow`: notifies the user of a reconciled carousel, even if the delivery pool is
//! unavailable for long. Its id contains the carousel, so the user is notified once.

use temporalio_workflow::{
    WorkflowContext, WorkflowContextView, WorkflowResult, WorkflowTermination, workflow,
    workflow_methods,
};

use crate::{
    contract::{DeliveryActivities, TellInput},
    policy::Step,
    steps::Steps,
};

/// The id of the workflow that reports how a carousel was reconciled.
pub fn workflow_id(carousel: &str) -> String {
    format!("tell-{carousel}")
}

/// Reports the end of a carousel when its own workflow could not.
#[workflow]
pub struct TellWorkflow {
    input: TellInput,
}

#[workflow_methods]
impl TellWorkflow {
    /// Only stores the input: a panic here stops the whole worker.
    #[init]
    fn new(_: &WorkflowContextView, input: TellInput) -> Self {
        Self { input }
    }

    #[run(name = "TellWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let input = ctx.state(|s| s.input.clone());
        let steps = Steps::new(ctx, &input.carousel).within(&input.destination);
        let summary = format!("say in the chat: {}", input.outcome);
        let tell = DeliveryActivities::tell_end;
        let told = steps.call(Step::Tell, tell, input, summary).await;
        told.map_err(WorkflowTermination::from)
    }
}
