//! The list of workflow types, which the workflow pool and the replayer of recorded histories
//! share.

use temporalio_sdk::{
    WorkerOptions, error::WorkflowRegistrationError, workflow_replayer::WorkflowReplayerOptions,
};

macro_rules! register_all {
    ($options:expr) => {
        $options
            .register_workflow::<workflows::CarouselWorkflow>()
            .and_then(|o| o.register_workflow::<workflows::AnswerWorkflow>())
            .and_then(|o| o.register_workflow::<workflows::DailyTipWorkflow>())
            .and_then(|o| o.register_workflow::<workflows::ResendWorkflow>())
            .and_then(|o| o.register_workflow::<workflows::EditWorkflow>())
            .and_then(|o| o.register_workflow::<workflows::ScheduledWorkflow>())
            .and_then(|o| o.register_workflow::<workflows::BroadcastWorkflow>())
            .and_then(|o| o.register_workflow::<workflows::ReportEndWorkflow>())
            .and_then(|o| o.register_workflow::<workflows::ReconcileWorkflow>())
            .and_then(|o| o.register_workflow::<workflows::CollectBlobsWorkflow>())
            .and_then(|o| o.register_workflow::<workflows::PruneWorkflow>())
            .and_then(|o| o.register_workflow::<workflows::ForgetWorkflow>())
            .and_then(|o| o.register_workflow::<workflows::ExportWorkflow>())
            .and_then(|o| o.register_workflow::<workflows::WebhookWorkflow>())
            .map(drop)
    };
}

pub(crate) fn register(options: &mut WorkerOptions) -> Result<(), WorkflowRegistrationError> {
    register_all!(options)
}

/// A replayer's options with all workflow types.
///
/// # Errors
///
/// [`WorkflowRegistrationError`] if two types have the same name.
pub fn replayer_options() -> Result<WorkflowReplayerOptions, WorkflowRegistrationError> {
    let mut options = WorkflowReplayerOptions::new().build();
    register_all!(options)?;
    Ok(options)
}
