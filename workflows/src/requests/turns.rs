//! What both small workflows do: find out who may be asked, record what was called, and end.

use serde::Serialize;
use temporalio_workflow::{
    WorkflowContext, WorkflowTermination, common::error::ApplicationFailure,
};

use crate::{
    carousel::compose::OFFLINE,
    contract::{AdmitInput, ModelCall, PersistenceActivities, RecordInput},
    policy::Step,
    steps::{Failure, Steps, Stop},
    story,
};

/// Who may be asked. Our own notes need nobody's leave.
pub(super) async fn admitted<W>(
    steps: &Steps<'_, W>,
    user: &str,
    offline: bool,
) -> Result<Vec<String>, Stop> {
    if offline {
        return Ok(vec![OFFLINE.to_owned()]);
    }
    let user = user.to_owned();
    let admitted = steps
        .call(
            Step::Admit,
            PersistenceActivities::admit_request,
            AdmitInput { user },
            "may they ask, and whom".to_owned(),
        )
        .await?;
    Ok(admitted.providers)
}

/// What is to be recorded, whatever came of it.
pub(super) struct Ledger {
    pub(super) user: String,
    pub(super) cause: String,
    pub(super) calls: Vec<ModelCall>,
}

impl Ledger {
    /// Writes the events. Without calls and without a thought there are none.
    pub(super) async fn record<W>(
        self,
        steps: &Steps<'_, W>,
        category: String,
        source: String,
    ) -> Result<(), Stop> {
        if self.calls.is_empty() && category.is_empty() {
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

/// The end of one that failed; `details` says what is offered instead.
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
            ctx.set_current_details(format!("**failed**: {}", story::escaped(&failure.reason)));
            let details = details(&failure);
            ApplicationFailure::builder(failure.reason)
                .type_name(failure.kind)
                .non_retryable(true)
                .details(details)
                .build()
                .into()
        }
    }
}
