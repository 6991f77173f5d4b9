//! [`RequestSteps`]: the steps that both small workflows share: admission, the providers in turn,
//! the record of their calls, and the final failure.

use domain::{Offer, failure::ModelFailure};
use serde::Serialize;
use temporalio_workflow::{
    WorkflowContext, WorkflowTermination, common::error::ApplicationFailure,
};

use crate::{
    activity_caller::{ActivityCaller, StopReason},
    carousel::compose::{OFFLINE, ProviderAttempts, offered_provider},
    edit::edit_text::remaining_allowance,
    model_calls::ModelCall,
    questions::{
        AdmitInput, AdmitRequest, RecordInput, RecordRequest, RequestAdmitted, RequestKind,
    },
    web_ui_texts,
};

/// The steps of one request, and what is recorded of it on success and on failure.
pub(super) struct RequestSteps<'a, W> {
    ctx: &'a WorkflowContext<W>,
    steps: ActivityCaller<'a, W>,
    user: &'a str,
    cause: &'a str,
    calls: Vec<ModelCall>,
    /// Whether a reservation exists that must be settled.
    has_reservation: bool,
}

impl<'a, W> RequestSteps<'a, W> {
    pub(super) fn new(ctx: &'a WorkflowContext<W>, user: &'a str, cause: &'a str) -> Self {
        let steps = ActivityCaller::new(ctx, user);
        Self { ctx, steps, user, cause, calls: Vec::new(), has_reservation: false }
    }

    /// Asks one provider after the other; returns the first result, with the name of its provider.
    /// `call` gets a provider and what its calls may cost, and also returns the calls that it made.
    pub(super) async fn ask<T>(
        &mut self,
        work: RequestKind,
        offline: bool,
        call: impl AsyncFn(
            &ActivityCaller<'a, W>,
            String,
            Option<u64>,
        ) -> Result<(Vec<ModelCall>, T), StopReason>,
    ) -> Result<(String, T), StopReason> {
        let mut attempts = ProviderAttempts::default();
        let admitted = self.admit(work, offline).await?;
        self.has_reservation = admitted.settles;
        for provider in admitted.providers {
            let allowance = remaining_allowance(admitted.allowance, &self.calls);
            match call(&self.steps, provider.clone(), allowance).await {
                Ok((calls, result)) => {
                    self.calls.extend(calls);
                    return Ok((provider, result));
                }
                Err(stop) => {
                    attempts.record_failure(&provider, stop, |made| self.calls.extend(made))?;
                }
            }
        }
        Err(StopReason::Failed(attempts.final_failure()))
    }

    /// The permitted providers, and what their calls may cost. The offline provider needs no
    /// admission.
    async fn admit(&self, work: RequestKind, offline: bool) -> Result<RequestAdmitted, StopReason> {
        if offline {
            return Ok(RequestAdmitted {
                providers: vec![OFFLINE.to_owned()],
                ..RequestAdmitted::default()
            });
        }
        let asked = AdmitInput { user: self.user.to_owned(), work, ..AdmitInput::default() };
        self.steps.call(AdmitRequest, asked, "may they ask, and whom".to_owned()).await
    }

    /// Writes the events and settles the reservation. Without calls and a tip there are no events.
    pub(super) async fn record(
        &mut self,
        category: String,
        source: String,
    ) -> Result<(), StopReason> {
        if self.calls.is_empty() && category.is_empty() && !self.has_reservation {
            return Ok(());
        }
        let input = RecordInput {
            user: self.user.to_owned(),
            calls: std::mem::take(&mut self.calls),
            category,
            source,
            cause: self.cause.to_owned(),
            key: String::new(),
        };
        self.steps.call(RecordRequest, input, "write the events".to_owned()).await
    }

    /// The end of a failed workflow; `details` get the offer and the model's failure.
    pub(super) fn end<T>(
        &self,
        stop: StopReason,
        details: impl FnOnce(Offer, Option<Box<ModelFailure>>) -> T,
    ) -> WorkflowTermination
    where
        T: Serialize + Send + Sync + 'static,
    {
        match stop {
            StopReason::Cancelled(_) => WorkflowTermination::cancelled(),
            StopReason::Failed(failure) => {
                self.ctx.set_current_details(web_ui_texts::failure_details(&failure.reason));
                let details = details(offered_provider(&failure), failure.cause.model);
                ApplicationFailure::builder(failure.reason)
                    .type_name(failure.cause.kind.name().to_owned())
                    .non_retryable(true)
                    .details(details)
                    .build()
                    .into()
            }
        }
    }
}
