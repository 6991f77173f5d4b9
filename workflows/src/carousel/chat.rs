//! What is said in the chat on the way: at most two updates of the status while the work goes on,
//! and why, when it did not work out. Nothing of it can make a carousel fail.

use domain::{Stage, record::BlobRecord};
use temporalio_workflow::join;

use super::run::Ctx;
use crate::{
    contract::{
        CarouselInput, CarouselResult, Change, ChangeRecord, DeliveryActivities, SendFilesInput,
        StatusInput, TellChangeInput, TellInput,
    },
    policy::Step,
    steps::{Failure, Steps, Stop},
};

type CarouselSteps<'a> = Steps<'a, super::CarouselWorkflow>;

/// Does the work, and says beside it how far it is. What is said is settled when this returns, so
/// that no edit comes after the delivery, which deletes the status.
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
            // The condition ends with the workflow at the latest.
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
    // Whoever reads an older status is no worse off.
    let _ = steps.call(Step::Status, update, status, summary).await;
}

/// Says why a wish about the draft did not come true.
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
        reason: failure.reason,
        ..TellChangeInput::default()
    };
    let summary = "say in the chat why it stays as it is".to_owned();
    let tell = DeliveryActivities::tell_change;
    // The draft is as it was either way.
    let _ = steps.call(Step::TellChange, tell, told, summary).await;
}

/// Answers what was wanted of the draft when it was being drawn already.
pub(super) async fn too_late(ctx: &Ctx, steps: &CarouselSteps<'_>, input: &CarouselInput) {
    while let Some(wish) = ctx.state_mut(|s| s.wishes.pop_front()) {
        // Pressed twice, it is drawn once.
        if wish.change == Change::Draw.name() {
            continue;
        }
        let failure = Failure {
            kind: "TooLate".to_owned(),
            reason: "it was being drawn already".to_owned(),
            ..Failure::default()
        };
        tell_change(steps, input, &wish, failure).await;
    }
}

/// Sends the originals after the album. The carousel is complete with or without them.
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

/// Tells whoever asked that there will be no carousel. Last of all: what was done is undone by then.
pub(super) async fn tell(
    steps: &CarouselSteps<'_>,
    input: &CarouselInput,
    stop: &Stop,
    result: &CarouselResult,
) {
    if !input.destination.is_chat() {
        return;
    }
    let told = TellInput {
        destination: input.destination.clone(),
        outcome: result.outcome.clone(),
        kind: match stop {
            Stop::Cancelled(_) => String::new(),
            Stop::Failed(failure) => failure.kind.clone(),
        },
        reason: result.reason.clone(),
        offer: result.offer.clone(),
        carousel: String::new(),
    };
    let summary = format!("say in the chat: {}", result.outcome);
    let tell = DeliveryActivities::tell_end;
    // A chat that can't be written to can't be told; the row and the events say it.
    let _ = steps.call(Step::Tell, tell, told, summary).await;
}
