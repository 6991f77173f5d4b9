//! Reviews a draft before rendering: shows it, applies the user's edits, and shows it again, until
//! the user accepts it or a day passes without an answer.

use std::time::Duration;

use domain::{Stage, record::BriefRecord};
use temporalio_workflow::select;

use super::{
    chat,
    compose::Composed,
    run::{Ctx, enter, save},
};
use crate::{
    contract::{
        AdmitInput, Admitted, CarouselInput, Change, ChangeRecord, DeliveryActivities, FailureKind,
        Opened, PersistenceActivities, RecordInput, ShowDraftInput,
    },
    policy::Step,
    rewriting::{Text, Writers, wrong},
    steps::{Failure, Steps, Stop},
};

/// The reminder is sent this long before the review ends: one hour, or half of a shorter review.
const REMINDER: Duration = Duration::from_secs(3600);

/// Shows the draft, which is stored as the current revision, until the user accepts it. Returns the
/// accepted text; each edit of it was stored and shown.
pub(super) async fn until_good(
    ctx: &Ctx,
    input: &CarouselInput,
    brief: &BriefRecord,
    opened: &Opened,
    composed: Composed,
) -> Result<Composed, Stop> {
    let mut text = Text {
        brief: brief.clone(),
        analysis: composed.analysis,
        draft: composed.draft,
        provider: composed.provider,
    };
    show(ctx, input, false).await?;
    loop {
        enter(ctx, Stage::Reviewing);
        let wish = next(ctx, input).await?;
        let change = match Change::parse(&wish.change) {
            Some(Change::Draw) => return Ok(composed_of(text)),
            // A theme is chosen after rendering, and a draft has no files.
            Some(change) if change.is_about_words() => change,
            _ => {
                let refused = wrong("that can be changed when it is drawn");
                refuse(ctx, input, &wish, refused).await?;
                continue;
            }
        };
        // Days may pass between two edits, so each has its own deadline.
        let steps = Steps::new(ctx, &input.user).within(&input.destination);
        let admitted = match admitted(&steps, input, opened, change, &wish).await {
            Ok(admitted) => admitted,
            Err(stop) => {
                refuse(ctx, input, &wish, stop).await?;
                continue;
            }
        };
        let mut writers = Writers {
            steps: &steps,
            providers: &opened.providers,
            allowance: admitted.allowance,
            calls: Vec::new(),
        };
        enter(ctx, Stage::Writing);
        let changed = writers.change(change, &wish, text.clone()).await;
        // An edit has its own allowance.
        let allowance = ctx.state(|s| s.journey.allowance());
        ctx.state_mut(|s| s.journey.happened(writers.calls));
        ctx.state_mut(|s| s.journey.allow(allowance));
        match changed {
            Ok(changed) => {
                text = changed;
                let revision = ctx.state(|s| s.journey.revision()) + 1;
                enter(ctx, Stage::Saving);
                text.draft = save(ctx, &steps, &composed_of(text.clone()), revision).await?;
                show(ctx, input, false).await?;
            }
            Err(stop) => {
                if admitted.settles {
                    settle(ctx, &steps, input, &wish).await;
                }
                refuse(ctx, input, &wish, stop).await?;
            }
        }
    }
}

/// Asks whether an edit may call models. Workflows that an older version opened skip this step.
async fn admitted(
    steps: &Steps<'_, super::CarouselWorkflow>,
    input: &CarouselInput,
    opened: &Opened,
    change: Change,
    wish: &ChangeRecord,
) -> Result<Admitted, Stop> {
    if !opened.admits || !change.asks_models() {
        return Ok(Admitted::default());
    }
    let asked = AdmitInput {
        user: input.user.clone(),
        key: wish.intent.clone(),
        ..AdmitInput::default()
    };
    let admit = PersistenceActivities::admit_request;
    let summary = "may they ask for it".to_owned();
    steps.call(Step::Admit, admit, asked, summary).await
}

/// Records the calls of a failed edit.
async fn settle(
    ctx: &Ctx,
    steps: &Steps<'_, super::CarouselWorkflow>,
    input: &CarouselInput,
    wish: &ChangeRecord,
) {
    let calls = ctx.state(|s| s.journey.unrecorded());
    let record = RecordInput {
        user: input.user.clone(),
        key: wish.intent.clone(),
        calls,
        ..RecordInput::default()
    };
    let activity = PersistenceActivities::record_request;
    let summary = "write down what was asked of models".to_owned();
    let recorded = steps.call(Step::Record, activity, record, summary).await;
    if recorded.is_ok() {
        ctx.state_mut(|s| s.journey.recorded());
    }
}

fn composed_of(text: Text) -> Composed {
    Composed {
        provider: text.provider,
        analysis: text.analysis,
        draft: text.draft,
    }
}

/// Reports why the draft is unchanged. The last shown outline remains valid.
///
/// # Errors
/// A cancel is returned, not reported.
async fn refuse(
    ctx: &Ctx,
    input: &CarouselInput,
    wish: &ChangeRecord,
    stop: Stop,
) -> Result<(), Stop> {
    let Stop::Failed(failure) = stop else {
        return Err(stop);
    };
    ctx.state_mut(|s| s.journey.happened(failure.calls.clone()));
    let steps = Steps::new(ctx, &input.user).within(&input.destination);
    chat::tell_change(&steps, input, wish, failure).await;
    Ok(())
}

/// Waits for the next edit. Reminds the user once.
async fn next(ctx: &Ctx, input: &CarouselInput) -> Result<ChangeRecord, Stop> {
    let whole = Duration::from_secs(input.review_seconds.into());
    let reminder = REMINDER.min(whole / 2);
    for (patience, last) in [(whole - reminder, false), (reminder, true)] {
        select! {
            waited = ctx.timer(patience) => { let _ = waited; }
            wanted = ctx.wait_condition(|s| !s.wishes.is_empty()) => { let _ = wanted; }
        }
        if ctx.cancellation_token().is_cancelled() {
            return Err(Stop::Cancelled(Vec::new()));
        }
        if let Some(wish) = ctx.state_mut(|s| s.wishes.pop_front()) {
            return Ok(wish);
        }
        if !last {
            show(ctx, input, true).await?;
        }
    }
    Err(Stop::Failed(Failure {
        kind: FailureKind::DraftClosed,
        reason: "nobody said whether the draft is good".to_owned(),
        ..Failure::default()
    }))
}

async fn show(ctx: &Ctx, input: &CarouselInput, closing: bool) -> Result<(), Stop> {
    let steps = Steps::new(ctx, &input.user).within(&input.destination);
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
