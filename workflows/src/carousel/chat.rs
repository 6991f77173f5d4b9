//! Messages in the chat during a carousel: at most two status updates, and the reason of a failure.
//! A failed message never fails the carousel.

use domain::{CarouselStage, record::BlobRecord};
use temporalio_workflow::join;

use super::run::Ctx;
use crate::{
    activity_caller::{ActivityCaller, StepFailure, StopReason},
    carousel::{
        CarouselInput, CarouselResult, ReportEnd, ReportEndInput, SendFiles, SendFilesInput,
        StatusInput, UpdateStatus,
    },
    edit::{EditKind, EditRecord, ReportEdit, ReportEditInput},
    web_ui_texts,
};
use domain::failure::{FailureCause, FailureKind};

type CarouselCaller<'a> = ActivityCaller<'a, super::CarouselWorkflow>;

const SILENT_CANCEL_PATCH: &str = "no-status-after-cancel";

/// Runs the work and updates the chat's status concurrently. All updates are finished when this
/// returns, so that none follows the delivery, which deletes the status message.
pub(super) async fn with_status_updates<T>(
    ctx: &Ctx,
    steps: &CarouselCaller<'_>,
    input: &CarouselInput,
    work: impl Future<Output = Result<T, StopReason>>,
) -> Result<T, StopReason> {
    if !input.destination.is_chat() {
        return work.await;
    }
    let working = async {
        let worked = work.await;
        ctx.state_mut(|s| s.status_closed = true);
        worked
    };
    let talking = async {
        for stage in [CarouselStage::Writing, CarouselStage::Drawing] {
            let due = |s: &super::CarouselWorkflow| {
                s.status_closed || s.saga.stage() as u8 >= stage as u8
            };
            // The wait ends with the workflow at the latest.
            let _ = ctx.wait_condition(due).await;
            if ctx.state(|s| s.status_closed) || is_being_stopped(ctx) {
                break;
            }
            update_status(steps, input, stage).await;
        }
    };
    let (worked, ()) = join!(working, talking);
    worked
}

/// Whether the chat gets no further status, because the user has stopped the carousel. Older
/// histories sent one.
fn is_being_stopped(ctx: &Ctx) -> bool {
    ctx.cancellation_token().is_cancelled() && ctx.patched(SILENT_CANCEL_PATCH)
}

async fn update_status(steps: &CarouselCaller<'_>, input: &CarouselInput, stage: CarouselStage) {
    let status = StatusInput {
        destination: input.destination.clone(),
        stage: Some(stage),
        topic: input.brief.topic.clone(),
    };
    let summary = format!("say in the chat: {stage}");
    // A missing status update does no harm.
    let _ = steps.call(UpdateStatus, status, summary).await;
}

/// Reports why an edit of the draft was refused. Its destination is that of the carousel.
pub(super) async fn report_refused_edit(
    steps: &CarouselCaller<'_>,
    input: &CarouselInput,
    wish: &EditRecord,
    failure: StepFailure,
) {
    let told = ReportEditInput {
        intent: wish.intent.clone(),
        destination: input.destination.clone(),
        message: wish.message,
        cause: failure.cause,
        reason: failure.reason,
        ..ReportEditInput::default()
    };
    let summary = "say in the chat why it stays as it is".to_owned();
    // The draft is unchanged in either case.
    let _ = steps.call(ReportEdit, told, summary).await;
}

/// Answers the edits that arrived after rendering had begun.
pub(super) async fn refuse_late_edits(
    ctx: &Ctx,
    steps: &CarouselCaller<'_>,
    input: &CarouselInput,
) {
    while let Some(wish) = ctx.state_mut(|s| s.pending_edits.pop_front()) {
        // Two presses of the button render it once.
        if wish.change == Some(EditKind::Draw) {
            continue;
        }
        let failure = StepFailure::new(FailureKind::TooLate, "it was being drawn already");
        report_refused_edit(steps, input, &wish, failure).await;
    }
}

/// Sends the original images after the album. A failure does not fail the carousel.
pub(super) async fn send_files(
    ctx: &Ctx,
    steps: &CarouselCaller<'_>,
    input: &CarouselInput,
    pictures: Vec<BlobRecord>,
) {
    let files = SendFilesInput {
        revision: ctx.state(|s| s.saga.revision()),
        intent: "asked-for".to_owned(),
        destination: input.destination.clone(),
        pictures,
        ..SendFilesInput::default()
    };
    let summary = "the originals as files".to_owned();
    let _ = steps.call(SendFiles, files, summary).await;
}

/// Reports to the chat that there will be no carousel. Runs last, after all undos.
pub(super) async fn report_end(
    steps: &CarouselCaller<'_>,
    input: &CarouselInput,
    cause: FailureCause,
    result: &CarouselResult,
) {
    if !input.destination.is_chat() {
        return;
    }
    let told = ReportEndInput {
        destination: input.destination.clone(),
        outcome: result.outcome,
        cause,
        reason: result.reason.clone(),
        offer: result.offer,
        carousel: String::new(),
    };
    let summary = format!("say in the chat: {}", web_ui_texts::outcome_name(result.outcome));
    // If the chat can't be written to, the row and the events still contain the end.
    let _ = steps.call(ReportEnd, told, summary).await;
}
