//! `CarouselWorkflow`: one topic becomes one delivered carousel, or nothing is left behind.

#![expect(
    missing_docs,
    reason = "the constants that the macro makes carry no docs"
)]

mod chat;
pub(crate) mod compose;
mod journey;
mod run;

use domain::record::{BrandRecord, DraftRecord};
use temporalio_workflow::{
    WorkflowContext, WorkflowContextView, WorkflowResult, workflow, workflow_methods,
};

use crate::contract::{CarouselInput, CarouselResult, Progress};
use journey::Journey;

/// One topic becomes one carousel.
///
/// Ends *completed* when it was delivered (or nobody can say whether it was), *failed* with a
/// reason in words, or *cancelled*; in both latter cases what was done has been undone.
#[workflow]
pub struct CarouselWorkflow {
    input: CarouselInput,
    journey: Journey,
    draft: Option<DraftRecord>,
    brand: Option<BrandRecord>,
    /// Nothing more is to be said in the chat.
    quiet: bool,
}

#[workflow_methods]
impl CarouselWorkflow {
    /// Stores its input and nothing more: a panic here would take the whole worker down.
    #[init]
    fn new(_: &WorkflowContextView, input: CarouselInput) -> Self {
        Self {
            input,
            journey: Journey::default(),
            draft: None,
            brand: None,
            quiet: false,
        }
    }

    /// The life of one carousel.
    #[run(name = "CarouselWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<CarouselResult> {
        run::run(ctx).await
    }

    /// Where it stands.
    #[query]
    pub fn progress(&self, _: &WorkflowContextView) -> Progress {
        self.journey.progress()
    }

    /// The words, once they are written.
    #[query]
    pub fn draft(&self, _: &WorkflowContextView) -> Option<DraftRecord> {
        self.draft.clone()
    }
}
