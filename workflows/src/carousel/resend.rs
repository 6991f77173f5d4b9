//! `ResendWorkflow`: sends an album again after a delivery of unknown outcome. Its id contains
//! the generation, so two taps start one workflow.

use temporalio_workflow::{
    WorkflowContext, WorkflowContextView, WorkflowResult, WorkflowTermination, workflow,
    workflow_methods,
};

use crate::{
    activity_caller::ActivityCaller,
    carousel::{CarouselDelivered, DeliverCarousel, DeliverInput, ResendInput},
};

#[workflow]
pub struct ResendWorkflow {
    input: ResendInput,
}

#[workflow_methods]
impl ResendWorkflow {
    /// Only stores the input: a panic here stops the whole worker.
    #[init]
    fn new(_: &WorkflowContextView, input: ResendInput) -> Self {
        Self { input }
    }

    /// Sends the album. The ledger records the outcome and updates the carousel.
    #[run(name = "ResendWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<CarouselDelivered> {
        let input = ctx.state(|s| s.input.clone());
        let steps = ActivityCaller::new(ctx, &input.user).for_chat(&input.destination);
        let deliver = DeliverInput {
            carousel: input.carousel,
            revision: input.revision,
            generation: input.generation,
            destination: input.destination,
            pictures: input.pictures,
            ..DeliverInput::default()
        };
        let summary = format!("{} pictures, once more", deliver.pictures.len());
        let sent = steps.call(DeliverCarousel, deliver, summary).await;
        sent.map_err(WorkflowTermination::from)
    }
}
