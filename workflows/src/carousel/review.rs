//! A draft that somebody wants to look at before it is drawn: shown, changed as they wish, shown
//! again, until they say that it is good, or nothing for a day.

use std::time::Duration;

use domain::{Stage, record::BriefRecord};
use temporalio_workflow::select;

use super::{
    chat,
    compose::Composed,
    run::{Ctx, enter, save},
};
use crate::{
    contract::{CarouselInput, Change, ChangeRecord, DeliveryActivities, ShowDraftInput},
    policy::Step,
    rewriting::{Text, Writers},
    steps::{Failure, Steps, Stop},
};

type CarouselSteps<'a> = Steps<'a, super::CarouselWorkflow>;

/// How long before its end somebody is reminded of a draft: an hour, where it waits for longer.
const REMINDER: Duration = Duration::from_secs(3600);

/// Shows the draft, which is stored as the journey's revision, until it is good. Gives what it was
/// changed to, stored too.
pub(super) async fn until_good(
    ctx: &Ctx,
    input: &CarouselInput,
    brief: BriefRecord,
    providers: &[String],
    composed: Composed,
) -> Result<(BriefRecord, Composed), Stop> {
    let mut text = Text {
        brief,
        analysis: composed.analysis,
        draft: composed.draft,
        provider: composed.provider,
    };
    loop {
        // Days may pass between two wishes: each has the time of a carousel.
        let steps = Steps::new(ctx, &input.user).within(&input.destination);
        enter(ctx, Stage::Reviewing);
        show(ctx, &steps, input, false).await?;
        let wish = next(ctx, input).await?;
        let Some(change) = Change::parse(&wish.change) else {
            continue;
        };
        if change == Change::Draw {
            let composed = Composed {
                provider: text.provider,
                analysis: text.analysis,
                draft: text.draft,
            };
            return Ok((text.brief, composed));
        }
        let steps = Steps::new(ctx, &input.user).within(&input.destination);
        let mut writers = Writers {
            steps: &steps,
            providers,
            calls: Vec::new(),
        };
        enter(ctx, Stage::Writing);
        let changed = writers.change(change, &wish, text.clone()).await;
        ctx.state_mut(|s| s.journey.happened(writers.calls));
        match changed {
            Ok(changed) => {
                text = changed;
                let composed = Composed {
                    provider: text.provider.clone(),
                    analysis: text.analysis.clone(),
                    draft: text.draft.clone(),
                };
                let revision = ctx.state(|s| s.journey.revision()) + 1;
                enter(ctx, Stage::Saving);
                text.draft = save(ctx, &steps, &composed, revision).await?;
            }
            Err(Stop::Cancelled) => return Err(Stop::Cancelled),
            Err(Stop::Failed(failure)) => {
                ctx.state_mut(|s| s.journey.happened(failure.calls.clone()));
                chat::tell_change(&steps, input, &wish, failure).await;
            }
        }
    }
}

/// The next wish. Somebody who says nothing is reminded once.
async fn next(ctx: &Ctx, input: &CarouselInput) -> Result<ChangeRecord, Stop> {
    let whole = Duration::from_secs(input.review_seconds.into());
    let reminder = REMINDER.min(whole / 2);
    for (patience, last) in [(whole - reminder, false), (reminder, true)] {
        select! {
            waited = ctx.timer(patience) => { let _ = waited; }
            wanted = ctx.wait_condition(|s| !s.wishes.is_empty()) => { let _ = wanted; }
        }
        if ctx.cancellation_token().is_cancelled() {
            return Err(Stop::Cancelled);
        }
        if let Some(wish) = ctx.state_mut(|s| s.wishes.pop_front()) {
            return Ok(wish);
        }
        if !last {
            let steps = Steps::new(ctx, &input.user).within(&input.destination);
            show(ctx, &steps, input, true).await?;
        }
    }
    Err(Stop::Failed(Failure {
        kind: "DraftClosed".to_owned(),
        reason: "nobody said whether the draft is good".to_owned(),
        ..Failure::default()
    }))
}

async fn show(
    ctx: &Ctx,
    steps: &CarouselSteps<'_>,
    input: &CarouselInput,
    closing: bool,
) -> Result<(), Stop> {
    let revision = ctx.state(|s| s.journey.revision());
    let shown = ShowDraftInput {
        revision,
        destination: input.destination.clone(),
        closing,
    };
    let summary = if closing {
        "say that the draft waits one more hour".to_owned()
    } else {
        format!("show revision {revision} of the draft")
    };
    let show = DeliveryActivities::show_draft;
    steps.call(Step::ShowDraft, show, shown, summary).await
}
