//! `CarouselWorkflow`: one topic becomes one delivered carousel, or nothing is left behind.

#![expect(
    missing_docs,
    reason = "the constants that the macro makes carry no docs"
)]

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
    /// What is to be different about the draft.
    wishes: VecDeque<ChangeRecord>,
    known: Vec<String>,
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
            wishes: VecDeque::new(),
            known: Vec::new(),
        }
    }

    /// The life of one carousel.
    #[run(name = "CarouselWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<CarouselResult> {
        run::run(ctx).await
    }

    /// Somebody wants something about the draft to be different, or says that it is good.
    #[signal]
    pub fn change(&mut self, _: &mut SyncWorkflowContext<Self>, change: ChangeRecord) {
        if !self.known.contains(&change.intent) {
            self.known.push(change.intent.clone());
            self.wishes.push_back(change);
        }
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
