//! What is said in the chat on the way: at most two updates of the status while the work goes on,
//! and why, when it did not work out. Nothing of it can make a carousel fail.

use domain::Stage;
use temporalio_workflow::join;

use super::run::Ctx;
use crate::{
    contract::{CarouselInput, CarouselResult, DeliveryActivities, StatusInput, TellInput},
    policy::Step,
    steps::{Steps, Stop},
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
            Stop::Cancelled => String::new(),
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
