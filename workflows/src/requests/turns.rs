//! The steps that both small workflows share: admission, recording of calls, and the final failure.

use serde::Serialize;
use temporalio_workflow::{
    WorkflowContext, WorkflowTermination, common::error::ApplicationFailure,
};

use crate::{
    carousel::compose::OFFLINE,
    contract::{AdmitInput, Admitted, ModelCall, PersistenceActivities, RecordInput},
    policy::Step,
    steps::{Failure, Steps, Stop},
    story,
};

/// The permitted providers, and what their calls may cost. The offline provider needs no admission.
pub(super) async fn admitted<W>(
    steps: &Steps<'_, W>,
    user: &str,
    work: &str,
    offline: bool,
) -> Result<Admitted, Stop> {
    if offline {
        return Ok(Admitted {
            providers: vec![OFFLINE.to_owned()],
            ..Admitted::default()
        });
    }
    let asked = AdmitInput {
        user: user.to_owned(),
        work: work.to_owned(),
        ..AdmitInput::default()
    };
    let admit = PersistenceActivities::admit_request;
    let summary = "may they ask, and whom".to_owned();
    steps.call(Step::Admit, admit, asked, summary).await
}

/// What is recorded on success and on failure.
pub(super) struct Ledger {
    pub(super) user: String,
    pub(super) cause: String,
    pub(super) calls: Vec<ModelCall>,
    /// Whether a reservation exists that must be settled.
    pub(super) settles: bool,
}

impl Ledger {
    /// Writes the events and settles the reservation. Without calls and a tip there are no events.
    pub(super) async fn record<W>(
        self,
        steps: &Steps<'_, W>,
        category: String,
        source: String,
    ) -> Result<(), Stop> {
        if self.calls.is_empty() && category.is_empty() && !self.settles {
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
        steps
            .call(
                Step::Record,
                PersistenceActivities::record_request,
                input,
                "write the events".to_owned(),
            )
            .await
    }
}

/// The end of a failed workflow; `details` contains the offer.
pub(super) fn ended<W, T>(
    ctx: &WorkflowContext<W>,
    stop: Stop,
    details: impl FnOnce(&Failure) -> T,
) -> WorkflowTermination
where
    T: Serialize + Send + Sync + 'static,
{
    match stop {
        Stop::Cancelled(_) => WorkflowTermination::cancelled(),
        Stop::Failed(failure) => {
            ctx.set_current_details(story::failed(&failure.reason));
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
