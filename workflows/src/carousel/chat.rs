//! Messages in the chat during a carousel: at most two status updates, and the reason of a failure.
//! A failed message never fails the carousel.

use domain::{Stage, record::BlobRecord};
use temporalio_workflow::join;

use super::run::Ctx;
use crate::{
    contract::{
        CarouselInput, CarouselResult, Change, ChangeRecord, DeliveryActivities, FailureKind,
        SendFilesInput, StatusInput, TellChangeInput, TellInput,
    },
    policy::Step,
    steps::{Failure, Steps, Stop},
};

type CarouselSteps<'a> = Steps<'a, super::CarouselWorkflow>;

/// Runs the work and updates the chat's status concurrently. All updates are finished when this
/// returns, so that none follows the delivery, which deletes the status message.
pub(super) async fn along<T>(
    ctx: &Ctx,
    steps: &CarouselSteps<'_>,
    input: &CarouselInput,
    work: impl Future<Output = Result<T, Stop>>,
) -> Result<T, Stop> {
    if !input.destination.is_chat() {
        return work.await;
    }
    let working = async {
        let worked = work.await;
        ctx.state_mut(|s| s.quiet = true);
        worked
    };
    let talking = async {
        for stage in [Stage::Writing, Stage::Drawing] {
            let due =
                |s: &super::CarouselWorkflow| s.quiet || s.journey.stage() as u8 >= stage as u8;
            // The wait ends with the workflow at the latest.
            let _ = ctx.wait_condition(due).await;
            if ctx.state(|s| s.quiet) {
                break;
            }
            say(steps, input, stage).await;
        }
    };
    let (worked, ()) = join!(working, talking);
    worked
}

async fn say(steps: &CarouselSteps<'_>, input: &CarouselInput, stage: Stage) {
    let status = StatusInput {
        destination: input.destination.clone(),
        stage: stage.name().to_owned(),
        topic: input.brief.topic.clone(),
    };
    let summary = format!("say in the chat: {stage}");
    let update = DeliveryActivities::update_status;
    // A missing status update does no harm.
    let _ = steps.call(Step::Status, update, status, summary).await;
}

/// Reports why an edit of the draft was refused.
pub(super) async fn tell_change(
    steps: &CarouselSteps<'_>,
    input: &CarouselInput,
    wish: &ChangeRecord,
    failure: Failure,
) {
    let told = TellChangeInput {
        intent: wish.intent.clone(),
        destination: input.destination.clone(),
        kind: failure.kind,
        model: failure.model,
        reason: failure.reason,
        ..TellChangeInput::default()
    };
    let summary = "say in the chat why it stays as it is".to_owned();
    let tell = DeliveryActivities::tell_change;
    // The draft is unchanged in either case.
    let _ = steps.call(Step::TellChange, tell, told, summary).await;
}

/// Answers the edits that arrived after rendering had begun.
pub(super) async fn too_late(ctx: &Ctx, steps: &CarouselSteps<'_>, input: &CarouselInput) {
    while let Some(wish) = ctx.state_mut(|s| s.wishes.pop_front()) {
        // Two presses of the button render it once.
        if wish.change == Change::Draw.name() {
            continue;
        }
        let failure = Failure {
            kind: FailureKind::TooLate,
            reason: "it was being drawn already".to_owned(),
            ..Failure::default()
        };
        tell_change(steps, input, &wish, failure).await;
    }
}

/// Sends the original images after the album. A failure does not fail the carousel.
pub(super) async fn send_files(
    ctx: &Ctx,
    steps: &CarouselSteps<'_>,
    input: &CarouselInput,
    pictures: Vec<BlobRecord>,
) {
    let files = SendFilesInput {
        revision: ctx.state(|s| s.journey.revision()),
        intent: "asked-for".to_owned(),
        destination: input.destination.clone(),
        pictures,
        ..SendFilesInput::default()
    };
    let summary = "the originals as files".to_owned();
    let send = DeliveryActivities::send_files;
    let _ = steps.call(Step::Deliver, send, files, summary).await;
}

/// Reports to the chat that there will be no carousel. Runs last, after all undos.
pub(super) async fn tell(
    steps: &CarouselSteps<'_>,
    input: &CarouselInput,
    stop: &Stop,
    result: &CarouselResult,
) {
    if !input.destination.is_chat() {
        return;
    }
    let (kind, model) = match stop {
        Stop::Cancelled(_) => (FailureKind::Unrecognized, None),
        Stop::Failed(failure) => (failure.kind, failure.model.clone()),
    };
    let told = TellInput {
        destination: input.destination.clone(),
        outcome: result.outcome.clone(),
        kind,
        model,
        reason: result.reason.clone(),
        offer: result.offer,
        carousel: String::new(),
    };
    let summary = format!("say in the chat: {}", result.outcome);
    let tell = DeliveryActivities::tell_end;
    // If the chat can't be written to, the row and the events still contain the end.
    let _ = steps.call(Step::Tell, tell, told, summary).await;
}
