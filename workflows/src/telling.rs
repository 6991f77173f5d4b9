//! `TellWorkflow`: whoever asked for a carousel that was settled from outside is told, however long
//! the delivery pool is away. Its id names the carousel, so that they are told once.

#![expect(
    missing_docs,
    reason = "the constants that the macro makes carry no docs"
)]

use temporalio_workflow::{
    WorkflowContext, WorkflowContextView, WorkflowResult, WorkflowTermination, workflow,
    workflow_methods,
};

use crate::{
    contract::{DeliveryActivities, TellInput},
    policy::Step,
    steps::Steps,
};

/// The id of the workflow that tells how a carousel was settled.
pub fn workflow_id(carousel: &str) -> String {
    format!("tell-{carousel}")
}

/// Says how a carousel ended that could not say so itself.
#[workflow]
pub struct TellWorkflow {
    input: TellInput,
}

#[workflow_methods]
impl TellWorkflow {
    /// Stores its input and nothing more: a panic here would take the whole worker down.
    #[init]
    fn new(_: &WorkflowContextView, input: TellInput) -> Self {
        Self { input }
    }

    /// Says it.
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
