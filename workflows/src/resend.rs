//! `ResendWorkflow`: somebody saw that an album had not arrived, and wants it once more. Its id names
//! the generation, so that two taps are one.

#![expect(
    missing_docs,
    reason = "the constants that the macro makes carry no docs"
)]

use temporalio_workflow::{
    WorkflowContext, WorkflowContextView, WorkflowResult, WorkflowTermination, workflow,
    workflow_methods,
};

use crate::{
    contract::{DeliverInput, Delivered, DeliveryActivities, ResendInput},
    policy::Step,
    steps::Steps,
};

/// Sends a later generation of an album.
#[workflow]
pub struct ResendWorkflow {
    input: ResendInput,
}

#[workflow_methods]
impl ResendWorkflow {
    /// Stores its input and nothing more: a panic here would take the whole worker down.
    #[init]
    fn new(_: &WorkflowContextView, input: ResendInput) -> Self {
        Self { input }
    }

    /// Sends it; what came of it stands in the ledger, which says so of the carousel.
    #[run(name = "ResendWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Delivered> {
        let input = ctx.state(|s| s.input.clone());
        let steps = Steps::new(ctx, &input.user).within(&input.destination);
        let deliver = DeliverInput {
            carousel: input.carousel,
            revision: input.revision,
            generation: input.generation,
            destination: input.destination,
            pictures: input.pictures,
            ..DeliverInput::default()
        };
        let summary = format!("{} pictures, once more", deliver.pictures.len());
        let send = DeliveryActivities::deliver_carousel;
        let sent = steps.call(Step::Deliver, send, deliver, summary).await;
        sent.map_err(WorkflowTermination::from)
    }
}
