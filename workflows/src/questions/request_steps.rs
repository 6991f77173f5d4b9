//! The steps that both small workflows share: admission, recording of calls, and the final failure.

use serde::Serialize;
use temporalio_workflow::{
    WorkflowContext, WorkflowTermination, common::error::ApplicationFailure,
};

use crate::{
    activity_caller::{ActivityCaller, StepFailure, StopReason},
    carousel::compose::OFFLINE,
    model_calls::ModelCall,
    questions::{AdmitInput, AdmitRequest, RecordInput, RecordRequest, RequestAdmitted},
    web_ui_texts,
};

/// The permitted providers, and what their calls may cost. The offline provider needs no admission.
pub(super) async fn admit<W>(
    steps: &ActivityCaller<'_, W>,
    user: &str,
    work: &str,
    offline: bool,
) -> Result<RequestAdmitted, StopReason> {
    if offline {
        return Ok(RequestAdmitted {
            providers: vec![OFFLINE.to_owned()],
            ..RequestAdmitted::default()
        });
    }
    let asked =
        AdmitInput { user: user.to_owned(), work: work.to_owned(), ..AdmitInput::default() };
    let summary = "may they ask, and whom".to_owned();
    steps.call(AdmitRequest, asked, summary).await
}

/// What is recorded on success and on failure.
pub(super) struct RequestRecorder {
    pub(super) user: String,
    pub(super) cause: String,
    pub(super) calls: Vec<ModelCall>,
    /// Whether a reservation exists that must be settled.
    pub(super) has_reservation: bool,
}

impl RequestRecorder {
    /// Writes the events and settles the reservation. Without calls and a tip there are no events.
    pub(super) async fn record<W>(
        self,
        steps: &ActivityCaller<'_, W>,
        category: String,
        source: String,
    ) -> Result<(), StopReason> {
        if self.calls.is_empty() && category.is_empty() && !self.has_reservation {
            return Ok(());
        }
        let input = RecordInput {
            user: self.user,
            calls: self.calls,
            category,
            source,
            cause: self.cause,
            key: String::new(),
        };
        steps.call(RecordRequest, input, "write the events".to_owned()).await
    }
}

/// The end of a failed workflow; `details` contains the offer.
pub(super) fn end<W, T>(
    ctx: &WorkflowContext<W>,
    stop: StopReason,
    details: impl FnOnce(&StepFailure) -> T,
) -> WorkflowTermination
where
    T: Serialize + Send + Sync + 'static,
{
    match stop {
        StopReason::Cancelled(_) => WorkflowTermination::cancelled(),
        StopReason::Failed(failure) => {
            ctx.set_current_details(web_ui_texts::failure_details(&failure.reason));
            let details = details(&failure);
            ApplicationFailure::builder(failure.reason)
                .type_name(failure.kind.name().to_owned())
                .non_retryable(true)
                .details(details)
                .build()
                .into()
        }
    }
}
