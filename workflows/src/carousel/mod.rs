//! `CarouselWorkflow`: turns one topic into one delivered carousel, or undoes everything.

mod chat;
pub(crate) mod compose;
pub(crate) mod payloads;
pub mod report_end;
pub mod resend;
mod review;
mod run;
mod saga_state;
pub(crate) mod shorten_text;
pub(crate) mod writing;

use std::collections::VecDeque;

use domain::record::{BrandRecord, DraftRecord};
use temporalio_workflow::{
    SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult, workflow,
    workflow_methods,
};

use crate::edit::EditRecord;
use saga_state::SagaState;

pub use payloads::*;
pub use writing::*;

/// Makes one carousel.
///
/// Ends *completed* when it was delivered or the delivery's outcome is unknown, *failed* with a
/// reason for people, or *cancelled*. In the last two cases everything is undone.
#[workflow]
pub struct CarouselWorkflow {
    input: CarouselInput,
    saga: SagaState,
    draft: Option<DraftRecord>,
    source: Option<SourceRead>,
    brand: Option<BrandRecord>,
    /// No more status updates in the chat.
    status_closed: bool,
    /// Edits of the draft that are not applied yet.
    pending_edits: VecDeque<EditRecord>,
    seen_edits: Vec<String>,
}

#[workflow_methods]
impl CarouselWorkflow {
    /// Only stores the input: a panic here stops the whole worker.
    #[init]
    fn new(_: &WorkflowContextView, input: CarouselInput) -> Self {
        Self {
            input,
            saga: SagaState::default(),
            draft: None,
            source: None,
            brand: None,
            status_closed: false,
            pending_edits: VecDeque::new(),
            seen_edits: Vec::new(),
        }
    }

    #[run(name = "CarouselWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<CarouselResult> {
        run::run(ctx).await
    }

    /// Requests an edit of the draft, or its rendering.
    #[signal]
    pub fn change(&mut self, _: &mut SyncWorkflowContext<Self>, change: EditRecord) {
        if !self.seen_edits.contains(&change.intent) {
            self.seen_edits.push(change.intent.clone());
            self.pending_edits.push_back(change);
        }
    }

    #[query]
    pub fn progress(&self, _: &WorkflowContextView) -> CarouselProgress {
        self.saga.progress()
    }

    /// `None` until the draft is written.
    #[query]
    pub fn draft(&self, _: &WorkflowContextView) -> Option<DraftRecord> {
        self.draft.clone()
    }
}
