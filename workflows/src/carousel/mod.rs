//! `CarouselWorkflow`: turns one topic into one delivered carousel, or undoes everything.

mod chat;
pub(crate) mod compose;
mod journey;
mod review;
mod run;

use std::collections::VecDeque;

use domain::record::{BrandRecord, DraftRecord};
use temporalio_workflow::{
    SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult, workflow,
    workflow_methods,
};

use crate::contract::{CarouselInput, CarouselResult, ChangeRecord, Progress};
use journey::Journey;

/// Makes one carousel.
///
/// Ends *completed* when it was delivered or the delivery's outcome is unknown, *failed* with a
/// reason for people, or *cancelled*. In the last two cases everything is undone.
#[workflow]
pub struct CarouselWorkflow {
    input: CarouselInput,
    journey: Journey,
    draft: Option<DraftRecord>,
    brand: Option<BrandRecord>,
    /// No more status updates in the chat.
    quiet: bool,
    /// Edits of the draft that are not applied yet.
    wishes: VecDeque<ChangeRecord>,
    known: Vec<String>,
}

#[workflow_methods]
impl CarouselWorkflow {
    /// Only stores the input: a panic here stops the whole worker.
    #[init]
    fn new(_: &WorkflowContextView, input: CarouselInput) -> Self {
        Self {
            input,
            journey: Journey::default(),
            draft: None,
            brand: None,
            quiet: false,
            wishes: VecDeque::new(),
            known: Vec::new(),
        }
    }

    #[run(name = "CarouselWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<CarouselResult> {
        run::run(ctx).await
    }

    /// Requests an edit of the draft, or its rendering.
    #[signal]
    pub fn change(&mut self, _: &mut SyncWorkflowContext<Self>, change: ChangeRecord) {
        if !self.known.contains(&change.intent) {
            self.known.push(change.intent.clone());
            self.wishes.push_back(change);
        }
    }

    #[query]
    pub fn progress(&self, _: &WorkflowContextView) -> Progress {
        self.journey.progress()
    }

    /// `None` until the draft is written.
    #[query]
    pub fn draft(&self, _: &WorkflowContextView) -> Option<DraftRecord> {
        self.draft.clone()
    }
}
